"""Choices on the command line that the core has no word for."""

from enum import StrEnum


class ListName(StrEnum):
    """A list by its name on the command line."""

    ORDERS = "orders"
    REFUNDS = "refunds"
    ORPHANS = "orphans"
    ATTENTION = "attention"
    CUSTOMER = "customer"
