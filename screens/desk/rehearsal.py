"""The rehearsal: what the demo knows and no real shop does, the truth about each row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedRow:
    """A row that is, or was, stuck.

    Attributes:
        money: None where the shop's row has no amount.
        is_open: nobody healed it yet.
        can_heal: whether a sync could, in truth.
        is_new: it became stuck just now, while somebody was at the others.
        by_person: whether it was healed from here; an open row was not.
        why_left: why no sync can, for people; None where one can.
        mistake: what was done wrong to it, for people; None where nothing was.
    """

    ref: RowRef
    money: Money | None
    is_open: bool
    can_heal: bool
    is_new: bool = False
    by_person: bool = False
    why_left: str | None = None
    mistake: str | None = None


class Rehearsal(Protocol):
    """An incident that somebody made up. Errors as for `Lists`."""

    @property
    def reported(self) -> str:
        """What support was told, in one sentence."""
        ...

    async def rows(self) -> Sequence[RehearsedRow]:
        """Every row that was stuck since the rehearsal began, as it is now."""
        ...
