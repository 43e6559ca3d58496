"""Stuck orders: every way in which an order's webhook, or its payment, can hang."""

from datetime import timedelta
from typing import Final

from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.demo.draft import DAY, HOUR, MINUTE, Draft
from reconcile_tui.demo.meanings import (
    CANCELLED,
    EXPIRED,
    NOT_PAID,
    ON_CUSTOMER,
    ON_MERCHANT,
    ON_PROCESSOR,
    PAID,
    UNREADABLE,
    look,
    too_old,
)
from reconcile_tui.demo.psp import TWICE, WebhookPolicy
from reconcile_tui.demo.rows import PaymentFacts

BLAMED: Final = "adyen"
"""The connector whose webhooks are lost."""

UNHEARD: Final = "paid at the processor, and the PSP has not heard of it"
_LATE: Final = WebhookPolicy(delay=timedelta(seconds=3))
_OUTAGE: Final = 16
"""Orders of the outage that nothing else is odd about."""
_OUTAGE_CURRENCIES: Final = ("EUR", "GBP", "EUR", "JPY")


def write_stuck_orders(draft: Draft, outage: timedelta) -> None:
    """All of them. `outage`: how long ago the blamed connector's webhooks began to be lost."""
    _write_the_outage(draft, outage)
    _write_the_known(draft)
    _write_the_open(draft)
    _write_the_partial(draft)
    _write_the_disagreeing(draft)
    _write_the_unreadable(draft)
    _write_the_untouched(draft)


def _write_the_outage(draft: Draft, outage: timedelta) -> None:
    """What was paid since then stays `processing` at the PSP until it is made to ask."""
    oldest, youngest = outage - 2 * MINUTE, 33 * MINUTE
    for n in range(_OUTAGE):
        draft.order(
            UNHEARD,
            ago=oldest - (oldest - youngest) * n / (_OUTAGE - 1),
            connector=BLAMED,
            currency=_OUTAGE_CURRENCIES[n % len(_OUTAGE_CURRENCIES)],
            decisions=PAID,
            ends="completed",
            psp={"known": "processing"},
        )
    draft.order(
        "refused at the processor, and the PSP has not heard of it",
        ago=71 * MINUTE,
        connector=BLAMED,
        decisions=NOT_PAID,
        ends="failed",
        psp={
            "status": "failed",
            "known": "processing",
            "error_code": "2",
            "error_message": "Refused: not enough balance",
        },
    )
    for way, ago, webhook in (
        ("paid; asking sets off the real webhook, which comes twice", 97 * MINUTE, TWICE),
        ("paid; asking sets off the real webhook, which comes late", 84 * MINUTE, _LATE),
    ):
        draft.order(
            way,
            ago=ago,
            connector=BLAMED,
            decisions=PAID,
            ends="completed",
            by_webhook=True,
            psp={"known": "processing", "webhook": webhook},
        )


def _write_the_known(draft: Draft) -> None:
    """The PSP knows the end; its webhook to the shop was lost."""
    draft.order("paid", ago=3 * HOUR, connector="stripe", currency="USD", decisions=PAID, ends="completed")
    draft.order("paid", ago=5 * HOUR, connector="checkout", currency="KWD", decisions=PAID, ends="completed")
    draft.order(
        "paid with a surcharge: the net amount is another one",
        ago=4 * HOUR,
        connector="klarna",
        currency="EUR",
        amount=12_500,
        decisions=PAID,
        ends="completed",
        psp={"net_amount": 12_850},
    )
    for way, ago, connector, status, decisions, ends in (
        ("declined", 2 * HOUR, "stripe", "failed", NOT_PAID, "failed"),
        ("cancelled", 6 * HOUR, "worldpay", "cancelled", CANCELLED, "cancelled"),
        ("expired", 7 * HOUR, "klarna", "expired", EXPIRED, "cancelled"),
    ):
        draft.order(way, ago=ago, connector=connector, decisions=decisions, ends=ends, psp={"status": status})
    draft.order(
        "paid eight days ago",
        ago=8 * DAY,
        connector="checkout",
        decisions=too_old(Event.PAYMENT_SUCCEEDED),
    )


def _write_the_open(draft: Draft) -> None:
    """Open at the PSP too: somebody is waited for."""
    for way, ago, status, connector, decisions in (
        ("the bank takes its time", 55 * MINUTE, "processing", "klarna", ON_PROCESSOR),
        ("in process for 30 hours", 30 * HOUR, "processing", "worldpay", look(Reason.PROCESSING_TOO_LONG)),
        ("3-D Secure not finished", 50 * MINUTE, "requires_customer_action", "stripe", ON_CUSTOMER),
        ("abandoned checkout", 26 * HOUR, "requires_payment_method", "stripe", ON_CUSTOMER),
        ("checkout never confirmed", 11 * HOUR, "requires_confirmation", "stripe", ON_CUSTOMER),
        ("held for a fraud review", 4 * HOUR, "requires_merchant_action", "checkout", ON_MERCHANT),
        ("reserved, not captured", 20 * HOUR, "requires_capture", "worldpay", ON_MERCHANT),
    ):
        draft.order(way, ago=ago, connector=connector, decisions=decisions, psp={"status": status})


def _write_the_partial(draft: Draft) -> None:
    """What no event says the truth about."""
    for way, ago, status, reason in (
        ("part captured, the rest released", 8 * HOUR, "partially_captured", Reason.PARTIAL_CAPTURE),
        (
            "part captured, more may be",
            9 * HOUR,
            "partially_captured_and_capturable",
            Reason.PARTIAL_CAPTURE,
        ),
        ("captured, then voided", 12 * HOUR, "cancelled_post_capture", Reason.VOIDED_AFTER_CAPTURE),
        ("the processor contradicts the request", 10 * HOUR, "conflicted", Reason.CONFLICTED),
        ("a person at the processor reviews it", 15 * HOUR, "review", Reason.IN_REVIEW),
        ("a status of a newer server", 3 * HOUR, "awaiting_network_token", Reason.UNKNOWN_STATUS),
    ):
        draft.order(way, ago=ago, connector="worldpay", decisions=look(reason), psp={"status": status})


def _write_the_disagreeing(draft: Draft) -> None:
    """Paid, but not this order's money."""
    draft.order(
        "two digits of the amount changed places",
        ago=5 * HOUR,
        connector="checkout",
        currency="GBP",
        amount=4_210,
        decisions=look(Reason.AMOUNT_MISMATCH),
        psp={"amount": 4_120},
    )
    draft.order(
        "another currency was paid",
        ago=6 * HOUR,
        connector="stripe",
        currency="EUR",
        decisions=look(Reason.CURRENCY_MISMATCH),
        psp={"currency": "USD"},
    )
    draft.order(
        "less arrived than was due",
        ago=7 * HOUR,
        connector="mollie",
        currency="EUR",
        amount=9_900,
        decisions=look(Reason.RECEIVED_MISMATCH),
        psp={"amount_received": 9_000},
    )
    draft.order(
        "the shop forgot the amount",
        ago=14 * HOUR,
        connector="stripe",
        has_amount=False,
        decisions=look(Reason.MISSING_AMOUNT),
    )


def _write_the_unreadable(draft: Draft) -> None:
    """What the PSP cannot be asked about, or does not know."""
    draft.order("unknown at the PSP", ago=16 * HOUR, in_book=False, decisions=look(Reason.NOT_FOUND))
    draft.order(
        "a payment id that a form mangled",
        ago=18 * HOUR,
        in_book=False,
        payment_id="pay_7Qx2 (copy)",
        decisions=look(Reason.BAD_REQUEST),
    )
    failing = draft.order(
        "the processor answers every question with an error",
        ago=13 * HOUR,
        connector="worldpay",
        decisions=UNREADABLE,
        psp={"status": "succeeded", "known": "processing"},
    )
    if failing.payment_id is not None:
        draft.connector_errors.append(failing.payment_id)


def _write_the_untouched(draft: Draft) -> None:
    """Pending, and nothing to do yet, or ever."""
    for minutes, status, connector in (
        (2, "requires_customer_action", "stripe"),
        (4, "processing", BLAMED),
        (7, "succeeded", BLAMED),
        (11, "succeeded", "checkout"),
        (16, "failed", "stripe"),
        (19, "requires_payment_method", "klarna"),
        (22, "succeeded", BLAMED),
    ):
        known: PaymentFacts = {"known": "processing"} if connector == BLAMED else {}
        draft.order(
            "younger than its limit",
            ago=minutes * MINUTE,
            connector=connector,
            psp={"status": status, **known},
        )
    for hours in (2, 9, 31):
        draft.order("no payment was ever begun", ago=hours * HOUR, has_payment=False)
