"""The filter of the history: what is asked for, in one line of terms.

    actor:alice outcome:fixed,unchanged event:refund.succeeded plan:4f2a since:2h until:14:30 o-1

Terms are ANDed; `a,b` means either; a word without a key is a row's id, its own or the PSP's; quotes hold
blanks and commas.
"""

import re
from dataclasses import dataclass
from typing import Final, NoReturn, TypeVar

from reconcile_tui.core.decisions import Event
from reconcile_tui.core.moments import Spoken, spoken
from reconcile_tui.core.outcomes import Outcome

LONGEST: Final = 1_000
"""Characters of a filter at most."""

KEYS: Final = ("actor", "outcome", "event", "row", "plan", "since", "until")

_TERM = re.compile(r"""\s*(?:(?P<key>[a-z]+):)?(?P<values>(?:"[^"]*"|[^\s"])+)""")
_VALUE = re.compile(r'"([^"]*)"|([^,"]+)')

Word = TypeVar("Word", Outcome, Event)


class HistoryFilterInvalid(ValueError):
    """A text is no filter; the message says what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryAsked:
    """What was asked for; everything that is given must hold.

    Attributes:
        ids: rows by any of their ids; empty: every row, and what is about none.
        since, until: as they were written; the database's clock says what they mean.
        every_step: each entry of the journal, instead of a line a plan and a line a tick.
    """

    ids: tuple[str, ...] = ()
    actor: str | None = None
    outcomes: tuple[Outcome, ...] = ()
    events: tuple[Event, ...] = ()
    plan_id: str | None = None
    since: Spoken | None = None
    until: Spoken | None = None
    every_step: bool = False


def parse_history_filter(text: str, *, every_step: bool = False) -> HistoryAsked:
    """What `text` asks for; an empty one asks for everything.

    Raises:
        HistoryFilterInvalid: it asks for nothing that is known.
    """
    if len(text) > LONGEST:
        raise HistoryFilterInvalid(f"a filter is at most {LONGEST} characters long")
    found: dict[str, list[str]] = {}
    at = 0
    while text[at:].strip():
        term = _TERM.match(text, at)
        if term is None:
            raise HistoryFilterInvalid("a quote is never closed, or a value is missing")
        values = ["".join(pair) for pair in _VALUE.findall(term["values"])]
        key, values = _keyed(term["key"], values)
        found.setdefault(key, []).extend(values)
        at = term.end()
    return HistoryAsked(
        ids=tuple(dict.fromkeys(found.get("row", ()))),
        actor=_one("actor", found),
        outcomes=_words("outcome", found, Outcome),
        events=_words("event", found, Event),
        plan_id=_one("plan", found),
        since=_moment("since", found),
        until=_moment("until", found),
        every_step=every_step,
    )


def _keyed(key: str | None, values: list[str]) -> tuple[str, list[str]]:
    """A term's key and values. `order:o-1` names a row with its kind, and is whole a row's id."""
    if key is None:
        return "row", values
    if key in ("order", "refund"):
        return "row", [f"{key}:{value}" for value in values]
    if key not in KEYS:
        _refuse(f"{key}: is not known; there are {', '.join(KEYS)}")
    if not all(values) or not values:
        _refuse(f"{key}: needs a value")
    return key, values


def _one(key: str, found: dict[str, list[str]]) -> str | None:
    values = found.get(key, [])
    if len(values) > 1:
        _refuse(f"{key}: takes one value")
    return values[0] if values else None


def _words(key: str, found: dict[str, list[str]], known: type[Word]) -> tuple[Word, ...]:
    values = [value.casefold().replace(" ", "_") for value in found.get(key, [])]
    for value in values:
        if value not in list(known):
            _refuse(f"{key}:{value} is not known; there are {', '.join(known)}")
    return tuple(known(value) for value in dict.fromkeys(values))


def _moment(key: str, found: dict[str, list[str]]) -> Spoken | None:
    value = _one(key, found)
    try:
        return spoken(value) if value is not None else None
    except ValueError as error:
        raise HistoryFilterInvalid(f"{key}: {error}") from error


def _refuse(problem: str) -> NoReturn:
    raise HistoryFilterInvalid(problem)
