"""The page of `--once`: its rows by phase, each with the reason in words, and the receipt."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from reconcile_tui.cli.documents import OnceDocument, PhaseDocument
from reconcile_tui.cli.output import foreign
from reconcile_tui.cli.page_parts import OPEN, RowsTable, heading, receipt_parts, where, who
from reconcile_tui.core.policy import Mode


def once_page(document: OnceDocument, *, reported: str | None = None) -> Iterator[RenderableType]:
    """What one tick did."""
    yield where(
        document.place, _how(document), who(document.actor), f"{document.started_at:%Y-%m-%d %H:%M} UTC"
    )
    if reported is not None:
        yield foreign(reported)
    rows = 0
    for phase in document.phases:
        rows += len(phase.rows)
        if phase.rows:
            yield heading(phase.phase.value.capitalize(), _count(phase))
            yield from _rows(phase)
    if not rows:
        yield Text("\nNothing is due.")
    yield from receipt_parts(document.receipt)
    if reported is not None:
        yield Text("The demo shop is gone now; --demo makes it anew.", style="dim")


def _rows(phase: PhaseDocument) -> Iterator[RenderableType]:
    """The rows; one line where none of them could be read and all for one reason (a wrong key)."""
    reasons = {row.why for row in phase.rows if row.decision.kind == "unreadable"}
    unread = all(row.decision.kind == "unreadable" for row in phase.rows)
    if phase.tripped is not None and unread and len(reasons) == 1:
        yield foreign(f"{OPEN}  all of them unreadable: {reasons.pop()}")
    else:
        yield RowsTable(phase.rows)


def _how(document: OnceDocument) -> str:
    if document.dry_run:
        return "dry run: nothing is written, and the PSP is read as last known"
    if document.mode is Mode.OBSERVE:
        return "observing: nothing is applied"
    return "healing"


def _count(phase: PhaseDocument) -> str:
    return "1 row" if len(phase.rows) == 1 else f"{len(phase.rows)} rows"
