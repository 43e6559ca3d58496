"""The question before the program ends in the middle of a batch."""
