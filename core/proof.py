"""Proof: after a dispatch the row is read again. Delivered is not resolved (design rule 11)."""

from reconcile_tui.core.decisions import Adopt, Reason
from reconcile_tui.core.dispatch.dispatcher import Delivered, DeliveryReport
from reconcile_tui.core.findings import LocalRow, is_open
from reconcile_tui.core.outcomes import Outcome, Refusal, Result
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.transitions import shows


def outcome_of(planned: PlannedRow, report: DeliveryReport, after: LocalRow | None) -> Result:
    """What became of a row. `after`: the row as it was read after the delivery; None: it is gone."""
    detail = report.detail
    match report.delivered:
        case Delivered.DONE | Delivered.ACKNOWLEDGED:
            return proven(planned, after)
        case Delivered.UNHEARD | Delivered.REJECTED if shown(planned, after) or is_final(after):
            return proven(planned, after)
        case Delivered.FAILED if shown(planned, after):
            return Result(outcome=Outcome.OVERTAKEN, after=after, detail=detail)
        case Delivered.ALREADY:
            return Result(outcome=Outcome.ALREADY_RESOLVED, after=after, detail=detail)
        case Delivered.CONTRADICTED:
            return Result(
                outcome=Outcome.CHANGED,
                after=after,
                attention=Reason.CONTRADICTION,
                detail="the row became final otherwise meanwhile",
            )
        case Delivered.CHANGED:
            return Result(outcome=Outcome.CHANGED, after=after, detail=detail)
        case Delivered.WITHHELD:
            return Result(outcome=Outcome.CHANGED, after=after, attention=report.reason, detail=detail)
        case (
            Delivered.PAUSED | Delivered.STOPPED | Delivered.SHUT | Delivered.LEASE_LOST | Delivered.LOCKED
        ) as refused:
            refusal = _REFUSALS[refused]
            return Result(outcome=Outcome.REFUSED, refusal=refusal, after=after, detail=detail)
        case Delivered.FAILED | Delivered.REJECTED:
            return Result(outcome=Outcome.UNDELIVERED, after=after, detail=detail)
        case Delivered.IN_DOUBT | Delivered.UNHEARD:
            return Result(outcome=Outcome.IN_DOUBT, after=after, detail=detail)


def proven(planned: PlannedRow, after: LocalRow | None) -> Result:
    """The outcome of a delivery that was acknowledged, by the row as it is now."""
    action = planned.action
    if action is None:
        raise ValueError(f"{planned.ref}: nothing was delivered")
    if after is None:
        return Result(outcome=Outcome.UNCHANGED, attention=Reason.NO_EFFECT, detail="the row is gone")
    if shown(planned, after):
        return Result(outcome=Outcome.FIXED, after=after)
    if is_open(after):
        detail = "acknowledged, yet the row is as it was"
        return Result(outcome=Outcome.UNCHANGED, after=after, attention=Reason.NO_EFFECT, detail=detail)
    return Result(
        outcome=Outcome.OVERTAKEN,
        after=after,
        attention=Reason.CONTRADICTION,
        detail="something else made the row final, otherwise",
    )


def shown(planned: PlannedRow, after: LocalRow | None) -> bool:
    """Whether the row shows what the planned event was to do."""
    action = planned.action
    if action is None or after is None:
        return False
    return shows(after, action.event, adopted=action.refund_id if isinstance(action, Adopt) else None)


def is_final(after: LocalRow | None) -> bool:
    """Whether the row is there, and nothing more is to be awaited of it."""
    return after is not None and not is_open(after)


_REFUSALS = {
    Delivered.PAUSED: Refusal.PAUSED,
    Delivered.STOPPED: Refusal.STOPPED,
    Delivered.SHUT: Refusal.SHOP,
    Delivered.LEASE_LOST: Refusal.LATE,
    Delivered.LOCKED: Refusal.LOCKED,
}
