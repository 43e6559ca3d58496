"""`journal`: what is on record, by row, actor, time, outcome, event and plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reconcile_tui.bootstrap import opened_store
from reconcile_tui.cli.described import entry_document
from reconcile_tui.cli.document_parts import PlaceDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.journal_page import journal_page
from reconcile_tui.cli.record_documents import JournalDocument
from reconcile_tui.cli.recorded import action_document
from reconcile_tui.cli.row_ids import once_there, rows_with_id
from reconcile_tui.core.decisions import Event
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.moments import Spoken, window
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.store.actions import Action, ActionFilter
from reconcile_tui.core.store.journal_search import FoundEntry, JournalFilter
from reconcile_tui.core.store.store import Store
from reconcile_tui.exit_codes import ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalAsked:
    """What was asked for on the command line."""

    ids: Sequence[str] = ()
    actor: str | None = None
    since: Spoken | None = None
    until: Spoken | None = None
    outcomes: Sequence[Outcome] = ()
    events: Sequence[Event] = ()
    plan_id: str | None = None
    limit: int = 100


async def show_journal(work: Work, asked: JournalAsked) -> int:
    """Print the newest entries and actions that are meant, oldest first."""
    async with opened_store(work.settings) as store:
        with work.progress.shown("Searching the journal"):
            document = await journal_document(store, asked, place=work.place)
    unknown = document.unknown_ids
    for each in unknown:
        work.output.tell(f"{ExitCode.NO_SUCH_ROW.meaning.capitalize()}, and no entry of the journal: {each}")
    if work.output.as_json or len(unknown) < len(asked.ids) or not asked.ids:
        work.output.show(document, journal_page)
    return document.exit_code


async def journal_document(store: Store, asked: JournalAsked, *, place: PlaceDocument) -> JournalDocument:
    """What is on record, as it is printed.

    Raises:
        MomentRefused: nothing is between the two moments.
    """
    now = await store.database.now()
    since, until = window(asked.since, asked.until, now=now)
    refs, unknown = await _rows(store, asked.ids)
    which = JournalFilter(
        refs=refs if asked.ids else None,
        actor=asked.actor,
        since=since,
        until=until,
        outcomes=asked.outcomes,
        events=asked.events,
        plan_id=asked.plan_id,
    )
    entries, actions, more = await _newest(store, which, limit=asked.limit)
    return JournalDocument(
        place=place,
        at=now,
        ids=tuple(asked.ids),
        actor=asked.actor,
        since=since,
        until=until,
        outcomes=tuple(asked.outcomes),
        events=tuple(asked.events),
        plan_id=asked.plan_id,
        entries=tuple(entry_document(found.entry, before=found.before) for found in entries),
        actions=tuple(action_document(action) for action in actions),
        more=more,
        unknown_ids=unknown,
        exit_code=ExitCode.NO_SUCH_ROW if unknown else ExitCode.OK,
    )


async def _newest(
    store: Store, which: JournalFilter, *, limit: int
) -> tuple[list[FoundEntry], list[Action], bool]:
    """The newest entries and actions together, oldest first, and whether there are older ones."""
    entries = await store.journal_search.newest(which, limit=limit + 1)
    actions: list[Action] = []
    if not (which.outcomes or which.events or which.plan_id):
        of_people = ActionFilter(refs=which.refs, actor=which.actor, since=which.since, until=which.until)
        actions = await store.actions.newest(of_people, limit=limit + 1)
    found: list[FoundEntry | Action] = [*entries, *actions]
    newest = sorted(found, key=_moment, reverse=True)[:limit]
    return (
        [each for each in reversed(newest) if isinstance(each, FoundEntry)],
        [each for each in reversed(newest) if isinstance(each, Action)],
        len(entries) + len(actions) > limit,
    )


def _moment(each: FoundEntry | Action) -> tuple[datetime, int]:
    """What is newer has more of it; the ids of one moment are those of one kind but for a coincidence."""
    return (each.at, each.action_id) if isinstance(each, Action) else (each.entry.at, each.entry.entry_id)


async def _rows(store: Store, ids: Sequence[str]) -> tuple[tuple[RowRef, ...], tuple[str, ...]]:
    """Every row that an id means, and the ids that mean none. A row that is gone has its entries still."""
    refs: list[RowRef] = []
    unknown: list[str] = []
    for asked in dict.fromkeys(ids):
        found = await rows_with_id(store, asked) or await _gone(store, asked)
        refs += found
        if not found:
            unknown.append(asked)
    return tuple(dict.fromkeys(refs)), tuple(unknown)


async def _gone(store: Store, asked: str) -> list[RowRef]:
    search = store.journal_search
    return [ref for ref in once_there(asked) if await search.newest(JournalFilter(refs=(ref,)), limit=1)]
