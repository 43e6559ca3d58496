"""`--once`: one tick now, what it did row by row, and a receipt."""

from asyncio import CancelledError
from collections.abc import Iterator, Sequence

from reconcile_tui.bootstrap import opened_program
from reconcile_tui.cli.acting import operator, refused_to_viewer
from reconcile_tui.cli.described import actor_document, money_documents, row_document
from reconcile_tui.cli.document_parts import PlaceDocument, ReceiptDocument, WarningDocument
from reconcile_tui.cli.documents import FailureDocument, LeftDocument, OnceDocument, PhaseDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.once_page import once_page
from reconcile_tui.cli.receipt import ASK_FOR_EACH, Ended, exit_code, needs_somebody, receipt
from reconcile_tui.cli.warned import Warnings, of_breaker, of_rows
from reconcile_tui.core.backlog_wording import FASTER, NAME_THEM, slow_words, unmapped_words
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.policy import Actor, ActorKind, Mode
from reconcile_tui.core.psp.breaker import TripReason
from reconcile_tui.core.reconciler import TickReport
from reconcile_tui.core.standing import Standing, standing
from reconcile_tui.core.sweep import SliceReport
from reconcile_tui.core.tellings import WarningKind
from reconcile_tui.core.wording import blocked_words
from reconcile_tui.error_text import ErrorText
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.garbage import collecting_seldom


async def once(work: Work, *, phases: Sequence[PhaseName] | None, dry_run: bool, drain: bool) -> int:
    """Run one tick and print what it did."""
    actor = operator(work.settings, kind=ActorKind.DAEMON)
    refused = refused_to_viewer(actor, instead="reconcile-tui --once --dry-run shows the plan.")
    if refused is not None and not dry_run:
        work.output.tell(*refused)
        return ExitCode.REFUSED
    warned = Warnings(work.listener())
    reports: list[TickReport] = []
    left, failure, error = None, None, None
    try:
        async with opened_program(work.settings, listener=warned) as program:
            with work.rows_end("Looking for stuck rows"), collecting_seldom():
                report = await program.reconciler.run_once(
                    actor,
                    phases=phases,
                    dry_run=dry_run,
                    drain=drain,
                    should_stop=work.stop.requested,
                    on_failure=reports.append,
                )
                reports.append(report)
                left = await standing(program.store, program.reconciler.policy)
    except (Exception, CancelledError) as caught:
        if not any(report.did_something for report in reports):
            raise
        error, failure = caught, work.explained(caught)
    [report] = reports
    document = once_document(work.place, actor, report, warned.heard, left=left, failure=failure)
    work.output.show(document, lambda it: once_page(it, reported=work.reported))
    if error is not None:
        raise error
    return document.exit_code


async def rehearsed_once(work: Work) -> int:
    """The demo's tick where there is no terminal for its dashboard: that rows are left for a person is what
    the demo is about, and no failure of it."""
    code = await once(work, phases=None, dry_run=False, drain=False)
    return ExitCode.OK if code == ExitCode.LEFT else code


def once_document(
    place: PlaceDocument,
    actor: Actor,
    report: TickReport,
    warned: Sequence[WarningDocument],
    *,
    left: Standing | None = None,
    failure: ErrorText | None = None,
) -> OnceDocument:
    """A tick's report as the command prints it.

    Args:
        left: what is left in the whole shop; None where it could not be counted.
        failure: what ended the tick, or the counting, before its end.
    """
    heard = {warning.kind for warning in warned}
    warnings = (
        *warned,
        *(each for each in _warnings(report) if each.kind != "orphan_cap" or each.kind not in heard),
        *(_of_the_shop(left) if left is not None else ()),
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
    is_left = needs_somebody(came) or (left is not None and left.needs_somebody)
    code = exit_code(rows, left=is_left, tripped=tripped, shut=shut)
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
        receipt=came.model_copy(update={"next_step": _next_step(came, left, failure)}),
        failure=_failure(failure, report) if failure else None,
        left=_left(left) if left else None,
        exit_code=failure.exit_code if failure else code,
    )


def _of_the_shop(left: Standing) -> Iterator[WarningDocument]:
    """What no check of this size looks at soon, and what none looks at."""
    if left.slow is not None:
        yield WarningDocument(kind="slow", text=f"{slow_words(left.slow)} {FASTER}")
    if left.unmapped:
        yield WarningDocument(kind="unmapped", text=f"{unmapped_words(left.unmapped)} {NAME_THEM}")


def _failure(text: ErrorText, report: TickReport) -> FailureDocument:
    return FailureDocument(
        what=text.what,
        on_what=text.on_what,
        phase=report.died_in,
        not_begun=report.not_begun,
        next_step=text.next_step,
    )


def _left(left: Standing) -> LeftDocument:
    return LeftDocument(
        need_a_person=left.attention.unacknowledged,
        waiting=left.waiting,
        waiting_on_customer=left.customer.rows,
        money_at_risk=money_documents(left.money_at_risk),
    )


def _next_step(came: ReceiptDocument, left: Standing | None, failure: ErrorText | None) -> str:
    """The one thing to do now; what this tick did not look at may need a person all the same."""
    if failure is not None:
        return failure.next_step
    of_the_shop = {each.kind for each in _of_the_shop(left)} if left is not None else set()
    if came.open or left is None or any(each.kind not in of_the_shop for each in came.warnings):
        return came.next_step
    if left.attention.unacknowledged:
        return ASK_FOR_EACH
    if left.unmapped:
        return NAME_THEM
    if left.slow is not None:
        return FASTER
    if left.waiting:
        return "Nothing to do now: the next check takes them up. reconcile-tui list says what they wait for."
    return came.next_step


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
            until = piece.skipped_until
            why = f": {blocked_words(until)}" if until is not None else ""
            yield WarningDocument(kind=piece.skipped, text=f"{piece.phase}: not begun{why}")
        elif piece.tripped is not None:
            by_key = piece.tripped.reason is TripReason.UNAUTHORISED
            yield of_breaker(piece.phase, piece.tripped, not_begun=shut_out if by_key else ())
        elif piece.not_begun:
            rows = f"{piece.not_begun} row{'' if piece.not_begun == 1 else 's'}"
            yield WarningDocument(kind="not_begun", text=f"{piece.phase}: {rows} not begun")
