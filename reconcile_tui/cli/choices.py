"""Choices on the command line that the core has no word for."""

from enum import StrEnum
from typing import Final

MOST_ROWS: Final = 1_000
"""Rows of one plan file: a person reads it, and its first reads must not be old before its last."""


class ListName(StrEnum):
    """A list by its name on the command line."""

    ORDERS = "orders"
    REFUNDS = "refunds"
    ORPHANS = "orphans"
    ATTENTION = "attention"
    CUSTOMER = "customer"
