"""Exporting: a list, or the incident, into a new file that only its owner may read."""
