"""The progress of a batch, and then its receipt."""
