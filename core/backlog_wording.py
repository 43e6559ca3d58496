"""The words for a backlog: how long it needs, what is faster, and which rows nobody looks at."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.slow_backlog import SlowBacklog
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.status_words import UnmappedWord
from reconcile_tui.core.wording import spoken_age

FASTER: Final = "Faster: RECONCILE_DRAIN=true, or reconcile-tui --once --drain."
NAME_THEM: Final = (
    "Name such a word in mapping.orders.words or mapping.refunds.words, or in ignored_words beside them."
)
_MOST_WORDS: Final = 3
_NOUNS: Final = {
    PhaseName.ORDERS: "order",
    PhaseName.REFUNDS: "refund",
    PhaseName.ORPHANS: "orphan refund",
}


def slow_words(slow: SlowBacklog) -> str:
    """How long a backlog needs: `4,812 orders are due; at 50 an hour this takes 4 days.`"""
    return f"{_due(slow)} {_are(sum(slow.due.values()))} due; at {_pace(slow)} this takes {_takes(slow)}."


def slow_short(slow: SlowBacklog) -> str:
    """The same in a few words: `4,812 orders due: 4 days at 50 an hour`."""
    return f"{_due(slow)} due: {_takes(slow)} at {_pace(slow)}"


def unmapped_words(words: Sequence[UnmappedWord]) -> str:
    """Rows that nobody looks at: `1,204 orders have the status "processing", which the mapping does not
    name: nobody looks at them.`"""
    first, *others = words
    told = [f"{_rows(first)} {'has' if first.rows == 1 else 'have'} the status {_quoted(first.word)}"]
    told += [f"{_rows(each)} {_quoted(each.word)}" for each in others[: _MOST_WORDS - 1]]
    if left := others[_MOST_WORDS - 1 :]:
        rows = sum(each.rows for each in left)
        told.append(f"{rows:,} {'row' if rows == 1 else 'rows'} with other words")
    whom = "it" if not others and first.rows == 1 else "them"
    return f"{_listed(told)}, which the mapping does not name: nobody looks at {whom}."


def _rows(word: UnmappedWord) -> str:
    noun = "order" if word.kind is Kind.ORDER else "refund"
    return f"{word.rows:,} {noun}{'' if word.rows == 1 else 's'}"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _quoted(word: str) -> str:
    return f"“{harmless(word, limit=40)}”" if word else "that is empty or no text"


def _due(slow: SlowBacklog) -> str:
    counts = [f"{rows:,} {_NOUNS[name]}{'' if rows == 1 else 's'}" for name, rows in slow.due.items()]
    return _listed(counts)


def _are(rows: int) -> str:
    return "is" if rows == 1 else "are"


def _pace(slow: SlowBacklog) -> str:
    of_each = " of each" if len(slow.due) > 1 else ""
    often = "an hour" if slow.interval == timedelta(hours=1) else f"every {spoken_age(slow.interval)}"
    return f"{slow.batch:,}{of_each} {often}"


def _takes(slow: SlowBacklog) -> str:
    days, takes = slow.takes / timedelta(days=1), slow.takes
    return f"{round(days)} days" if days >= 2 else spoken_age(takes)
