"""The confirmation: a frozen plan, and the keys that agree to it."""
