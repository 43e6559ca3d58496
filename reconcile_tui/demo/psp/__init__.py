"""A simulated Hyperswitch: a book of payments and refunds behind a real HTTP server, unkind at will.

The demo, the tests and the benchmark read from it; what it answers is held to the PSP's own API document.
"""

from reconcile_tui.demo.psp.book import Book
from reconcile_tui.demo.psp.server import SimulatedPsp
from reconcile_tui.demo.psp.webhook_policy import NEVER, ONCE, TWICE, WebhookPolicy

__all__ = ["NEVER", "ONCE", "TWICE", "Book", "SimulatedPsp", "WebhookPolicy"]
