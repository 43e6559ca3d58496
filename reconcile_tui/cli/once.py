"""`--once`: one tick now, what it did row by row, and a receipt."""

from collections.abc import Iterator, Sequence

from reconcile_tui.bootstrap import opened_program
from reconcile_tui.cli.acting import operator, refused_to_viewer
from reconcile_tui.cli.described import actor_document, row_document
from reconcile_tui.cli.document_parts import PlaceDocument, WarningDocument
from reconcile_tui.cli.documents import OnceDocument, PhaseDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.once_page import once_page
from reconcile_tui.cli.receipt import Ended, exit_code, needs_somebody, receipt
from reconcile_tui.cli.warned import Warnings, of_breaker, of_rows
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.policy import Actor, ActorKind, Mode
from reconcile_tui.core.psp.breaker import TripReason
from reconcile_tui.core.reconciler import TickReport
from reconcile_tui.core.sweep import SliceReport
from reconcile_tui.core.tellings import WarningKind
from reconcile_tui.exit_codes import ExitCode


async def once(work: Work, *, phases: Sequence[PhaseName] | None, dry_run: bool, drain: bool) -> int:
    """Run one tick and print what it did."""
    actor = operator(work.settings, kind=ActorKind.DAEMON)
    refused = refused_to_viewer(actor, instead="reconcile-tui --once --dry-run shows the plan.")
    if refused is not None and not dry_run:
        work.output.tell(*refused)
        return ExitCode.REFUSED
    warned = Warnings(work.listener())
    async with opened_program(work.settings, listener=warned) as program:
        with work.rows_end("Looking for stuck rows"):
            report = await program.reconciler.run_once(
                actor, phases=phases, dry_run=dry_run, drain=drain, should_stop=work.stop.requested
            )
    document = once_document(work.place, actor, report, warned.heard)
    work.output.show(document, lambda it: once_page(it, reported=work.reported))
    return document.exit_code


async def rehearsed_once(work: Work) -> int:
    """The demo's tick where there is no terminal for its dashboard: that rows are left for a person is what
    the demo is about, and no failure of it."""
    code = await once(work, phases=None, dry_run=False, drain=False)
    return ExitCode.OK if code == ExitCode.LEFT else code


def once_document(
    place: PlaceDocument, actor: Actor, report: TickReport, warned: Sequence[WarningDocument]
) -> OnceDocument:
    """A tick's report as the command prints it."""
    heard = {warning.kind for warning in warned}
    warnings = (
        *warned,
        *(each for each in _warnings(report) if each.kind != "orphan_cap" or each.kind not in heard),
    )
    rows = [row for piece in report.slices for row in _ended(piece)]
    came = receipt(
        rows,
        warnings=warnings,
        would=report.dry_run or report.mode is Mode.OBSERVE,
    )
    now = report.started_at + report.took
    tripped = any(piece.tripped for piece in report.slices)
    shut = any(piece.shut for piece in report.slices)
    code = exit_code(rows, left=needs_somebody(came), tripped=tripped, shut=shut)
    return OnceDocument(
        place=place,
        actor=actor_document(actor),
        started_at=report.started_at,
        took_seconds=round(report.took.total_seconds(), 3),
        mode=report.mode,
        dry_run=report.dry_run,
        phases=tuple(
            PhaseDocument(
                phase=piece.phase,
                rows=tuple(row_document(row.planned, now=now, result=row.result) for row in _ended(piece)),
                not_begun=piece.not_begun,
                tripped=piece.tripped.reason if piece.tripped else None,
                shut=piece.shut.reason if piece.shut else None,
                skipped=piece.skipped,
            )
            for piece in report.slices
        ),
        settled=report.settled,
        receipt=came,
        exit_code=code,
    )


def _ended(piece: SliceReport) -> Iterator[Ended]:
    results = {row.planned.ref: row.result for row in piece.receipt.rows} if piece.receipt else {}
    for planned in piece.plan.rows if piece.plan else ():
        yield Ended(planned=planned, result=results.get(planned.ref), tripped=piece.tripped)


def _warnings(report: TickReport) -> Iterator[WarningDocument]:
    yield from of_rows(row for piece in report.slices for row in _ended(piece))
    shut_out = [piece.phase for piece in report.slices if piece.skipped is WarningKind.UNAUTHORISED]
    for piece in report.slices:
        if piece.skipped is WarningKind.UNAUTHORISED:
            continue
        if piece.skipped is not None:
            yield WarningDocument(kind=piece.skipped, text=f"{piece.phase}: not begun")
        elif piece.tripped is not None:
            by_key = piece.tripped.reason is TripReason.UNAUTHORISED
            yield of_breaker(piece.phase, piece.tripped, not_begun=shut_out if by_key else ())
        elif piece.not_begun:
            rows = f"{piece.not_begun} row{'' if piece.not_begun == 1 else 's'}"
            yield WarningDocument(kind="not_begun", text=f"{piece.phase}: {rows} not begun")
