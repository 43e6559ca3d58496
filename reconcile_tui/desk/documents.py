"""Documents of what a screen lists: the same keys as those that the command line prints."""

from datetime import datetime, timedelta
from typing import Any, assert_never

from reconcile_tui.cli.described import entry_document, finding_document, webhook_document
from reconcile_tui.cli.recorded import action_document, run_document
from reconcile_tui.core.health import run_state
from reconcile_tui.core.history import Record
from reconcile_tui.core.reason_wording import item_words
from reconcile_tui.core.store.actions import Action
from reconcile_tui.core.store.journal_search import FoundEntry
from reconcile_tui.core.store.plans import AppliedPlan
from reconcile_tui.core.store.runs import Run
from reconcile_tui.core.store.webhook_log import LoggedWebhook
from reconcile_tui.screens.desk.lists import ListedRow


def document_of(listed: ListedRow | Record, *, now: datetime, silent_after: timedelta) -> dict[str, Any]:
    """One line of a list as JSON values.

    Args:
        now: UTC, database clock.
        silent_after: a tick not heard of for longer died.
    """
    match listed:
        case ListedRow():
            return _row(listed)
        case FoundEntry():
            entry = entry_document(listed.entry, before=listed.before)
            return {"record": "entry"} | entry.model_dump(mode="json")
        case AppliedPlan():
            return {"record": "plan"} | _plan(listed)
        case Action():
            return {"record": "action"} | action_document(listed).model_dump(mode="json")
        case Run():
            state = run_state(listed, now=now, silent_after=silent_after)
            return {"record": "tick"} | run_document(listed, state=state).model_dump(mode="json")
        case LoggedWebhook():
            facts = {"kind": listed.kind, "psp_id": listed.psp_id}
            return {"record": "webhook"} | facts | webhook_document(listed).model_dump(mode="json")
        case _:
            assert_never(listed)


def _row(listed: ListedRow) -> dict[str, Any]:
    mark = listed.attention
    attention = (
        {
            "reason": mark.reason.value,
            "words": item_words(mark.reason, mark.item.facts),
            "since": _iso(mark.since),
            "acknowledged_by": mark.acknowledged_by,
            "acknowledged_reason": mark.acknowledged_reason,
            "acknowledged_until": _iso(mark.acknowledged_until),
        }
        if mark is not None
        else None
    )
    return finding_document(listed.finding).model_dump(mode="json") | {"attention": attention}


def _plan(plan: AppliedPlan) -> dict[str, Any]:
    return {
        "plan_id": plan.plan_id,
        "by": plan.actor,
        "reason": plan.reason,
        "began": _iso(plan.began),
        "ended": _iso(plan.ended),
        "rows": plan.rows,
        "closed": plan.closed,
        "outcomes": {outcome.value: rows for outcome, rows in plan.outcomes.items()},
        "not_concluded": plan.open,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at is not None else None
