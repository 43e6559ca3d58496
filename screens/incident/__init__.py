"""The incident: how much is stuck, since when, what it has in common, and what was done so far."""
