"""Prompts: small questions. Enter moves on within them, and only `y` outside of a field writes."""
