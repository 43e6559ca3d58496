"""The receipt of a batch: what was fixed, what is left and why."""
