"""Metrics and health of a daemon, in Prometheus' format, over HTTP."""
