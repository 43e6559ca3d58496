"""`plan`: a plan over chosen rows as a file for `apply`. What it comes to is said on stderr."""

from collections.abc import Sequence
from dataclasses import dataclass

from reconcile_tui.bootstrap import Program, opened_program
from reconcile_tui.cli.acting import operator, refused_to_viewer
from reconcile_tui.cli.choices import MOST_ROWS
from reconcile_tui.cli.documents import PlanFileDocument, SelectionDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.plan_document import plan_file_document, plan_origin
from reconcile_tui.cli.planned_page import planned_page
from reconcile_tui.cli.receipt import Ended, exit_code, needs_somebody, receipt
from reconcile_tui.cli.row_ids import rows_asked_for
from reconcile_tui.cli.warned import Warnings
from reconcile_tui.core.filter import Filter
from reconcile_tui.core.filter_grammar import parse_filter
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.outcomes import Refusal
from reconcile_tui.core.phases import PHASES, PhaseName
from reconcile_tui.core.planning import Planning
from reconcile_tui.core.selection import select_rows
from reconcile_tui.core.wording import breaker_words, next_step
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.plan_file import LARGEST_FILE, sealed
from reconcile_tui.settings import psp_access


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """Rows, and how they were chosen."""

    refs: tuple[RowRef, ...]
    selection: SelectionDocument


async def plan_rows(
    work: Work,
    *,
    ids: Sequence[str],
    filter_text: str | None,
    phases: Sequence[PhaseName] | None,
    limit: int | None,
    reason: str | None,
    dry_run: bool,
) -> int:
    """Choose, read, decide, print."""
    wanted = parse_filter(filter_text or "")
    actor = operator(work.settings)
    refused = refused_to_viewer(actor, instead="--dry-run plans from what is last known.")
    if refused is not None and not dry_run:
        work.output.tell(*refused)
        return ExitCode.REFUSED
    key = psp_access(work.settings).api_key
    warned = Warnings(work.listener())
    async with opened_program(work.settings, listener=warned) as program:
        asked = await rows_asked_for(program.store, ids)
        if not asked.are_exact:
            work.output.tell(*asked.complaints())
            return asked.exit_code
        if len(asked.refs) > MOST_ROWS:
            work.output.tell(f"A plan has at most {MOST_ROWS} rows: make several.")
            return ExitCode.USAGE
        chosen = (
            _by_ids(asked.refs, ids)
            if ids
            else await _by_filter(work, program, wanted, phases=phases, limit=limit)
        )
        with work.rows_end("Reading the PSP", rows=len(chosen.refs)):
            planning = await program.reconciler.plan(
                chosen.refs, actor, reason=reason, dry_run=dry_run, should_stop=work.stop.requested
            )
    if planning.tripped is not None:
        work.output.tell(
            f"No plan was written: {breaker_words(planning.tripped)}.", next_step(Refusal.BREAKER)
        )
        return ExitCode.PSP_UNREADABLE
    if planning.left_out:
        failing = ", ".join(planning.left_out)
        work.output.tell(
            f"No plan was written: the processor fails ({failing}), so not every row was read.",
            "Plan rows of other processors, or try again later.",
        )
        return ExitCode.PSP_UNREADABLE
    if planning.not_begun:
        work.output.tell("No plan was written: it was stopped before every row was read.")
        return ExitCode.LEFT
    document = plan_file_document(
        planning.plan,
        made_in=plan_origin(work.place, work.settings),
        selection=chosen.selection,
        dry_run=dry_run,
    )
    text = sealed(document.model_dump(mode="json", exclude={"seal"}), key)
    if len(text) > LARGEST_FILE:
        work.output.tell("No plan was written: it is larger than apply would read. Plan fewer rows.")
        return ExitCode.USAGE
    work.output.data(text)
    work.output.remark(planned_page(document, work.place, warned.heard, max_age=work.settings.plan_max_age))
    return _exit_code(planning, document, warned)


def _by_ids(refs: tuple[RowRef, ...], ids: Sequence[str]) -> _Chosen:
    selection = SelectionDocument(
        ids=tuple(ids), filter=None, phases=(), limit=MOST_ROWS, matched=len(refs), taken=len(refs), unread=0
    )
    return _Chosen(refs=refs, selection=selection)


async def _by_filter(
    work: Work,
    program: Program,
    wanted: Filter,
    *,
    phases: Sequence[PhaseName] | None,
    limit: int | None,
) -> _Chosen:
    """The oldest stuck rows that the filter means."""
    policy = work.settings.policy()
    most = limit or min(policy.batch_limit, MOST_ROWS)
    looked_in = [phase for phase in PHASES if not phases or phase.name in phases]
    with work.progress.shown("Looking for stuck rows"):
        found = await select_rows(
            program.store.findings,
            wanted,
            phases=looked_in,
            now=await program.store.database.now(),
            policy=policy,
            limit=most,
        )
    selection = SelectionDocument(
        ids=(),
        filter=str(wanted),
        phases=tuple(phase.name for phase in looked_in),
        limit=most,
        matched=found.matched,
        taken=len(found.refs),
        unread=found.unread if wanted.asks_what_was_read else 0,
    )
    return _Chosen(refs=found.refs, selection=selection)


def _exit_code(planning: Planning, document: PlanFileDocument, warned: Warnings) -> ExitCode:
    """Whether everything that was meant stands in the plan as something to apply."""
    rows = [Ended(planned=row) for row in planning.plan.rows]
    left_out = receipt([row for row in rows if row.planned.action is None], warnings=warned.heard)
    beyond = document.selection.matched > document.selection.taken
    return exit_code(rows, left=beyond or needs_somebody(left_out), tripped=False)
