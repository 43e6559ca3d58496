"""The log: lines on stderr, key=value on a terminal and JSON elsewhere, without secrets or customers.

The program calls `configure_logging` once; whoever has something to say asks for `get_logger`.
"""

from reconcile_tui.log.configuration import configure_logging, get_logger
from reconcile_tui.log.redaction import MASK, Redaction

__all__ = ["MASK", "Redaction", "configure_logging", "get_logger"]
