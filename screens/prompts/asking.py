"""Asking: a prompt over the screen, and what its answer sets off, as an errand of the application."""

from collections.abc import Callable
from datetime import datetime, timedelta

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.store.attention import AttentionItem
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.brakes import Brakes
from reconcile_tui.screens.desk.lists import ListedRow
from reconcile_tui.screens.prompts.acknowledge import Acknowledgement, AcknowledgePrompt, TakenBack
from reconcile_tui.screens.prompts.open_row import OpenRowPrompt
from reconcile_tui.screens.prompts.pause import Lift, PauseOrder, PausePrompt

_NOT_YET = "Nothing is known yet: wait for the database's first answer."


def ask_pause(app: Dashboard) -> None:
    """Ask what to stop, and stop it; or lift what is in force."""
    desk, overview = app.desk, app.live.overview
    if desk is None or overview is None:
        app.warn(_NOT_YET)
        return
    brakes = desk.brakes
    pauses = overview.health.situation.pauses

    def answered(answer: PauseOrder | Lift | None) -> None:
        match answer:
            case PauseOrder():
                app.errands.run("The pause", _pause(app, brakes, answer))
            case Lift() if _is_locked(app):
                pass
            case Lift():
                app.errands.run("Lifting the pause", _lift(app, brakes, answer))
            case None:
                pass

    app.push_screen(PausePrompt(pauses, connectors=_connectors(app), where=desk.place.name), answered)


def ask_acknowledge(app: Dashboard, row: ListedRow | None) -> None:
    """Ask why a row may be quiet, and write it down; or take that back."""
    desk = app.desk
    if desk is None:
        app.warn(_NOT_YET)
        return
    if row is None or row.attention is None:
        app.say("This row needs nobody's acknowledgement: it is not on the attention list.")
        return
    brakes, item = desk.brakes, row.attention.item

    def answered(answer: Acknowledgement | TakenBack | None) -> None:
        match answer:
            case Acknowledgement() if _is_locked(app):
                pass
            case Acknowledgement():
                app.errands.run("The acknowledgement", _acknowledge(app, brakes, item, answer))
            case TakenBack():
                app.errands.run("Taking the acknowledgement back", _take_back(app, brakes, item))
            case None:
                pass

    app.push_screen(AcknowledgePrompt(item, where=desk.place.name), answered)


def _is_locked(app: Dashboard) -> bool:
    """Whether what is seen is too old to be written by, which is told then. What only stops, or makes loud,
    never waits for that.
    """
    if (locked := app.live.locked) is None:
        return False
    app.warn(f"Nothing was written: {locked}. It can be done once the database was read again.")
    return True


def ask_row(app: Dashboard, found: Callable[[RowRef], None]) -> None:
    """Ask for an id, and hand over the row that has it."""
    if app.desk is None:
        app.warn(_NOT_YET)
        return

    def answered(ref: RowRef | None) -> None:
        if ref is not None:
            found(ref)

    app.push_screen(OpenRowPrompt(app.desk.lists.find), answered)


async def _pause(app: Dashboard, brakes: Brakes, order: PauseOrder) -> None:
    until = await _end(brakes, order.lasts)
    replaced = await brakes.pause(reason=order.reason, until=until, connector=order.connector)
    what = f"connector {order.connector}" if order.connector else "everything"
    lasts = f"until {until:%H:%M} UTC" if until else "until somebody resumes"
    instead = f" It replaces: {replaced.words}." if replaced else ""
    app.say(f"Paused {what}, {lasts}.{instead} {app.key('pause', 'p')} lifts it.")
    app.live.refresh_now()


async def _lift(app: Dashboard, brakes: Brakes, lift: Lift) -> None:
    lifted = await brakes.resume(lift.pause, reason=lift.reason)
    if lifted is not None:
        app.say(f"Lifted: {lifted.words}.")
    else:
        app.warn(
            "That pause is over, or another is in its place: nothing was changed. "
            f"{app.key('pause', 'p')} shows what is in force."
        )
    app.live.refresh_now()


async def _acknowledge(app: Dashboard, brakes: Brakes, item: AttentionItem, answer: Acknowledgement) -> None:
    until = await _end(brakes, answer.lasts)
    lasts = f"until {until:%Y-%m-%d %H:%M} UTC" if until else "until its facts change"
    if await brakes.acknowledge(item, reason=answer.reason, until=until):
        app.say(f"{item.ref} is acknowledged, {lasts}.")
    else:
        app.warn(f"{item.ref} is not what you saw any more: nothing was written. Look again.")
    app.live.refresh_now()


async def _take_back(app: Dashboard, brakes: Brakes, item: AttentionItem) -> None:
    if await brakes.unacknowledge(item, reason=None):
        app.say(f"{item.ref} is loud again.")
    else:
        app.warn(f"{item.ref} is not what you saw any more: nothing was written. Look again.")
    app.live.refresh_now()


async def _end(brakes: Brakes, lasts: timedelta | None) -> datetime | None:
    return None if lasts is None else await brakes.now() + lasts


def _connectors(app: Dashboard) -> list[str]:
    """The connectors that rows in the lists name."""
    found: set[str] = set()
    for roster in app.live.rosters.values():
        for ref in roster.visible:
            row = roster.row(ref)
            if row is not None and row.finding.check is not None and row.finding.check.connector:
                found.add(row.finding.check.connector)
    return sorted(found)
