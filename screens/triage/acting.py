"""What the triage screen's keys act on: the row under the cursor, the marked ones, what a tick would take."""

from reconcile_tui.core.findings import RowRef
from reconcile_tui.screens.batch.batch import Purpose, Undertaking
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.triage.list_words import displaced_words


def sync(app: Dashboard) -> None:
    """Sync the row under the cursor."""
    if (ref := _meant(app)) is not None:
        app.undertake(Undertaking.of(Purpose.SYNC, (ref,)))


def acknowledge(app: Dashboard) -> None:
    """Let the attention row under the cursor be quiet for a while."""
    from reconcile_tui.screens.prompts.asking import ask_acknowledge  # noqa: PLC0415 not for the first paint

    if app.live.roster is not None and (ref := _meant(app)) is not None:
        ask_acknowledge(app, app.live.roster.row(ref))


def sync_marked(app: Dashboard) -> None:
    """Sync the marked rows."""
    marked = _marked(app)
    if not marked:
        mark, alone = app.key("mark", "space"), app.key("sync", "s")
        app.say(f"Nothing is marked: {mark} marks the row under the cursor, {alone} syncs it alone.")
        return
    app.undertake(Undertaking.of(Purpose.SYNC, marked))


def dry_run(app: Dashboard) -> None:
    """Show what a sync of the marked rows, or else of the row under the cursor, would do."""
    roster = app.live.roster
    refs = _marked(app) or ((roster.cursor,) if roster is not None and roster.cursor is not None else ())
    if not refs:
        app.say("There is no row to try it on.")
        return
    app.undertake(Undertaking.of(Purpose.DRY_RUN, refs))


async def sweep(app: Dashboard) -> None:
    """Plan what a tick would look at now."""
    if app.desk is None:
        return
    asked_on = app.screen
    due = tuple(await app.desk.work.due())
    if app.screen is not asked_on:
        # Keys that are meant for what was opened since must not reach a confirmation.
        again = app.key("sweep", "w")
        app.say(f"The sweep was not begun: something else was opened meanwhile. {again} asks again.")
        return
    if not due:
        keys = f"{app.key('sync', 's')} and {app.key('sync_marked', 'S')}"
        app.say(f"Nothing is due: every stuck row was looked at lately. {keys} look at rows all the same.")
        return
    app.undertake(Undertaking.of(Purpose.SWEEP, due))


def show_batch(app: Dashboard) -> None:
    """Show the batch under way, or the last receipt."""
    if app.batches.latest is None:
        app.say("No batch was begun yet. Older ones are under History.")
        return
    app.show_batch(app.batches.latest)


def _meant(app: Dashboard) -> RowRef | None:
    """The row under the cursor; None where there is none, or it came there only just, which is said."""
    roster = app.live.roster
    if roster is None or roster.cursor is None:
        app.say("There is no row under the cursor.")
        return None
    if (gone := roster.just_displaced()) is not None:
        app.say(displaced_words(gone, roster.cursor))
        return None
    return roster.cursor


def _marked(app: Dashboard) -> tuple[RowRef, ...]:
    roster = app.live.roster
    return roster.scope if roster is not None else ()
