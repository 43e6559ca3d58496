"""The commands: their options and help. What a command does is loaded when it runs."""
