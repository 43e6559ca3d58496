"""`apply`: a plan file, checked, shown, confirmed, held against the rows as they are now, and applied."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from reconcile_tui.bootstrap import Program, opened_program
from reconcile_tui.bounded_read import read_descriptor, read_file
from reconcile_tui.cli.acting import operator, refused_to_viewer
from reconcile_tui.cli.apply_page import apply_page, file_page
from reconcile_tui.cli.asking import agreed_to_apply, set_aside
from reconcile_tui.cli.described import actor_document, row_document
from reconcile_tui.cli.document_parts import WarningDocument
from reconcile_tui.cli.documents import (
    ApplyDocument,
    ChangedDocument,
    DifferenceDocument,
    PlanFileDocument,
    PlanOriginDocument,
)
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.plan_document import frozen_plan, plan_origin
from reconcile_tui.cli.receipt import Ended, exit_code, needs_somebody, receipt, with_left_out
from reconcile_tui.cli.warned import Warnings, of_rows, of_shop, of_unread
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.frozen_plan import Held, hold
from reconcile_tui.core.outcomes import Result
from reconcile_tui.core.planning import Planning
from reconcile_tui.core.policy import Actor
from reconcile_tui.core.shop_answers import Shut
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.plan_file import (
    LARGEST_FILE,
    MadeByDryRun,
    PlaceOfPlan,
    SealBroken,
    parse,
    require_age,
    require_place,
    require_seal,
)
from reconcile_tui.settings import psp_access

STDIN = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Came:
    """What an apply came to. `held` is None where nothing was held against the fresh plan."""

    planning: Planning
    held: Held | None = None
    results: Mapping[RowRef, Result] = field(default_factory=dict)
    shut: Shut | None = None


async def apply_file(work: Work, *, source: str, yes: bool, reason: str | None, again: bool) -> int:
    """Read, check, show, ask, plan anew, hold, apply, print."""
    actor = operator(work.settings)
    if (refused := _refused_at_once(work, actor, yes=yes)) is not None:
        work.output.tell(*refused)
        return ExitCode.REFUSED
    document = checked(await _read(source), work)
    frozen = frozen_plan(document)
    why = reason if reason is not None else frozen.reason
    refs = [row.ref for row in frozen.to_apply]
    warned = Warnings(work.listener())
    async with opened_program(work.settings, listener=warned) as program:
        await _require_age(work, program, document)
        if not work.output.as_json:
            now = await program.store.database.now()
            work.output.write(file_page(document, work.place, actor_document(actor), now=now, reason=why))
        knowingly = set_aside(document.plan.rows)
        if refs and not (
            yes or await agreed_to_apply(work.output.err, len(refs), work.place, knowingly=knowingly)
        ):
            work.output.tell("Not confirmed: nothing was applied.")
            return ExitCode.REFUSED
        await _require_age(work, program, document)
        with work.rows_end("Reading the PSP", rows=len(refs)):
            planning = await program.reconciler.plan(
                refs, actor, reason=why, should_stop=work.stop.requested, through_block=True
            )
        came = _Came(planning=planning)
        if planning.may_apply and not work.stop.requested():
            held = hold(frozen, planning.plan, unread=planning.unread)
            came = await _held_and_applied(work, program, held, planning, again=again)
    answer = _answer(work, document, came, reason=why, warned=warned.heard)
    work.output.show(answer, apply_page)
    return answer.exit_code


def checked(data: bytes, work: Work) -> PlanFileDocument:
    """The plan in a file of this very place, as it was printed. What it says is believed from here on.

    Raises:
        PlanFileRefused: it is not taken; each reason is a class of its own.
    """
    content = parse(data)
    try:
        document = PlanFileDocument.model_validate(content)
    except ValidationError:
        raise SealBroken from None
    here = plan_origin(work.place, work.settings)
    require_place(_place(document.made_in), _place(here))
    require_seal(data, content, psp_access(work.settings).api_key)
    if document.dry_run:
        raise MadeByDryRun
    return document


def _place(origin: PlanOriginDocument) -> PlaceOfPlan:
    return PlaceOfPlan(context=origin.context, database=origin.database, psp=origin.psp)


def _refused_at_once(work: Work, actor: Actor, *, yes: bool) -> tuple[str, ...] | None:
    """Why the file is not even read."""
    if (refused := refused_to_viewer(actor, instead="Give the file to an operator.")) is not None:
        return refused
    if not yes and (work.output.as_json or not work.output.can_ask):
        return (
            "Refused: nobody can be asked here, and --yes was not given.",
            "Read the plan in the file, then add --yes.",
        )
    return None


async def _read(source: str) -> bytes:
    if source == STDIN:
        return await read_descriptor(sys.stdin.fileno(), name="stdin", limit=LARGEST_FILE)
    return await read_file(Path(source), limit=LARGEST_FILE)


async def _require_age(work: Work, program: Program, document: PlanFileDocument) -> None:
    """Before the question and after it: a person may think for long."""
    require_age(
        document.plan.made_at,
        now=await program.store.database.now(),
        max_age=work.settings.plan_max_age,
        skew_limit=program.reconciler.policy.skew_limit,
    )


async def _held_and_applied(
    work: Work, program: Program, held: Held, planning: Planning, *, again: bool
) -> _Came:
    """Conclude what is no longer as it was planned, and apply the rest."""
    with work.stop.after_rows_in_flight():
        await program.reconciler.conclude(held.plan, held.ended)
    results = {planned.ref: result for planned, result in held.ended}
    if not held.plan.rows:
        return _Came(planning=planning, held=held, results=results)
    with work.rows_end("Applying"):
        applied = await program.reconciler.apply(held.plan, again=again, should_stop=work.stop.requested)
    results |= {row.planned.ref: row.result for row in applied.rows}
    return _Came(planning=planning, held=held, results=results, shut=applied.shut)


def _answer(
    work: Work,
    document: PlanFileDocument,
    came: _Came,
    *,
    reason: str | None,
    warned: Sequence[WarningDocument],
) -> ApplyDocument:
    planning, held, results = came.planning, came.held, came.results
    ended = [
        Ended(planned=row, result=results.get(row.ref), tripped=planning.tripped)
        for row in planning.plan.rows
    ]
    warnings = [*warned, *of_rows(ended), *_gone(held)]
    warnings += of_unread("apply", planning)
    if came.shut is not None:
        warnings.append(of_shop(came.shut))
    sums = with_left_out(receipt(ended, warnings=warnings), document.plan.left_out)
    now = planning.plan.made_at
    return ApplyDocument(
        place=work.place,
        actor=actor_document(planning.plan.actor),
        made_by=document.made_by,
        made_at=document.plan.made_at,
        plan_id=document.plan.plan_id,
        reason=reason,
        left_out=document.plan.left_out,
        rows=tuple(row_document(row.planned, now=now, result=row.result) for row in ended if row.result),
        changed=tuple(_changed(held)),
        receipt=sums,
        exit_code=exit_code(
            ended,
            left=needs_somebody(sums),
            tripped=planning.tripped is not None,
            shut=came.shut is not None,
        ),
    )


def _gone(held: Held | None) -> Iterator[WarningDocument]:
    for ref in held.gone if held else ():
        yield WarningDocument(kind="gone", text=f"{ref}: the shop has no such row any more")


def _changed(held: Held | None) -> Iterator[ChangedDocument]:
    if held is None:
        return
    for ref, differs in held.changed.items():
        differences = tuple(
            DifferenceDocument(what=each.what, then=each.then, now=each.now) for each in differs
        )
        yield ChangedDocument(kind=ref.kind, id=ref.row_id, differences=differences)
    for ref in held.gone:
        yield ChangedDocument(kind=ref.kind, id=ref.row_id, differences=())
