"""The history: what is on record, newest first; one record opened in full."""
