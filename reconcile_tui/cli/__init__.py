"""The command line: what a person at a terminal, a script or a timer asks of the reconciler."""
