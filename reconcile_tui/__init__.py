"""reconcile-tui: heals orders and refunds that hang because a payment webhook was lost."""

__version__ = "0.1.0"
