"""A plan as documents: what is printed before anybody agrees to it, and the file that outlives a process."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from reconcile_tui.cli.described import actor_document, row_document
from reconcile_tui.cli.document_parts import PlaceDocument
from reconcile_tui.cli.documents import (
    FrozenRowDocument,
    PlanFileDocument,
    PlannedDocument,
    PlanOriginDocument,
    SelectionDocument,
)
from reconcile_tui.cli.receipt import groups
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.frozen_plan import FrozenAction, FrozenPlan, FrozenRow, freeze
from reconcile_tui.core.plan import Plan, PlannedRow
from reconcile_tui.core.psp_states import OrphanEvidence, PaymentSeen, PspState, ReadFailed, RefundSeen
from reconcile_tui.settings import Settings, database_url
from reconcile_tui.settings.database_url import location


def plan_document(
    plan: Plan, reason: str | None, *, closed_at: Mapping[RowRef, datetime] | None = None
) -> PlannedDocument:
    """A plan as it is printed before anybody agrees to it.

    Args:
        closed_at: when this program found or made rows final, UTC; of those where that is known.
    """
    closed_at = closed_at or {}
    events = Counter(row.action.event.value for row in plan.to_apply if row.action is not None)
    return PlannedDocument(
        plan_id=plan.plan_id,
        made_at=plan.made_at,
        reason=reason,
        rows=tuple(
            row_document(row, now=plan.made_at, closed_at=closed_at.get(row.ref)) for row in plan.rows
        ),
        to_apply=groups(plan.to_apply),
        left_out=groups(row for row in plan.rows if row.action is None),
        events=dict(sorted(events.items())),
    )


def plan_file_document(
    plan: Plan, *, made_in: PlanOriginDocument, selection: SelectionDocument, dry_run: bool
) -> PlanFileDocument:
    """A plan as a file, its seal still empty. Words of the processor's own may be about a customer, and a
    file travels: they stay behind."""
    silent = replace(plan, rows=tuple(_without_foreign_words(row) for row in plan.rows))
    frozen = freeze(plan)
    return PlanFileDocument(
        made_in=made_in,
        made_by=actor_document(plan.actor),
        dry_run=dry_run,
        selection=selection,
        plan=plan_document(silent, plan.reason),
        facts=tuple(_frozen_row(row) for row in frozen.rows),
        seal="",
    )


def plan_origin(place: PlaceDocument, settings: Settings) -> PlanOriginDocument:
    """Where a plan made now belongs to."""
    return PlanOriginDocument(
        context=place.context,
        production=place.production,
        database=location(database_url(settings)),
        psp=place.psp,
    )


def frozen_plan(document: PlanFileDocument) -> FrozenPlan:
    """What a plan file holds an apply to."""
    return FrozenPlan(
        plan_id=document.plan.plan_id,
        made_at=document.plan.made_at,
        reason=document.plan.reason,
        rows=tuple(
            FrozenRow(
                ref=RowRef(row.kind, row.id),
                action=FrozenAction(event=row.event, adopted=row.adopted) if row.event else None,
                row=row.row,
                psp=row.psp,
            )
            for row in document.facts
        ),
    )


def _frozen_row(row: FrozenRow) -> FrozenRowDocument:
    action = row.action
    return FrozenRowDocument(
        kind=row.ref.kind,
        id=row.ref.row_id,
        event=action.event if action else None,
        adopted=action.adopted if action else None,
        row=row.row,
        psp=row.psp,
    )


def _without_foreign_words(row: PlannedRow) -> PlannedRow:
    check = row.finding.check
    finding = replace(row.finding, check=replace(check, detail=None)) if check else row.finding
    return replace(row, finding=finding, state=_silent(row.state) if row.state else None)


def _silent(state: PspState) -> PspState:
    match state:
        case PaymentSeen() | RefundSeen():
            return replace(state, error_message=None)
        case OrphanEvidence():
            return replace(state, payment=replace(state.payment, error_message=None))
        case ReadFailed():
            return replace(state, detail="")
        case _:
            return state
