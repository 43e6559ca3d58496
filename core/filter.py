"""The filter: which rows are meant, in one line of words and terms. One grammar for every front.

    adyen age>2h amount>=100 class:orphan,refund currency:EUR -why:amount_mismatch "jane's order"

Terms are ANDed; `a,b` means either; `-` in front means all other rows; quotes hold blanks, commas and
operators. What is not known of a row (no amount, never read) matches no term about it, so each negated one.
`filter_grammar` reads the line.
"""

import operator
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, assert_never

from reconcile_tui.core.decisions import Reason, WaitsFor
from reconcile_tui.core.duration import format_duration
from reconcile_tui.core.findings import Finding, FindingClass, LocalRefund
from reconcile_tui.core.money import exponent
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.psp_states import ReadFailureKind
from reconcile_tui.core.statuses import Kind, OrderStatus, PaymentStatus, PspRefundStatus, RefundStatus
from reconcile_tui.core.wording import reason_words

UNKNOWN: Final = "unknown"
"""Stands for every status that this version does not know."""
NEVER_READ: Final = "none"
"""Stands for the PSP's status of a row that was never read."""


class Key(StrEnum):
    """What a term with a key is about."""

    ID = "id"
    """Any id of the row: its own, the PSP's, its order's."""
    KIND = "kind"
    CLASS = "class"
    STATUS = "status"
    """The PSP's status, as last known."""
    LOCAL = "local"
    """The shop's own status."""
    CONNECTOR = "connector"
    CURRENCY = "currency"
    DECISION = "decision"
    """What the last look came to."""
    WHY = "why"
    """Why: a reason for attention, whom it waits for, why it could not be read, why it was not applied."""
    AMOUNT = "amount"
    """In major units of the row's own currency."""
    AGE = "age"


class Comparison(StrEnum):
    """How a number is compared."""

    MORE = ">"
    AT_LEAST = ">="
    LESS = "<"
    AT_MOST = "<="


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One of these texts stands in what the row says of itself, in any case."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Is:
    """The row's own word for `key` is one of these."""

    key: Key
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.key in (Key.AMOUNT, Key.AGE):
            raise ValueError(f"{self.key} is a number")


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountIs:
    """The amount is one of these."""

    values: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountCompared:
    """The amount is more, or less, than this."""

    comparison: Comparison
    than: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeCompared:
    """The row is older, or younger, than this."""

    comparison: Comparison
    than: timedelta


Test = Text | Is | AmountIs | AmountCompared | AgeCompared


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One condition. Negated, it holds for exactly the other rows."""

    test: Test
    negated: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.negated else ''}{_written(self.test)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Terms that all must hold. Without any it means every row. `str` is the text that is read back as it."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __str__(self) -> str:
        return " ".join(str(term) for term in self.terms)

    @property
    def asks_what_was_read(self) -> bool:
        """Whether a term is about what only a look at the PSP can tell: a row never read cannot match it."""
        return any(isinstance(term.test, Is) and term.test.key in _LOOKED_AT for term in self.terms)

    def matches(self, finding: Finding, *, reasons: Collection[Reason] = ()) -> bool:
        """Whether the row is meant, by its local facts and what was last known of it.

        Args:
            reasons: why its open attention item wants a person; the last look may not know it.
        """
        return all(_holds(term.test, finding, reasons) is not term.negated for term in self.terms)


EVERYTHING: Final = Filter()

_LOOKED_AT: Final = frozenset((Key.STATUS, Key.CONNECTOR, Key.DECISION, Key.WHY))


def _holds(test: Test, finding: Finding, reasons: Collection[Reason]) -> bool:
    match test:
        case Text(values=values):
            texts = [text.casefold() for text in _texts(finding, reasons)]
            return any(value.casefold() in text for value in values for text in texts)
        case Is(key=key, values=values):
            words = {word.casefold() for word in _words(key, finding, reasons)}
            return any(value.casefold() in words for value in values)
        case AmountIs(values=values):
            return any(_compares(finding, operator.eq, value) for value in values)
        case AmountCompared(comparison=comparison, than=than):
            return _compares(finding, _COMPARE[comparison], than)
        case AgeCompared(comparison=comparison, than=than):
            return bool(_COMPARE[comparison](finding.age, than))
        case _:
            assert_never(test)


_COMPARE: Final[dict[Comparison, Callable[[Any, Any], Any]]] = {
    Comparison.MORE: operator.gt,
    Comparison.AT_LEAST: operator.ge,
    Comparison.LESS: operator.lt,
    Comparison.AT_MOST: operator.le,
}


def _compares(finding: Finding, compare: Callable[[Any, Any], Any], major: Decimal) -> bool:
    money = finding.row.money
    return money is not None and bool(compare(money.minor, major.scaleb(exponent(money.currency))))


def _words(key: Key, finding: Finding, reasons: Collection[Reason]) -> Iterable[str]:
    """The words that a row has for `key`."""
    row, check = finding.row, finding.check
    match key:
        case Key.ID:
            return _ids(finding)
        case Key.KIND:
            return (row.ref.kind,)
        case Key.CLASS:
            return (_CLASS_WORDS[finding.cls],)
        case Key.STATUS:
            status = check.psp_status if check else None
            return (NEVER_READ if status is None else status if status in PSP_STATUSES else UNKNOWN,)
        case Key.LOCAL:
            return (row.status if isinstance(row.status, OrderStatus | RefundStatus) else UNKNOWN,)
        case Key.CONNECTOR:
            return (check.connector,) if check and check.connector else ()
        case Key.CURRENCY:
            return (row.money.currency,) if row.money else ()
        case Key.DECISION:
            return (check.decision,) if check and check.decision else ()
        case Key.WHY:
            return (*_whys(finding), *reasons)
        case Key.AMOUNT | Key.AGE:
            return ()
        case _:
            assert_never(key)


def _ids(finding: Finding) -> tuple[str, ...]:
    row = finding.row
    order_id = row.order.row_id if isinstance(row, LocalRefund) and row.order else None
    return tuple(each for each in (row.row_id, row.psp_id, row.payment_id, order_id) if each)


def _whys(finding: Finding) -> tuple[str, ...]:
    """The word that the last look left as its reason: before the colon, behind it are foreign words."""
    detail = finding.check.detail if finding.check else None
    return (detail.partition(":")[0],) if detail else ()


def _texts(finding: Finding, reasons: Collection[Reason]) -> Iterable[str]:
    """What a row says of itself: its ids, its connector, both statuses, and why it was left."""
    check, whys = finding.check, [*_whys(finding), *reasons]
    yield from _ids(finding)
    yield finding.row.status.value.replace("_", " ")
    yield from (finding.row.money.currency,) if finding.row.money else ()
    if check is not None:
        yield from (each.replace("_", " ") for each in (check.psp_status, check.connector) if each)
    yield from whys
    yield from (reason_words(Reason(why)) for why in whys if why in list(Reason))


_CLASS_WORDS: Final[dict[FindingClass, str]] = {cls: cls.value for cls in FindingClass} | {
    FindingClass.STUCK_ORDER: "order",
    FindingClass.STUCK_REFUND: "refund",
    FindingClass.ORPHAN_REFUND: "orphan",
}

PSP_STATUSES: Final = frozenset(
    [*(each.value for each in PaymentStatus), *(s.value for s in PspRefundStatus)]
)

_LEFT_BY: Final = (Outcome.UNCHANGED, Outcome.REFUSED, Outcome.UNREADABLE, Outcome.UNDELIVERED)
"""Outcomes that leave a row open, and their word in its check."""

WORDS: Final[dict[Key, dict[str, str]]] = {
    Key.KIND: {kind.value: kind.value for kind in Kind},
    Key.CLASS: {word: word for word in _CLASS_WORDS.values()}
    | {cls.value: word for cls, word in _CLASS_WORDS.items()},
    Key.STATUS: {word: word for word in (*sorted(PSP_STATUSES), UNKNOWN, NEVER_READ)},
    Key.LOCAL: {word: word for word in dict.fromkeys((*OrderStatus, *RefundStatus, UNKNOWN))},
    Key.DECISION: {
        word: word
        for word in (
            "sync",
            "adopt",
            "fail_orphan",
            "still_pending",
            "attention",
            "unreadable",
            "already_resolved",
        )
    },
    Key.WHY: {
        word: word
        for word in dict.fromkeys(
            (
                *(reason.value for reason in Reason),
                *(waits.value for waits in WaitsFor),
                *(kind.value for kind in ReadFailureKind),
                *(o.value for o in _LEFT_BY),
            )
        )
    },
}
"""The words that a key takes, with what each stands for. Other keys take any text, or a number."""


def _written(test: Test) -> str:
    match test:
        case Text(values=values):
            return ",".join(_quoted(value, is_text=True) for value in values)
        case Is(key=key, values=values):
            return f"{key}:{','.join(_quoted(value) for value in values)}"
        case AmountIs(values=values):
            return f"{Key.AMOUNT}:{','.join(f'{value:f}' for value in values)}"
        case AmountCompared(comparison=comparison, than=than):
            return f"{Key.AMOUNT}{comparison}{than:f}"
        case AgeCompared(comparison=comparison, than=than):
            return f"{Key.AGE}{comparison}{format_duration(than)}"
        case _:
            assert_never(test)


def _quoted(value: str, *, is_text: bool = False) -> str:
    """`value` in quotes where it would be read as something else without them."""
    special = any(char.isspace() or char in '",' or (is_text and char in OPERATORS) for char in value)
    if not special and not (is_text and value.startswith("-")):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


OPERATORS: Final = ":=<>"
