"""The filter's grammar: a line of text becomes a `Filter`, or an error that points at the term.

filter := term { blank term }
term   := [ "-" ] ( key operator values | values )
values := value { "," value }
value  := text without blank, comma and quote | '"' any text, with \\" and \\\\ '"'
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final, NoReturn

from reconcile_tui.core.duration import format_duration, parse_duration
from reconcile_tui.core.filter import (
    OPERATORS,
    WORDS,
    AgeCompared,
    AmountCompared,
    AmountIs,
    Comparison,
    Filter,
    Is,
    Key,
    Term,
    Test,
    Text,
)

LONGEST: Final = 1_000
"""Characters of a filter at most."""
OLDEST: Final = timedelta(days=36_500)
"""Longer durations are not exact to the millisecond."""


class FilterInvalid(ValueError):
    """A text is no filter.

    Attributes:
        text: the whole filter.
        start, end: which part of it is wrong, in characters.
        problem: what is wrong, a clause.
        known: what may stand there, where it is one of a list.
    """

    def __init__(self, text: str, start: int, end: int, problem: str, known: tuple[str, ...] = ()) -> None:
        super().__init__(f"{problem}: {text[start:end]!r}")
        self.text = text
        self.start = start
        self.end = end
        self.problem = problem
        self.known = known


def parse_filter(text: str) -> Filter:
    """The filter that `text` says; an empty one means every row.

    Raises:
        FilterInvalid: it says none.
    """
    if len(text) > LONGEST:
        raise FilterInvalid(text, LONGEST, len(text), f"a filter is at most {LONGEST} characters long")
    terms: list[Term] = []
    at = _next(text, 0)
    while at < len(text):
        term, at = _term(text, at)
        terms.append(term)
        at = _next(text, at)
    return Filter(terms=tuple(terms))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Value:
    """A value and where it stands."""

    said: str
    start: int
    end: int


_HEAD = re.compile(r'(?P<key>[^\s",:=<>]+)(?P<operator>>=|<=|[:=<>])')
_BARE = re.compile(r'[^\s",]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\])')
_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_IS = (":", "=")


def _next(text: str, at: int) -> int:
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _term(text: str, start: int) -> tuple[Term, int]:
    negated = text[start] == "-"
    begin = start + negated
    head = _HEAD.match(text, begin)
    values, end = _values(text, head.end() if head else begin, term=start)
    if head is None:
        return Term(test=_text(text, values), negated=negated), end
    key = _key(text, head)
    return Term(test=_test(text, key, head, values), negated=negated), end


def _values(text: str, start: int, *, term: int) -> tuple[tuple[_Value, ...], int]:
    found: list[_Value] = []
    at = start
    while True:
        found.append(_value(text, at, term=term))
        at = found[-1].end
        if text[at : at + 1] != ",":
            break
        at += 1
    if at < len(text) and not text[at].isspace():
        raise FilterInvalid(text, at, at + 1, "a quote holds a whole value: put a blank or a comma here")
    return tuple(found), at


def _value(text: str, start: int, *, term: int) -> _Value:
    quoted = text[start : start + 1] == '"'
    found = (_QUOTED if quoted else _BARE).match(text, start)
    if found is None and quoted:
        raise FilterInvalid(text, start, len(text), "this quote is never closed")
    if found is None:
        raise FilterInvalid(text, term, max(start, term + 1), "a value is missing")
    said = _ESCAPE.sub(r"\1", found[1]) if quoted else found[0]
    if not said:
        raise FilterInvalid(text, *found.span(), "an empty text means nothing")
    return _Value(said=said, start=found.start(), end=found.end())


def _text(text: str, values: tuple[_Value, ...]) -> Text:
    for value in values:
        if text[value.start] != '"' and any(char in OPERATORS for char in value.said):
            problem = "a key is missing, or quotes: a text with : = < or > stands in quotes"
            raise FilterInvalid(text, value.start, value.end, problem)
    return Text(values=tuple(value.said for value in values))


def _key(text: str, head: re.Match[str]) -> Key:
    try:
        return Key(head["key"].lower())
    except ValueError:
        raise FilterInvalid(text, *head.span("key"), "there is no such key", tuple(Key)) from None


def _test(text: str, key: Key, head: re.Match[str], values: tuple[_Value, ...]) -> Test:
    compared = None if head["operator"] in _IS else Comparison(head["operator"])
    match key, compared:
        case Key.AGE, None:
            problem = "an age is compared: age>2h, age<=30m"
            raise FilterInvalid(text, head.start(), values[-1].end, problem)
        case Key.AGE, Comparison():
            return AgeCompared(comparison=compared, than=_age(text, _only(text, key, values)))
        case Key.AMOUNT, None:
            return AmountIs(values=tuple(_amount(text, value) for value in values))
        case Key.AMOUNT, Comparison():
            return AmountCompared(comparison=compared, than=_amount(text, _only(text, key, values)))
        case _, None:
            return Is(key=key, values=tuple(_word(text, key, value) for value in values))
        case _:
            problem = f"only age and amount are compared: write {key}:{values[0].said}"
            raise FilterInvalid(text, head.start(), values[-1].end, problem)


def _only(text: str, key: Key, values: tuple[_Value, ...]) -> _Value:
    """The one value that a comparison has. A decimal comma would be read as two."""
    if len(values) > 1:
        point = ", with a point before its decimals" if key is Key.AMOUNT else ""
        problem = f"{key} is compared with one value{point}"
        raise FilterInvalid(text, values[0].start, values[-1].end, problem)
    return values[0]


def _word(text: str, key: Key, value: _Value) -> str:
    known = WORDS.get(key)
    if key is Key.CURRENCY:
        if not _CURRENCY.fullmatch(value.said):
            _invalid(text, value, "a currency is its three letters: currency:EUR")
        return value.said.upper()
    if known is None:
        return value.said
    if value.said.lower() not in known:
        _invalid(text, value, f"{key} has no such word", tuple(known))
    return known[value.said.lower()]


def _amount(text: str, value: _Value) -> Decimal:
    if not _AMOUNT.fullmatch(value.said):
        _invalid(text, value, "an amount is a number of the currency's major units, such as 100 or 99.50")
    return Decimal(value.said)


def _age(text: str, value: _Value) -> timedelta:
    try:
        age = parse_duration(value.said)
    except ValueError as error:
        _invalid(text, value, str(error))
    if age > OLDEST:
        _invalid(text, value, f"an age is at most {format_duration(OLDEST)}")
    return age


def _invalid(text: str, value: _Value, problem: str, known: tuple[str, ...] = ()) -> NoReturn:
    raise FilterInvalid(text, value.start, value.end, problem, known)
