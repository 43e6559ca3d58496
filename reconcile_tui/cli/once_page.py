"""The page of `--once`: its rows by phase, each with the reason in words, and the receipt."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from reconcile_tui.cli.documents import LeftDocument, OnceDocument, PhaseDocument
from reconcile_tui.cli.output import foreign
from reconcile_tui.cli.page_parts import BAD, LOOK, OPEN, RowsTable, heading, receipt_parts, sums, where, who
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
    if not rows and document.failure is None:
        yield Text(f"\n{_nothing(document.left)}")
    yield from receipt_parts(document.receipt, before_next=(*_failed(document), *_left(document.left)))
    if reported is not None:
        yield Text("The demo shop is gone now; --demo makes it anew.", style="dim")


def _nothing(left: LeftDocument | None) -> str:
    if left is not None and (left.need_a_person or left.waiting):
        return "Nothing is due now: every stuck row was checked recently."
    return "Nothing is due."


def _failed(document: OnceDocument) -> Iterator[RenderableType]:
    """What ended the check before its end, and what was left by it."""
    failure = document.failure
    if failure is None:
        return
    yield heading("Failed", f"in the {failure.phase} phase" if failure.phase else "before the first phase")
    yield Text(f"  {BAD} ", style="red").append_text(foreign(failure.what, limit=300))
    yield Text(f"  {OPEN} ", style="dim").append("What is told above was done, and stays done.")
    if failure.not_begun:
        phases = ", ".join(phase.value for phase in failure.not_begun)
        yield Text(f"  {OPEN} ", style="dim").append(f"Not begun: {phases}.")


def _left(left: LeftDocument | None) -> Iterator[RenderableType]:
    """What is left in the whole shop, due or not."""
    if left is None or not (left.need_a_person or left.waiting):
        return
    yield heading("Still open in the shop")
    if left.need_a_person:
        need = "1 row needs" if left.need_a_person == 1 else f"{left.need_a_person} rows need"
        yield Text(f"  {LOOK} ", style="yellow").append(f"{need} a person: reconcile-tui list attention")
    if left.waiting:
        wait = "1 row waits" if left.waiting == 1 else f"{left.waiting} rows wait"
        yield Text(f"  {OPEN} ", style="dim").append(f"{wait} for a later check: reconcile-tui list")
    if left.money_at_risk:
        yield Text(f"  {OPEN} ", style="dim").append(f"Money at risk: {sums(left.money_at_risk)}")


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
