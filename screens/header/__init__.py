"""The header: where we are, as whom, what every source says and how old that is."""
