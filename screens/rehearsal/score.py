"""The score of a rehearsal: how long, how many keys, how much money, what was left and what was a mistake."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.money import Money, per_currency
from reconcile_tui.core.wording import spoken_age
from reconcile_tui.screens.desk.rehearsal import RehearsedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What came of a rehearsal.

    Attributes:
        keys: pressed, without the text of reasons.
        healed: rows healed from here; `money`: theirs, per currency.
        by_themselves: rows that somebody else's webhook healed meanwhile.
        left: rows that no sync can heal, by why.
        new: rows that became stuck just now, and are open.
        mistakes: what was done wrong, by row.
    """

    took: timedelta
    keys: int
    healed: int
    money: tuple[Money, ...]
    by_themselves: int
    left: Mapping[str, int]
    new: int
    mistakes: Mapping[RowRef, str]


_MOST_WHYS: Final = 7
"""So many reasons stand on a card that a terminal of 24 lines shows whole."""


def is_won(rows: Sequence[RehearsedRow]) -> bool:
    """Whether nothing is left that a sync could heal, and somebody here healed something.

    What became stuck just now does not count: the incident goes on, and nobody could ever be done.
    """
    to_heal = (row for row in rows if row.is_open and row.can_heal)
    return any(row.by_person for row in rows) and all(row.is_new for row in to_heal)


def score(rows: Sequence[RehearsedRow], *, took: timedelta, keys: int) -> Score:
    """The score of a rehearsal that ended so."""
    healed = [row for row in rows if row.by_person and row.mistake is None]
    is_open = [row for row in rows if row.is_open]
    old = [row for row in is_open if not (row.is_new and row.can_heal)]
    left = Counter(row.why_left or "not looked at yet" for row in old)
    return Score(
        took=took,
        keys=keys,
        healed=len(healed),
        money=per_currency(row.money for row in healed if row.money is not None),
        by_themselves=sum(not row.is_open and not row.by_person for row in rows),
        left=dict(left.most_common()),
        new=len(is_open) - len(old),
        mistakes={row.ref: row.mistake for row in rows if row.mistake is not None},
    )


def score_lines(it: Score) -> list[str]:
    """A score for people, a line each."""
    money = ", ".join(map(str, it.money)) or "no money"
    was = "was" if it.by_themselves == 1 else "were"
    rows, keys = _counted(it.healed, "row"), _counted(it.keys, "key")
    lines = [
        f"{rows} healed in {spoken_age(it.took)} with {keys}: {money}.",
        f"{it.by_themselves} more {was} healed by a webhook that came late.",
        "",
    ]
    if it.mistakes:
        lines.append(f"Mistakes: {len(it.mistakes)}.")
        lines += [f"  {ref}: {words}" for ref, words in it.mistakes.items()]
    else:
        lines.append("Mistakes: none. No paid order and no refund that exists was failed.")
    if it.left:
        lines += ["", "Left, because no sync can heal it:"]
        lines += [f"  {count:>4}  {why}" for why, count in list(it.left.items())[:_MOST_WHYS]]
        if others := list(it.left.values())[_MOST_WHYS:]:
            lines.append(f"  {sum(others):>4}  for {len(others)} other reasons: see Attention")
    if it.new:
        lines += ["", f"Stuck since just now, as the incident goes on: {it.new}."]
    return lines


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
