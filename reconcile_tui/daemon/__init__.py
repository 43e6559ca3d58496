"""The daemon: ticks by itself, one process a database at a time, until it is told to stop."""
