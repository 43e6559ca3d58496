"""Trade: the orders and refunds of the last fortnight that went as they should."""

from typing import Final

from reconcile_tui.demo.draft import DAY, HOUR, MINUTE, Draft
from reconcile_tui.demo.rows import RefundFacts
from reconcile_tui.demo.stuck_orders import BLAMED

OLDEST: Final = 14 * DAY


def write_trade(draft: Draft, *, orders: int, refunds: int) -> None:
    """Fill the shop up to so many rows. The blamed connector's orders are older than its outage."""
    wanted = refunds - len(draft.refunds)
    for _ in range(wanted):
        _write_refunded(draft)
    while len(draft.orders) < orders:
        _write_final(draft)


def _write_final(draft: Draft) -> None:
    local, status = draft.rng.choice(_ENDS)
    connector = draft.rng.choice(_CONNECTORS)
    soonest = 4 * HOUR if connector == BLAMED else 25 * MINUTE
    ago = soonest + (OLDEST - soonest) * draft.rng.random() ** 2
    draft.order(_WAY, ago=ago, local=local, connector=connector, psp={"status": status})


def _write_refunded(draft: Draft) -> None:
    ago = 2 * DAY + (OLDEST - 2 * DAY) * draft.rng.random()
    connector = draft.rng.choice(_CONNECTORS)
    if draft.rng.random() < 0.9:
        order = draft.order(_WAY, ago=ago, local="refunded", connector=connector)
        draft.refund(order, _WAY, ago=ago - DAY, local="succeeded")
        return
    message = "The card account was closed"
    failed: RefundFacts = {"status": "failed", "error_message": message}
    order = draft.order(_WAY, ago=ago, local="completed", connector=connector)
    draft.refund(order, _WAY, ago=ago - DAY, local="failed", error_message=message, psp=failed)


_WAY: Final = "as it should be"
_CONNECTORS: Final = (BLAMED, BLAMED, "stripe", "stripe", "checkout", "klarna", "worldpay", "mollie")
_ENDS: Final = (
    *(("completed", "succeeded"),) * 17,
    ("failed", "failed"),
    ("failed", "failed"),
    ("cancelled", "cancelled"),
    ("cancelled", "expired"),
)
