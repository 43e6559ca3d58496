"""Consent: what must be typed before a plan is applied. Pure: no key, no widget.

One row: `y`. More than one, any orphan to be failed, or money that was given back or is disputed: the number
of rows, then `y`. Nothing else agrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.screens.confirm.grouping import fails_orphans, sets_aside

_MOST_DIGITS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What is asked for, and what was typed so far.

    Attributes:
        rows: how many would change.
        by_number: whether their number must be typed.
    """

    rows: int
    by_number: bool
    typed: str = ""

    @classmethod
    def to(cls, to_apply: Sequence[PlannedRow]) -> "Consent":
        """What must be typed for these rows."""
        by_number = len(to_apply) > 1 or fails_orphans(to_apply) or sets_aside(to_apply)
        return cls(rows=len(to_apply), by_number=by_number)

    def type(self, digit: str) -> "Consent":
        """One more digit."""
        return replace(self, typed=(self.typed + digit)[:_MOST_DIGITS])

    def rub_out(self) -> "Consent":
        """One digit less."""
        return replace(self, typed=self.typed[:-1])

    @property
    def objection(self) -> str | None:
        """Why `y` does not agree yet, as a sentence; None where it does."""
        if self.rows == 0:
            return "There is nothing to apply."
        if not self.by_number or self.typed == str(self.rows):
            return None
        rows = f"{self.rows} row{'' if self.rows == 1 else 's'}"
        if not self.typed:
            return f"Nothing was applied: type the number of rows, {self.rows}, then y."
        return f"Nothing was applied: {rows} would change, not {self.typed}. Type {self.rows}, then y."

    @property
    def question(self) -> str:
        """What to type, with what was typed."""
        if not self.by_number:
            return "Press y to apply this to 1 row."
        return f"Type {self.rows}, then y: {self.typed}_"
