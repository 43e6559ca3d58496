"""The opening: what is there before anything is known."""
