"""Wording: the one place for the words that people read about a decision, a reason, an outcome.

Logs, tables, screens and receipts all take them from here, so that one thing has one name everywhere. The
whole story of one row, with its evidence, is told by `sentence`; foreign text in it is harmless.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, TypeGuard, assert_never

from reconcile_tui.core.decisions import (
    Adopt,
    AlreadyResolved,
    Attention,
    Decision,
    Event,
    FailOrphan,
    Reason,
    StillPending,
    Sync,
    Unreadable,
    WaitsFor,
)
from reconcile_tui.core.findings import Finding, FindingClass
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.outcomes import Outcome, Refusal
from reconcile_tui.core.psp.breaker import Tripped, TripReason
from reconcile_tui.core.psp_states import ReadFailureKind
from reconcile_tui.core.shop_answers import Shut, ShutReason
from reconcile_tui.core.shop_values import Malformed, Trouble

NO_DAEMON: Final = "no daemon heals just now"
"""Why something is left to a person; as a clause."""


def label(decision: Decision) -> str:
    """A decision in a few words, for a column: `sync: completed`, `waits for the customer`."""
    match decision:
        case Sync(event=event, despite=despite):
            although = f", ALTHOUGH {reason_words(despite)}" if despite is not None else ""
            return f"sync: {event.target}{although}"
        case Adopt(refund_id=refund_id):
            return f"adopt {harmless(refund_id, limit=40)}"
        case FailOrphan():
            return "fail the orphan"
        case StillPending(waits_for=waits_for):
            return waits_words(waits_for)
        case Attention(reason=reason):
            return f"attention: {reason_words(reason)}"
        case Unreadable():
            return "unreadable: try again"
        case AlreadyResolved():
            return "already resolved"
        case _:
            assert_never(decision)


def unreadable_step(kind: ReadFailureKind, *, daemon_heals: bool = True) -> str:
    """What to do about a read that failed. `daemon_heals`: see `next_step`."""
    if kind is ReadFailureKind.UNAUTHORISED:
        return "Check HYPERSWITCH_API_KEY: nothing can be read until it is the right one."
    if kind is ReadFailureKind.CONNECTOR_ERROR and daemon_heals:
        return (
            "Nothing to do now: the next tick tries again. If it lasts, see to the processor in the PSP's "
            "dashboard: the PSP itself answers."
        )
    return next_step(Unreadable(), daemon_heals=daemon_heals)


def waits_words(waits_for: WaitsFor) -> str:
    """Whom an open row waits for."""
    return _WAITS[waits_for]


def reason_words(reason: Reason) -> str:
    """Why a person must look, as a clause: `the amounts differ`."""
    return _REASONS[reason][0]


def malformed_words(malformed: Iterable[Malformed]) -> str:
    """What of a row cannot be read, as a clause: `created_at is missing; amount is not a number`."""
    return "; ".join(f"{harmless(each.column)} {_TROUBLES[each.trouble]}" for each in malformed)


def not_stuck_words(finding: Finding, *, closed_at: datetime | None = None) -> str | None:
    """Which state a row is in that is not stuck, and since when, as sentences; None where it is stuck.

    Args:
        closed_at: when this program found or made it final (UTC). The shop's row does not say when it became
            final: where nothing is known, its age counts from when it was written.
    """
    what, status = finding.ref.kind.value, finding.row.status.value
    aged = spoken_age(finding.age)
    written = f"written {aged} ago" if finding.age is not None else "since when is not known"
    since = f"since {closed_at:%Y-%m-%d %H:%M} UTC" if closed_at else written
    match finding.cls:
        case FindingClass.FINAL:
            return f"Not stuck: the {what} is {status} ({since}). There is nothing to do."
        case FindingClass.WATCHED:
            return f"Checked again, nothing changed: the {what} is {status} ({since})."
        case FindingClass.RECENT:
            return f"Not stuck yet: the {what} has been {status} for {aged}. It is checked once it is stuck."
        case FindingClass.UNTRACKED:
            return (
                f"Not stuck: the {what} has been {status} for {aged} without a payment id, "
                "so there is nothing to ask the PSP."
            )
        case _:
            return None


def event_words(event: Event) -> str:
    """What an event tells the shop."""
    return _EVENTS[event]


def refusal_words(refusal: Refusal) -> str:
    """Why an apply was refused."""
    return _REFUSALS[refusal][0]


def cap_words(*, withheld: int, failed: int, limit: int, interval: timedelta) -> str:
    """What the cap on failed orphans keeps from the daemon. `failed`: by daemons, within `interval`."""
    are = "orphan refund is" if withheld == 1 else "orphan refunds are"
    before = f"; it failed {failed} within the last {spoken_age(interval)}" if failed else ""
    return f"{withheld} {are} left to an operator: the daemon fails at most {limit} in one interval{before}"


def outcome_words(outcome: Outcome, refusal: Refusal | None = None) -> str:
    """What became of a planned row: `fixed: the row now says what the PSP says`."""
    why = outcome_why(outcome, refusal)
    return f"{outcome.value.replace('_', ' ')}: {why}"


def outcome_why(outcome: Outcome, refusal: Refusal | None = None, attention: Reason | None = None) -> str:
    """Why a planned row came to its outcome, as a clause.

    Args:
        attention: what the outcome itself raises: that says more than its outcome.
    """
    if raises_more_than_its_outcome(attention):
        return reason_words(attention)
    return _OUTCOMES[outcome][0] if refusal is None else refusal_words(refusal)


def outcome_step(
    outcome: Outcome,
    refusal: Refusal | None = None,
    attention: Reason | None = None,
    *,
    daemon_heals: bool = True,
) -> str:
    """What a person may do about an outcome. Arguments as of `outcome_why` and `next_step`."""
    about = attention if raises_more_than_its_outcome(attention) else refusal or outcome
    return next_step(about, daemon_heals=daemon_heals)


def raises_more_than_its_outcome(attention: Reason | None) -> TypeGuard[Reason]:
    """Whether what an outcome raises is not just that it had no effect: a contradiction, as a rule."""
    return attention is not None and attention is not Reason.NO_EFFECT


def read_failure_words(kind: ReadFailureKind) -> str:
    """Why the PSP gave no answer."""
    return _READ_FAILURES[kind]


def breaker_words(tripped: Tripped) -> str:
    """Why a phase ended early, with the counts that made it: `the PSP refuses the key (1 of 1 reads)`."""
    return f"{trip_words(tripped.reason)} ({tripped.count} of {tripped.reads} reads)"


def left_out_words(connector: str, *, failures: int, reads: int, rows: int) -> str:
    """That the rows of one processor were not begun: `the processor adyen fails (12 of 12 reads); …`."""
    left = "1 more row of it was" if rows == 1 else f"{rows} more rows of it were"
    name = harmless(connector, limit=40)
    return f"the processor {name} fails ({failures} of {reads} reads); {left} left for the next check"


def trip_words(reason: TripReason) -> str:
    """Why a phase ended early."""
    return _TRIPS[reason]


def blocked_words(until: datetime) -> str:
    """That the PSP must not be asked yet, and what lifts that. `until`: UTC."""
    return (
        f"the PSP asked to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC; "
        "reconcile-tui resume --psp lifts it"
    )


def shut_words(shut: Shut) -> str:
    """Why nothing more was sent to the shop: `the shop refuses the signature (HTTP 401)`."""
    if shut.until is not None:
        return f"{shut_reason_words(shut.reason)} until {shut.until:%Y-%m-%d %H:%M:%S} UTC"
    times = f"{shut.count} in a row"
    if shut.status is not None:
        times = f"HTTP {shut.status}" if shut.count == 1 else f"HTTP {shut.status}, {times}"
    return f"{shut_reason_words(shut.reason)} ({times})"


def shut_reason_words(reason: ShutReason) -> str:
    """Why the shop got no more events."""
    return _SHUT[reason]


def next_step(about: Decision | Reason | Outcome | Refusal, *, daemon_heals: bool = True) -> str:
    """What a person may do now, as a sentence.

    Args:
        daemon_heals: whether ticks come by themselves; where none is seen to, nothing is left to the next.
    """
    if not daemon_heals and (by_hand := _by_hand(about)) is not None:
        return by_hand
    match about:
        case Attention(reason=reason) | (Reason() as reason):
            return _REASONS[reason][1]
        case Outcome():
            return _OUTCOMES[about][1]
        case Refusal():
            return _REFUSALS[about][1]
        case Sync(despite=Reason() as reason):
            return _REASONS[reason][1]
        case Sync() | Adopt() | FailOrphan():
            return "Read the plan and confirm it."
        case StillPending(waits_for=WaitsFor.MERCHANT):
            return "Capture or void the payment, or decide its review, in the PSP's dashboard."
        case StillPending():
            return "Nothing to do: it is looked at again by itself."
        case Unreadable():
            return "Nothing to do now: the next tick tries again. If it lasts, see whether the PSP is down."
        case AlreadyResolved():
            return "Nothing to do."
        case _:
            assert_never(about)


def _by_hand(about: Decision | Reason | Outcome | Refusal) -> str | None:
    """The step where no tick comes by itself; None where it is the same."""
    match about:
        case Sync(despite=Reason()):
            return None
        case Sync() | Adopt() | FailOrphan():
            return f"Read the plan and confirm it: {NO_DAEMON}."
        case StillPending(waits_for=waits_for) if waits_for is not WaitsFor.MERCHANT:
            return f"Nothing to do now. Look again later: {NO_DAEMON}."
        case Unreadable():
            return f"Sync it again in a while: {NO_DAEMON}. If it lasts, see whether the PSP is down."
        case Outcome() | Refusal():
            return _BY_HAND.get(about)
        case _:
            return None


def age(length: timedelta | None) -> str:
    """A duration in its two largest units: `40s`, `45m`, `2h14m`, `3d4h`. Less than nothing is `0s`."""
    if length is None:
        return "?"
    return "".join(f"{count}{unit}" for count, unit in _largest_units(length))


def spoken_age(length: timedelta | None) -> str:
    """The same for a sentence: `40 s`, `45 min`, `2 h 14 min`, `3 days 4 h`."""
    if length is None:
        return "an unknown time"
    return " ".join(_spoken(count, unit) for count, unit in _largest_units(length))


def _spoken(count: int, unit: str) -> str:
    match unit:
        case "d":
            return "1 day" if count == 1 else f"{count} days"
        case "m":
            return f"{count} min"
        case _:
            return f"{count} {unit}"


def _largest_units(length: timedelta) -> list[tuple[int, str]]:
    seconds = max(int(length.total_seconds()), 0)
    if seconds < 60:
        return [(seconds, "s")]
    minutes = seconds // 60
    if minutes < 60:
        return [(minutes, "m")]
    hours, minutes = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    pair = [(days, "d"), (hours_left, "h")] if days else [(hours, "h"), (minutes, "m")]
    return [pair[0], *((count, unit) for count, unit in pair[1:] if count)]


_WAITS: Final[dict[WaitsFor, str]] = {
    WaitsFor.PROCESSOR: "waits for the processor",
    WaitsFor.CUSTOMER: "waits for the customer",
    WaitsFor.MERCHANT: "waits for the shop",
    WaitsFor.AGE: "nothing to ask yet",
}

_EVENTS: Final[dict[Event, str]] = {
    Event.PAYMENT_SUCCEEDED: "the payment succeeded",
    Event.PAYMENT_FAILED: "the payment failed",
    Event.PAYMENT_CANCELLED: "the payment was cancelled",
    Event.PAYMENT_EXPIRED: "the payment expired",
    Event.REFUND_SUCCEEDED: "the refund succeeded",
    Event.REFUND_FAILED: "the refund failed",
    Event.ORPHAN_ADOPTED: "the refund's id at the PSP was found",
    Event.ORPHAN_FAILED: "the refund never reached the PSP",
}

_COMPARE = (
    "Compare the order here with the payment in the PSP's dashboard, and correct the one that is wrong."
)

_REASONS: Final[dict[Reason, tuple[str, str]]] = {
    Reason.AMOUNT_MISMATCH: ("the amounts differ", _COMPARE),
    Reason.CURRENCY_MISMATCH: ("the currencies differ", _COMPARE),
    Reason.RECEIVED_MISMATCH: ("another amount was received than was asked for", _COMPARE),
    Reason.MISSING_AMOUNT: (
        "an amount or a currency is missing, so nothing can be compared",
        "Fill in what is missing on the row, its order or the order's other refunds.",
    ),
    Reason.REFUND_TOO_LARGE: (
        "the refund is larger than its order",
        "Find out who asked for this refund before more money leaves.",
    ),
    Reason.REFUNDS_EXCEED_ORDER: (
        "the refunds together are more than their order",
        "The customer may have been paid back twice: compare the order's refunds with the PSP's.",
    ),
    Reason.PARTIAL_CAPTURE: (
        "only part of the amount was reserved or taken",
        "Capture the rest, or agree with the customer on the part.",
    ),
    Reason.VOIDED_AFTER_CAPTURE: (
        "the money was taken and then given back by a void",
        "Find out who voided the payment, and end the order by hand.",
    ),
    Reason.CONFLICTED: (
        "the processor contradicts what was asked of it",
        "Ask the processor what it holds for this payment.",
    ),
    Reason.IN_REVIEW: (
        "a person at the processor is reviewing it",
        "Follow the review in the PSP's dashboard.",
    ),
    Reason.UNKNOWN_STATUS: (
        "the PSP uses a status that this version does not know",
        "Look the status up in the PSP's documentation, and update this program.",
    ),
    Reason.UNKNOWN_LOCAL_STATUS: (
        "the shop uses a status that is not mapped",
        "Add the shop's word to the mapping.",
    ),
    Reason.MALFORMED_ROW: (
        "a value of it cannot be read",
        "Correct the value in the shop's database, or the mapping. Until then the row stays as it is.",
    ),
    Reason.NOT_FOUND: (
        "the PSP does not know it",
        "See whether the key belongs to the account that took the payment; never take it for failed.",
    ),
    Reason.BAD_REQUEST: (
        "the PSP calls the id malformed",
        "Correct the PSP's id on the row.",
    ),
    Reason.WRONG_PAYMENT: (
        "the refund belongs to another payment than its order",
        "Correct the ids on the refund or its order.",
    ),
    Reason.PROCESSING_TOO_LONG: (
        "it has been processing for too long",
        "Ask the processor; it is still looked at in the meantime.",
    ),
    Reason.REFUND_NEVER_SENT: (
        "the processor never got the refund",
        "Send it again in the PSP's dashboard, or ask the PSP why it is held.",
    ),
    Reason.CONTRADICTION: (
        "the shop and the PSP contradict each other",
        "Find out which side is right; money or goods may have gone the wrong way.",
    ),
    Reason.REVIVED: (
        "what the shop gave up is alive at the PSP",
        "Void it in the PSP's dashboard, or take the order up again.",
    ),
    Reason.ORPHAN_NO_PAYMENT: (
        "the refund's order has no payment to look in",
        "Find the payment, and write its id on the order.",
    ),
    Reason.ORPHAN_PAYMENT_DIFFERS: (
        "the payment is not what the order says",
        _COMPARE,
    ),
    Reason.ORPHAN_AMBIGUOUS: (
        "more than one match is possible",
        "Compare the payment's refunds with the order's, and write the right ids on the rows.",
    ),
    Reason.ORPHAN_UNCLAIMED_REFUND: (
        "the PSP lists a refund that nobody here claims, and nothing proves whose it is",
        "Find out who made that refund; if it is this one, write its id on the row.",
    ),
    Reason.ORPHAN_CLAIMED_BY_OTHER: (
        "the refund that names this row is claimed by another one",
        "Find out which of the two rows made the refund, and correct the other.",
    ),
    Reason.ORDER_MISSING: ("its order is gone", "Find the order; without it nothing can be compared."),
    Reason.TOO_OLD: (
        "it is older than the daemon may touch",
        "Read the plan; an operator may apply it.",
    ),
    Reason.ORPHAN_CAP: (
        "too many orphans to fail in one interval",
        "See why so many refunds never arrived; an operator may apply it.",
    ),
    Reason.SHARED_PSP_ID: (
        "another row has the same id at the PSP",
        "Find out which row the payment or refund belongs to, and mend the other one in the shop.",
    ),
    Reason.NO_EVENT: (
        "the shop's webhook handler has no event that would settle it",
        "Settle it in the shop, or let the mapping allow it (refunds.orphans).",
    ),
    Reason.NO_EFFECT: (
        "it was delivered and acknowledged, yet nothing happened",
        "See why nothing happened; an operator may send it again (sync --again).",
    ),
    Reason.UNDELIVERABLE: (
        "the shop refused its event three times in a row",
        "Fix what the shop's database or endpoint objects to; then sync it, or wait for the next try.",
    ),
    Reason.GIVEN_BACK: (
        "paid, but the money was given back at the PSP",
        "Find out who refunded it; cancel the order or record the refund. An operator may still sync it.",
    ),
    Reason.DISPUTED: (
        "paid, but the customer's bank disputes the payment",
        "Follow the dispute in the PSP's dashboard before anything ships. An operator may still sync it.",
    ),
}

_REFUSALS: Final[dict[Refusal, tuple[str, str]]] = {
    Refusal.PAUSED: ("applying is paused", "Resume when the reason for the pause is gone."),
    Refusal.ROLE: ("a viewer may look, not apply", "Ask an operator."),
    Refusal.BREAKER: (
        "the PSP's answers were abnormal, so this phase was stopped",
        "See whether the PSP is down, the rows are another provider's, or the key, mode or account is wrong.",
    ),
    Refusal.SHOP: (
        "the shop's endpoint rejects or ignores events, so no more of them were sent",
        "See whether the shop is up; check RECONCILE_WEBHOOK_URL, HYPERSWITCH_WEBHOOK_KEY and the profile.",
    ),
    Refusal.BUSY: ("somebody else is acting on this row", "Look again in a minute."),
    Refusal.LATE: ("it took too long to come to this row", "The next check tries it again."),
    Refusal.LOCKED: (
        "the shop holds this row, or one of its order, locked in the database",
        "The next check tries again. If it stays, look for a long transaction of the shop.",
    ),
    Refusal.STOPPED: ("the program was stopping", "Nothing to do: the next run takes it up."),
    Refusal.NOT_APPLICABLE: ("there was nothing to apply", "Read why it is left as it is."),
    Refusal.ORPHAN_CAP: (
        "too many orphans to fail in one interval",
        "See why so many refunds never arrived; an operator may apply it.",
    ),
}

_OUTCOMES: Final[dict[Outcome, tuple[str, str]]] = {
    Outcome.ALREADY_RESOLVED: ("the row had the right status already", "Nothing to do."),
    Outcome.CHANGED: (
        "the row or the PSP is no longer as planned, so nothing was applied",
        "Make a new plan.",
    ),
    Outcome.REFUSED: ("nothing was applied", "Read why, and try again."),
    Outcome.UNREADABLE: (
        "the PSP could not be read again, so nothing was applied",
        "Nothing to do now: the next tick tries again.",
    ),
    Outcome.FIXED: ("the row now says what the PSP says", "Nothing to do."),
    Outcome.OVERTAKEN: ("the real webhook, or somebody else, came first", "Nothing to do."),
    Outcome.SETTLING: ("delivered, and not visible yet", "Nothing to do: it is looked at again."),
    Outcome.UNCHANGED: (
        "delivered and acknowledged, yet nothing happened",
        "See why nothing happened; an operator may send it again (sync --again).",
    ),
    Outcome.UNDELIVERED: (
        "the event could not be delivered, so nothing was changed",
        "Nothing to do now: the next tick tries again. If it lasts, see to the shop's database or endpoint.",
    ),
    Outcome.IN_DOUBT: (
        "the answer was never heard",
        "Nothing to do: the next tick finds out what happened.",
    ),
}

_BY_HAND: Final[dict[Outcome | Refusal, str]] = {
    Refusal.STOPPED: f"Retry it: {NO_DAEMON}.",
    Outcome.UNREADABLE: f"Retry it in a while: {NO_DAEMON}. If it lasts, see whether the PSP is down.",
    Outcome.SETTLING: f"Look again in a minute, and retry it if it is still open: {NO_DAEMON}.",
    Outcome.UNDELIVERED: f"Retry it: {NO_DAEMON}. If it lasts, see to the shop's database or endpoint.",
    Outcome.IN_DOUBT: f"Retry it: that finds out first what happened, and {NO_DAEMON}.",
}
"""The steps that are otherwise left to the next tick."""

_READ_FAILURES: Final[dict[ReadFailureKind, str]] = {
    ReadFailureKind.TIMEOUT: "no answer in time",
    ReadFailureKind.UNREACHABLE: "the PSP cannot be reached",
    ReadFailureKind.SERVER_ERROR: "the PSP has an error of its own",
    ReadFailureKind.CONNECTOR_ERROR: "the processor behind the PSP has an error",
    ReadFailureKind.RATE_LIMITED: "the PSP asks for fewer requests",
    ReadFailureKind.UNAUTHORISED: "the PSP refuses the key",
    ReadFailureKind.BAD_REQUEST: "the PSP calls the request wrong",
    ReadFailureKind.MALFORMED: "the answer makes no sense",
    ReadFailureKind.MALFORMED_FIELD: "a field of the answer cannot be read",
    ReadFailureKind.DEFECT: "this program failed over the answer",
    ReadFailureKind.WRONG_ID: "the answer is about another id",
    ReadFailureKind.REDIRECTED: "the PSP's address leads elsewhere",
    ReadFailureKind.INCOMPLETE_LIST: "the list is not complete",
    ReadFailureKind.OWN_LIMIT: "this program's own limit was reached",
    ReadFailureKind.BREAKER_OPEN: "the PSP's answers were abnormal, so none of them counts",
    ReadFailureKind.CLOCK_SKEW: "the clocks differ too much for times to be compared",
    ReadFailureKind.ROW_TIMES: "the age of the row is not known",
}

_TROUBLES: Final[dict[Trouble, str]] = {
    Trouble.MISSING: "is missing",
    Trouble.NOT_TEXT: "is binary data, not text",
    Trouble.NOT_A_NUMBER: "is not a number",
    Trouble.NOT_WHOLE: "is a decimal number, not whole minor units",
    Trouble.TOO_LARGE: "is too large for an amount",
    Trouble.NOT_A_CURRENCY: "is not a currency code",
    Trouble.NOT_A_TIME: "is not a date and time",
    Trouble.OUT_OF_RANGE: "is not a possible date",
}

_TRIPS: Final[dict[TripReason, str]] = {
    TripReason.UNAUTHORISED: "the PSP refuses the key",
    TripReason.PSP_DOWN: "the PSP fails too often",
    TripReason.NOT_FOUND_SHARE: (
        "the PSP does not know the rows: they are another provider's, or the key, mode or account is wrong"
    ),
    TripReason.REJECTED_SHARE: "the PSP rejects how it is asked, whatever the id",
}

_RIGHT: Final = "is the secret or the profile right?"
_SHUT: Final[dict[ShutReason, str]] = {
    ShutReason.UNAUTHORISED: "the shop refuses the signature, as with a wrong secret",
    ShutReason.REFUSED: f"the shop refuses the events: {_RIGHT}",
    ShutReason.NOT_FOUND: "the shop knows no such address",
    ShutReason.NO_EFFECT: f"the shop accepts the events and does nothing: {_RIGHT}",
    ShutReason.FAILING: "the shop's handler fails over the events: is it up, and is the secret right?",
    ShutReason.SILENT: "the shop does not answer",
    ShutReason.ASKED_TO_WAIT: "the shop asked for no events",
}
