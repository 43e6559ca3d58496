"""Asking what to export, and writing it as an errand of the application: off the loop, into a new file."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from reconcile_tui.core.history import Record
from reconcile_tui.core.incident import Span
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.desk.lists import ListedRow
from reconcile_tui.screens.exporting.new_file import NotWritten, write_new
from reconcile_tui.screens.exporting.prompt import ExportOrder, ExportPrompt, Form
from reconcile_tui.screens.exporting.sheets import RECORD_COLUMNS, ROW_COLUMNS, Title, as_csv, as_json
from reconcile_tui.screens.triage.roster import Roster

Makes = Callable[[ExportOrder], Awaitable[str]]
"""The text of a file."""

_NOT_YET: Final = "Nothing is known yet: wait for the database's first answer."
_SEEN, _MARKED = "seen", "marked"


def export_rows(app: Dashboard, roster: Roster) -> None:
    """Write a list of rows: those that are seen, or the marked ones."""
    desk = app.desk
    if desk is None:
        app.warn(_NOT_YET)
        return
    at = app.clock.now()
    seen = [roster.as_known(row) for ref in roster.visible if (row := roster.row(ref)) is not None]
    marked = [roster.as_known(row) for ref in roster.scope if (row := roster.row(ref)) is not None]
    rows = {_MARKED: marked, _SEEN: seen} if marked else {_SEEN: seen}
    wanted = str(roster.wanted)
    filtered = f", filtered by {wanted}" if wanted else ""
    words = {
        _MARKED: f"the marked rows ({len(marked):,})",
        _SEEN: f"all rows that are seen ({len(seen):,}){filtered}",
    }

    async def text_of(order: ExportOrder) -> str:
        title = _title(desk, "rows", roster.tab.heading, wanted, at)
        return await _listed(desk, rows[order.part], ROW_COLUMNS, title, order.form)

    _ask(
        app,
        ExportPrompt(
            f"Export {roster.tab.heading}",
            parts={part: words[part] for part in rows},
            forms=(Form.CSV, Form.JSON),
            stem=f"reconcile-{roster.tab.value}",
            at=at,
            folder=Path.cwd(),
        ),
        text_of,
    )


def export_history(app: Dashboard, records: Sequence[Record], *, wanted: str) -> None:
    """Write what was read of the history so far."""
    desk = app.desk
    if desk is None:
        app.warn(_NOT_YET)
        return
    at = app.clock.now()
    filtered = f", filtered by {wanted}" if wanted else ""

    async def text_of(order: ExportOrder) -> str:
        title = _title(desk, "history", "History", wanted, at)
        return await _listed(desk, records, RECORD_COLUMNS, title, order.form)

    _ask(
        app,
        ExportPrompt(
            "Export the history",
            parts={_SEEN: f"the newest {len(records):,}{filtered} (scroll down for older ones)"},
            forms=(Form.CSV, Form.JSON),
            stem="reconcile-history",
            at=at,
            folder=Path.cwd(),
        ),
        text_of,
    )


def export_incident(app: Dashboard, *, began: datetime | None, plan_id: str | None = None) -> None:
    """Write the incident down for the post-mortem.

    Args:
        began: when the present backlog began (UTC), where that is known.
        plan_id: a plan to tell of alone, offered first.
    """
    desk = app.desk
    if desk is None:
        app.warn(_NOT_YET)
        return
    at = app.clock.now()
    overview = app.live.overview
    now = overview.at if overview is not None else at
    spans = _spans(now, began, plan_id)

    async def text_of(order: ExportOrder) -> str:
        return await desk.records.incident_markdown(spans[order.part][1])

    _ask(
        app,
        ExportPrompt(
            "Export the incident for its post-mortem",
            parts={name: words for name, (words, _) in spans.items()},
            forms=(Form.MARKDOWN,),
            stem="incident",
            at=at,
            folder=Path.cwd(),
        ),
        text_of,
    )


def _spans(now: datetime, began: datetime | None, plan_id: str | None) -> dict[str, tuple[str, Span]]:
    spans: dict[str, tuple[str, Span]] = {}
    if plan_id is not None:
        spans["plan"] = (f"what was done under plan {plan_id}", Span(plan_id=plan_id))
    if began is not None:
        since = f"since the backlog began, {began:%Y-%m-%d %H:%M} UTC"
        spans["onset"] = (since, Span(since=began))
    spans["hour"] = ("the last hour", Span(since=now - timedelta(hours=1)))
    spans["day"] = ("the last 24 hours", Span(since=now - timedelta(hours=24)))
    spans["all"] = ("everything that is on record", Span())
    return spans


def _ask(app: Dashboard, prompt: ExportPrompt, text_of: Makes) -> None:
    def answered(order: ExportOrder | None) -> None:
        if order is not None:
            app.errands.run("The export", _write(app, order, text_of))

    app.push_screen(prompt, answered)


async def _write(app: Dashboard, order: ExportOrder, text_of: Makes) -> None:
    try:
        await asyncio.to_thread(write_new, order.path, await text_of(order))
    except NotWritten as error:
        app.warn(f"Nothing was written to {order.path}: {error}.")
    else:
        app.say(f"Written: {order.path}")


async def _listed(
    desk: Desk,
    listed: Sequence[ListedRow | Record],
    columns: Sequence[str],
    title: Title,
    form: Form,
) -> str:
    documents: Sequence[Mapping[str, Any]] = await desk.records.documents(listed)
    if form is Form.CSV:
        return await asyncio.to_thread(as_csv, documents, columns)
    return await asyncio.to_thread(as_json, documents, title)


def _title(desk: Desk, document: str, listed: str, wanted: str, at: datetime) -> Title:
    return Title(document=document, context=desk.place.name, listed=listed, wanted=wanted, at=at)
