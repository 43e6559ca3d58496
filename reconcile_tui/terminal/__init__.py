"""The terminal: what is written to it, what is read from it, and what happens when it goes away."""
