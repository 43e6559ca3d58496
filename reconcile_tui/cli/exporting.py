"""`export`: an incident as Markdown, or as a document. No PSP is asked."""

from datetime import timedelta

from reconcile_tui import __version__
from reconcile_tui.bootstrap import opened_store
from reconcile_tui.cli.described import attention_document, money_document, money_documents
from reconcile_tui.cli.document_parts import GroupDocument, PlaceDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.record_documents import (
    DeedDocument,
    ExportDocument,
    HappeningDocument,
    OpenItemDocument,
)
from reconcile_tui.cli.recorded import action_document, pause_document, run_document
from reconcile_tui.cli.status import limits
from reconcile_tui.core.fate_wording import fate_step, fate_words
from reconcile_tui.core.health import run_state
from reconcile_tui.core.incident import Incident, Span, incident
from reconcile_tui.core.incident_account import Sum
from reconcile_tui.core.moments import Spoken, window
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.incident_report import Letterhead, incident_markdown

_DAY = timedelta(days=1)


async def export(
    work: Work, *, since: Spoken | None, until: Spoken | None, plan_id: str | None, title: str | None
) -> int:
    """Print the account; of the last day where nothing else is asked for."""
    async with opened_store(work.settings) as store:
        now = await store.database.now()
        begin, end = window(since, until, now=now)
        if begin is None and plan_id is None:
            begin = (end or now) - _DAY
        with work.progress.shown("Reading the journal"):
            span = Span(since=begin, until=end, plan_id=plan_id)
            account = await incident(store, work.settings.policy(), span)
    unknown = plan_id is not None and account.began is None
    code = ExitCode.NO_SUCH_ROW if unknown else ExitCode.OK
    letterhead = Letterhead(title=title, where=_where(work.place), written_by=f"reconcile-tui {__version__}")
    text = incident_markdown(account, letterhead)
    document = export_document(
        account, text, place=work.place, silent_after=limits(work.settings).silent_after, code=code
    )
    if unknown:
        work.output.tell(f"No entry of the journal has this plan: {plan_id}")
    if work.output.as_json:
        work.output.show(document, lambda _: ())
    elif not unknown:
        work.output.data(text)
    return code


def export_document(
    account: Incident, text: str, *, place: PlaceDocument, silent_after: timedelta, code: ExitCode
) -> ExportDocument:
    """The account as it is printed for machines.

    Args:
        silent_after: a tick not heard of for longer is silent.
    """
    return ExportDocument(
        place=place,
        at=account.made_at,
        since=account.span.since,
        until=account.span.until,
        plan_id=account.span.plan_id,
        began=account.began,
        ended=account.ended,
        groups=tuple(map(_group, account.sums)),
        resolution_seconds=round(account.resolution.total_seconds()),
        timeline=tuple(
            HappeningDocument(
                at=each.at,
                by=each.actor,
                plan_id=each.plan_id,
                ids=tuple(ref.row_id for ref in each.refs),
                groups=tuple(map(_group, each.sums)),
            )
            for each in account.timeline
        ),
        deeds=tuple(
            DeedDocument(
                at=each.at,
                by=each.actor,
                plan_id=each.plan_id,
                reason=each.reason,
                groups=tuple(map(_group, each.sums)),
            )
            for each in account.deeds
        ),
        actions=tuple(map(action_document, account.actions)),
        ticks=tuple(
            run_document(run, state=run_state(run, now=account.made_at, silent_after=silent_after))
            for run in account.runs
        ),
        idle_ticks=account.idle_runs,
        ticks_left_out=account.runs_left_out,
        pauses=tuple(map(pause_document, account.pauses)),
        open_items=tuple(
            OpenItemDocument(
                kind=item.ref.kind,
                id=item.ref.row_id,
                money=money_document(item.money) if item.money else None,
                attention=attention_document(item),
            )
            for item in account.open_items
        ),
        items_left_out=account.items_left_out,
        money_at_risk=money_documents(account.standing.money_at_risk),
        cut=account.is_cut,
        markdown=text,
        exit_code=code,
    )


def _group(each: Sum) -> GroupDocument:
    fate = each.fate
    words = (fate.outcome or "begun", fate.refusal or fate.event)
    over = fate.outcome is not None and fate.outcome.closes
    return GroupDocument(
        key=".".join(str(word) for word in words if word is not None),
        words=fate_words(fate, rows=each.rows),
        rows=each.rows,
        money=money_documents(each.money),
        next_step=None if over else fate_step(fate),
    )


def _where(place: PlaceDocument) -> str:
    return place.context or place.database or "no context"
