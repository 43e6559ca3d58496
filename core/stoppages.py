"""Stoppages: the times in which nothing was applied, by the pauses and resumes that are on record."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from reconcile_tui.core.store.actions import Action, ActionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Stoppage:
    """A pause from its beginning to its end. Moments are UTC, database clock.

    Attributes:
        connector: None: of everything.
        began, by, reason: None where it began before what is told.
        ended: None: it lasts.
        ended_by: None where it ended by itself, or lasts.
    """

    connector: str | None
    began: datetime | None = None
    by: str | None = None
    reason: str | None = None
    ended: datetime | None = None
    ended_by: str | None = None


def stoppages(actions: Iterable[Action], *, now: datetime) -> tuple[Stoppage, ...]:
    """What `actions`, oldest first, say of pauses. One that is replaced ends where the next one begins."""
    over: list[Stoppage] = []
    lasting: dict[str | None, tuple[Stoppage, datetime | None]] = {}
    for action in actions:
        if action.kind not in (ActionKind.PAUSED, ActionKind.RESUMED):
            continue
        before = lasting.pop(action.connector, None)
        if before is not None:
            stoppage, until = before
            ran_out = until is not None and until <= action.at
            over.append(
                replace(stoppage, ended=until)
                if ran_out
                else replace(stoppage, ended=action.at, ended_by=action.actor)
            )
        elif action.kind is ActionKind.RESUMED:
            over.append(Stoppage(connector=action.connector, ended=action.at, ended_by=action.actor))
        if action.kind is ActionKind.PAUSED:
            begun = Stoppage(
                connector=action.connector, began=action.at, by=action.actor, reason=action.reason
            )
            lasting[action.connector] = (begun, action.until)
    over += [
        replace(stoppage, ended=until) if until is not None and until <= now else stoppage
        for stoppage, until in lasting.values()
    ]
    return tuple(sorted(over, key=lambda each: each.began or each.ended or now))
