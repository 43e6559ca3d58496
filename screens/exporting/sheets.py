"""Lists as text: CSV for a spreadsheet, JSON for a program. Pure; both are made of the same documents.

JSON: `{"document", "context", "list", "filter", "at", "rows"}`; `rows` have the keys that the command line
prints for the same things (`list --json`, `journal --json`, `runs --json`). CSV: a column a key, nested ones
joined by a dot, in the order of `ROW_COLUMNS` or `RECORD_COLUMNS`; amounts as minor units, currency and
decimal text; moments as ISO 8601, UTC. A cell that a spreadsheet would run begins with `'`.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from reconcile_tui.core.foreign_text import harmless

_MONEY: Final = ("minor", "currency", "text")
_LONGEST: Final = 10_000
"""Characters of a text at most: a cell of a spreadsheet holds no more than 32,767."""


def _money(key: str) -> tuple[str, ...]:
    return tuple(f"{key}.{part}" for part in _MONEY)


ROW_COLUMNS: Final = (
    *("kind", "id", "finding_class", "status", "psp_id", "payment_id", "order_id", "order_status"),
    *_money("money"),
    *_money("order_money"),
    *("pending_since", "age_seconds", "waits_on_customer", "withheld_by_cap"),
    *(
        f"last_look.{key}"
        for key in (
            *("at", "decision", "words", "detail", "psp_status", "psp_read_at", "connector"),
            *("reads", "failures", "next_due"),
        )
    ),
    *(
        f"attention.{key}"
        for key in (
            *("reason", "words", "since", "acknowledged_by", "acknowledged_reason", "acknowledged_until"),
        )
    ),
)
"""The columns of a list of rows."""

RECORD_COLUMNS: Final = (
    *("record", "at", "kind", "id", "psp_id", *_money("money"), "step", "event", "attempt", "outcome"),
    *("refusal", "actor", "actor_kind", "by", "reason", "plan_id", "status_before", "status_after"),
    *("psp_status", "detail", "entry_id", "intent_id", "action", "until", "connector", "attention", "words"),
    *("began", "ended", "rows", "closed", "outcomes", "not_concluded"),
    *("run_id", "state", "started_at", "heartbeat_at", "finished_at", "took_seconds", "holder", "mode"),
    *("counts", "did", "troubles", "error"),
    *("received_at", "source", "event_type", "event_id", "effect", "digest"),
)
"""The columns of a list of the history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """What a file is about. `at`: when it was made (UTC); `wanted`: the filter in force, as text."""

    document: str
    context: str
    listed: str
    wanted: str
    at: datetime


def as_json(rows: Sequence[Mapping[str, Any]], title: Title) -> str:
    """A JSON document."""
    whole = {
        "document": title.document,
        **_harmless({"context": title.context, "list": title.listed, "filter": title.wanted}),
        "at": title.at.isoformat().replace("+00:00", "Z"),
        "rows": [_harmless(row) for row in rows],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def as_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Lines of cells, RFC 4180: the columns' names first."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        flat = dict(_flat(row))
        writer.writerow([cell(flat.get(column)) for column in columns])
    return text.getvalue()


def cell(value: object) -> str:
    """A value as a cell that no spreadsheet runs.

    Numbers and truth stand as they are. A text that begins like a formula, after blanks and quotes too, gets
    a `'` in front; so does one that begins with a `'` already, so that it can be taken off again.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return _neutral(harmless(value, limit=_LONGEST) if value else "")
        case _:
            return _neutral(harmless(json.dumps(value, ensure_ascii=False), limit=_LONGEST))


def _neutral(text: str) -> str:
    begun = text.lstrip(_SKIPPED)
    return f"'{text}" if text[:1] == "'" or begun[:1] in _RUNS else text


_RUNS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20", "|", "%")
"""What a formula begins with, full-width ones and DDE's included."""

_SKIPPED: Final = " \"'`\u201c\u201d\u2018\u2019\u240a\u240d\u2409"
"""What a spreadsheet, or whoever imports into one, may take off in front; the pictures of line ends and tabs
too."""


def _flat(row: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping) and name not in _WHOLE:
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


_WHOLE: Final = frozenset(("outcomes", "counts"))
"""Mappings whose keys are no columns."""


def _harmless(value: Any) -> Any:
    """Texts on one line each, without what a terminal would obey."""
    match value:
        case str():
            return harmless(value, limit=_LONGEST) if value else value
        case Mapping():
            return {key: _harmless(each) for key, each in value.items()}
        case list() | tuple():
            return [_harmless(each) for each in value]
        case _:
            return value
