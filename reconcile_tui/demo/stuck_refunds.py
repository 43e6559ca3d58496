"""Stuck refunds: every way in which a refund that reached the PSP can hang."""

from typing import Final

from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.demo.draft import DAY, HOUR, MINUTE, Draft
from reconcile_tui.demo.meanings import NOT_PAID_BACK, ON_PROCESSOR, PAID_BACK, look, too_old
from reconcile_tui.demo.psp import ONCE
from reconcile_tui.demo.rows import OrderRow, RefundFacts
from reconcile_tui.demo.stuck_orders import BLAMED

BOUGHT: Final = "bought, and sent back"


def write_stuck_refunds(draft: Draft) -> None:
    """All of them."""
    _write_the_succeeded(draft)
    _write_the_failed(draft)
    _write_the_open(draft)
    _write_the_partial(draft)
    _write_the_disagreeing(draft)
    _write_the_untouched(draft)


def bought(draft: Draft, ends: str, *, local: str = "refund_pending", amount: int | None = None) -> OrderRow:
    """A paid order of some days ago that is being refunded."""
    return draft.order(BOUGHT, ago=draft.rng.randint(30, 70) * HOUR, local=local, ends=ends, amount=amount)


def _write_the_succeeded(draft: Draft) -> None:
    for ago in (40 * MINUTE, 65 * MINUTE, 2 * HOUR):
        order = draft.order(BOUGHT, ago=50 * HOUR, connector=BLAMED, local="refund_pending", ends="refunded")
        draft.refund(
            order,
            "paid back at the processor, and the PSP has not heard of it",
            ago=ago,
            decisions=PAID_BACK,
            ends="succeeded",
            psp={"known": "pending"},
        )
    draft.refund(bought(draft, "refunded"), "paid back", ago=3 * HOUR, decisions=PAID_BACK, ends="succeeded")
    draft.refund(
        bought(draft, "refunded"),
        "paid back; asking sets off the real webhook",
        ago=75 * MINUTE,
        decisions=PAID_BACK,
        ends="succeeded",
        by_webhook=True,
        psp={"known": "pending", "webhook": ONCE},
    )
    draft.refund(
        bought(draft, "completed", amount=8_000),
        "a part paid back",
        ago=4 * HOUR,
        amount=2_500,
        decisions=PAID_BACK,
        ends="succeeded",
    )


def _write_the_failed(draft: Draft) -> None:
    for ago, code, message in (
        (50 * MINUTE, "refund_expired", "The card account was closed"),
        (5 * HOUR, "insufficient_funds", "The balance of the merchant account is too low"),
    ):
        draft.refund(
            bought(draft, "completed"),
            "refused by the processor",
            ago=ago,
            decisions=NOT_PAID_BACK,
            ends="failed",
            psp={"status": "failed", "error_code": code, "error_message": message},
        )


def _write_the_open(draft: Draft) -> None:
    never_sent: RefundFacts = {"status": "pending", "connector_refund_id": None}
    for way, ago, decisions, psp in (
        ("the processor takes its time", 6 * HOUR, ON_PROCESSOR, RefundFacts(status="pending")),
        ("not at the processor yet", 2 * HOUR, ON_PROCESSOR, never_sent),
        ("never reached the processor", 31 * HOUR, look(Reason.REFUND_NEVER_SENT), never_sent),
        (
            "a person at the processor reviews it",
            8 * HOUR,
            look(Reason.IN_REVIEW),
            RefundFacts(status="review"),
        ),
        (
            "a status of a newer server",
            9 * HOUR,
            look(Reason.UNKNOWN_STATUS),
            RefundFacts(status="awaiting_scheme"),
        ),
    ):
        draft.refund(bought(draft, "refund_pending"), way, ago=ago, decisions=decisions, psp=psp)
    old = draft.order(BOUGHT, ago=12 * DAY, local="refund_pending")
    draft.refund(old, "paid back eight days ago", ago=8 * DAY, decisions=too_old(Event.REFUND_SUCCEEDED))


def _write_the_partial(draft: Draft) -> None:
    """More than one refund of the same order in flight."""
    whole = bought(draft, "refunded", amount=10_000)
    for amount, ago in ((4_000, 90 * MINUTE), (6_000, 85 * MINUTE)):
        draft.refund(
            whole,
            "one of two parts of the whole",
            ago=ago,
            amount=amount,
            decisions=PAID_BACK,
            ends="succeeded",
            psp={"known": "pending"},
        )
    half = bought(draft, "refund_pending", amount=9_000)
    draft.refund(
        half,
        "a part paid back, another is under way",
        ago=2 * HOUR,
        amount=3_000,
        decisions=PAID_BACK,
        ends="succeeded",
    )
    draft.refund(
        half,
        "a part under way, another was paid back",
        ago=100 * MINUTE,
        amount=2_000,
        decisions=ON_PROCESSOR,
        psp={"status": "pending"},
    )


def _write_the_disagreeing(draft: Draft) -> None:
    large = bought(draft, "refund_pending", amount=5_000)
    draft.refund(
        large,
        "larger than its order",
        ago=3 * HOUR,
        amount=50_000,
        decisions=look(Reason.REFUND_TOO_LARGE),
    )
    twice = bought(draft, "refund_pending", amount=7_000)
    draft.refund(twice, "a part, paid back in time", ago=20 * HOUR, amount=5_000, local="succeeded")
    draft.refund(
        twice,
        "more than what was left of its order",
        ago=4 * HOUR,
        amount=5_000,
        decisions=look(Reason.REFUNDS_EXCEED_ORDER),
    )
    other = bought(draft, "completed", local="completed")
    draft.refund(
        bought(draft, "refund_pending"),
        "a refund of somebody else's payment",
        ago=7 * HOUR,
        of_payment=other.payment_id,
        decisions=look(Reason.WRONG_PAYMENT),
    )
    draft.refund(
        bought(draft, "refund_pending", amount=6_400),
        "another amount was paid back",
        ago=10 * HOUR,
        decisions=look(Reason.AMOUNT_MISMATCH),
        psp={"amount": 4_600},
    )
    draft.refund(
        bought(draft, "refund_pending"),
        "unknown at the PSP",
        ago=11 * HOUR,
        in_book=False,
        decisions=look(Reason.NOT_FOUND),
    )
    draft.refund(
        bought(draft, "failed", local="failed"),
        "paid back, of an order that the shop gave up",
        ago=12 * HOUR,
        decisions=look(Reason.CONTRADICTION),
    )
    draft.refund(
        bought(draft, "on_hold", local="on_hold"),
        "paid back, of an order in a status that is not mapped",
        ago=13 * HOUR,
        decisions=look(Reason.UNKNOWN_LOCAL_STATUS),
    )


def _write_the_untouched(draft: Draft) -> None:
    for minutes, status in ((3, "pending"), (12, "succeeded"), (21, "failed")):
        draft.refund(
            bought(draft, "refund_pending"),
            "younger than its limit",
            ago=minutes * MINUTE,
            psp={"status": status},
        )
