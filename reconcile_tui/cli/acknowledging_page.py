"""The pages of `acknowledge` and `unacknowledge`, and how an acknowledgement is told on every page."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from rich.console import RenderableType
from rich.text import Text

from reconcile_tui.cli.document_parts import AttentionDocument
from reconcile_tui.cli.output import foreign
from reconcile_tui.cli.page_parts import FIXED, OPEN, ago, table, where, who
from reconcile_tui.cli.record_documents import (
    AcknowledgedDocument,
    AcknowledgeDocument,
    UnacknowledgeDocument,
)


def acknowledge_page(document: AcknowledgeDocument) -> Iterator[RenderableType]:
    """Which rows are quiet now, until when and why."""
    yield where(document.place, who(document.actor))
    yield Text.assemble(
        ("\nAcknowledged ", "bold"),
        f"{_until(document.until, document.at)}: ",
        foreign(f"“{document.reason}”", limit=500),
    )
    yield _rows(document.rows, document.at)
    ids = " ".join(row.id for row in document.rows if row.came == "done")
    if ids:
        yield Text(
            "They are loud again as soon as the row, or what the PSP says of it, changes.", style="dim"
        )
        yield Text.assemble(
            ("\nNext: ", "bold"), foreign(f"reconcile-tui unacknowledge {ids} takes it back.", limit=500)
        )


def unacknowledge_page(document: UnacknowledgeDocument) -> Iterator[RenderableType]:
    """Which rows are loud again."""
    yield where(document.place, who(document.actor))
    why = foreign(f": “{document.reason}”", limit=500) if document.reason else Text("")
    yield Text.assemble(("\nTaken back", "bold"), why)
    yield _rows(document.rows, document.at)
    if any(row.came == "done" for row in document.rows):
        yield Text.assemble(
            ("\nNext: ", "bold"), "reconcile-tui list attention says what each of them needs."
        )


def acknowledgement(item: AttentionDocument, now: datetime) -> str | None:
    """Who acknowledged an item, until when and why; None where nobody did."""
    if item.acknowledged_by is None:
        return None
    why = f": “{item.acknowledged_reason}”" if item.acknowledged_reason else ""
    if not item.acknowledged:
        return (
            f"the acknowledgement by {item.acknowledged_by} ran out {ago(item.acknowledged_until, now)}{why}"
        )
    when = f" {ago(item.acknowledged_at, now)}" if item.acknowledged_at else ""
    return f"acknowledged by {item.acknowledged_by}{when}, {_until(item.acknowledged_until, now)}{why}"


def _rows(rows: Iterable[AcknowledgedDocument], now: datetime) -> RenderableType:
    made = table("", "row", "what", show_header=False)
    for row in rows:
        done = row.came == "done"
        item = row.attention
        words = foreign(item.words if done and item else f"nothing was changed: {row.words}", limit=200)
        before = acknowledgement(item, now) if item else None
        if before is not None:
            words.append("\n").append_text(foreign(f"before: {before}", limit=400, style="dim"))
        made.add_row(
            Text(f"  {FIXED if done else OPEN}", style="green" if done else "dim"),
            foreign(f"{row.kind} {row.id}", limit=100),
            words,
        )
    return made


def _until(until: datetime | None, now: datetime) -> str:
    if until is None:
        return "until its facts change"
    return f"until {until:%Y-%m-%d %H:%M} UTC ({ago(until, now)}), or its facts change"
