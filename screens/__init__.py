"""Textual screens; each stands beside its .tcss. Imports the core alone."""
