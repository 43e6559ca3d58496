"""Alerts to people: a message when a threshold is crossed, and one when that is over."""
