"""What stands behind the screens' desk: the core's one path, and the program's store and settings."""
