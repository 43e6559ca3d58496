"""A simulated Hyperswitch: a book of payments and refunds behind a real HTTP server, unkind at will.

The demo, the tests and the benchmark read from it; what it answers is held to the PSP's own API document.
"""

from reconcile_tui.demo.psp.book import Book
from reconcile_tui.demo.psp.clock import MovableClock
from reconcile_tui.demo.psp.faults import Faults
from reconcile_tui.demo.psp.outbox import Deliver, Webhook
from reconcile_tui.demo.psp.privates import PRIVATE_VALUES
from reconcile_tui.demo.psp.rate_limit import RateLimit
from reconcile_tui.demo.psp.server import Latency, SimulatedPsp
from reconcile_tui.demo.psp.webhook_policy import NEVER, ONCE, TWICE, WebhookPolicy

__all__ = [
    "NEVER",
    "ONCE",
    "PRIVATE_VALUES",
    "TWICE",
    "Book",
    "Deliver",
    "Faults",
    "Latency",
    "MovableClock",
    "RateLimit",
    "SimulatedPsp",
    "Webhook",
    "WebhookPolicy",
]
