"""The documents of the records: acknowledgements, the journal, the export of an incident."""

from datetime import datetime
from typing import Literal

from reconcile_tui.cli.brake_documents import PauseInForceDocument, RunDocument
from reconcile_tui.cli.document_parts import (
    ActorDocument,
    AttentionDocument,
    Document,
    EntryDocument,
    GroupDocument,
    MoneyDocument,
    PlaceDocument,
)
from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.actions import ActionKind


class AcknowledgedDocument(Document):
    """A row whose attention item was to be acknowledged, or made loud again."""

    kind: Kind
    id: str
    """The shop's own id."""
    came: Literal["done", "nothing_to_do", "changed"]
    """`nothing_to_do`: no open item, or for `unacknowledge` no acknowledgement; `changed`: its facts did,
    while it was looked at."""
    words: str
    """The same for people."""
    attention: AttentionDocument | None
    """The item as it was before; null where there is none."""


class AcknowledgeDocument(Document):
    """`acknowledge`: rows that need a person, and whom somebody saw."""

    document: Literal["acknowledge"] = "acknowledge"
    place: PlaceDocument
    actor: ActorDocument
    at: datetime
    """UTC, database clock."""
    reason: str
    until: datetime | None
    """UTC; null: until the row's facts change."""
    rows: tuple[AcknowledgedDocument, ...]
    unknown_ids: tuple[str, ...]
    """Ids that no row has: then nothing is done."""
    ambiguous_ids: dict[str, tuple[str, ...]]
    """Ids that several rows have, with the exact forms to choose from: then nothing is done."""
    exit_code: int


class UnacknowledgeDocument(Document):
    """`unacknowledge`: acknowledgements that are taken back."""

    document: Literal["unacknowledge"] = "unacknowledge"
    place: PlaceDocument
    actor: ActorDocument
    at: datetime
    """UTC, database clock."""
    reason: str | None
    rows: tuple[AcknowledgedDocument, ...]
    unknown_ids: tuple[str, ...]
    """Ids that no row has: then nothing is done."""
    ambiguous_ids: dict[str, tuple[str, ...]]
    """Ids that several rows have, with the exact forms to choose from: then nothing is done."""
    exit_code: int


class ActionDocument(Document):
    """What somebody did beside dispatches: a brake, an acknowledgement."""

    at: datetime
    """UTC, database clock."""
    action: ActionKind
    by: str
    reason: str | None
    until: datetime | None
    """UTC; when it is over by itself."""
    connector: str | None
    """The processor that was paused or resumed; null: everything, or the action is about a row."""
    kind: Kind | None
    id: str | None
    """The row that was acknowledged: the shop's own id."""
    attention: Reason | None
    """Why that row needed a person."""
    words: str
    """The same for people."""


class JournalDocument(Document):
    """`journal`: what was done to rows, step by step, and what people did beside it."""

    document: Literal["journal"] = "journal"
    place: PlaceDocument
    at: datetime
    """UTC, database clock."""
    ids: tuple[str, ...]
    """The ids that were asked for; empty: every row."""
    actor: str | None
    since: datetime | None
    """UTC."""
    until: datetime | None
    """UTC."""
    outcomes: tuple[Outcome, ...]
    """Only entries with one of these; empty: any."""
    events: tuple[Event, ...]
    """Only entries about one of these; empty: any."""
    plan_id: str | None
    entries: tuple[EntryDocument, ...]
    """Oldest first; the newest `--limit` of them."""
    actions: tuple[ActionDocument, ...]
    """Oldest first. None where outcomes, events or a plan were asked for: an action has none."""
    more: bool
    """Whether there are older ones than these."""
    unknown_ids: tuple[str, ...]
    """Ids that no row has, and no entry."""
    exit_code: int


class HappeningDocument(Document):
    """What one actor did to rows within a stretch of time."""

    at: datetime
    """When the first of it happened, UTC."""
    by: str
    plan_id: str | None
    """Null where the actor is no person: a tick has many plans."""
    ids: tuple[str, ...]
    """The rows, where they are few: the shop's own ids."""
    groups: tuple[GroupDocument, ...]


class DeedDocument(Document):
    """A plan that a person confirmed, and what came of it."""

    at: datetime
    """UTC, database clock."""
    by: str
    plan_id: str
    reason: str | None
    groups: tuple[GroupDocument, ...]


class OpenItemDocument(Document):
    """A row that needs a person now."""

    kind: Kind
    id: str
    """The shop's own id."""
    money: MoneyDocument | None
    attention: AttentionDocument


class ExportDocument(Document):
    """`export`: an incident for its post-mortem."""

    document: Literal["export"] = "export"
    place: PlaceDocument
    at: datetime
    """UTC, database clock: what is told of the present is of then."""
    since: datetime | None
    """UTC; null: from the first record on."""
    until: datetime | None
    """UTC; null: until now."""
    plan_id: str | None
    began: datetime | None
    """The first thing that is told, UTC; null where nothing is on record."""
    ended: datetime | None
    """The last thing that is told, UTC."""
    groups: tuple[GroupDocument, ...]
    """Each row once, by what it came to last."""
    resolution_seconds: int
    """The stretch of time that one piece of the timeline is about."""
    timeline: tuple[HappeningDocument, ...]
    """Oldest first."""
    deeds: tuple[DeedDocument, ...]
    """Oldest first."""
    actions: tuple[ActionDocument, ...]
    """Oldest first."""
    ticks: tuple[RunDocument, ...]
    """Those that found something to do, or went wrong; oldest first."""
    idle_ticks: int
    """How many found nothing to do."""
    ticks_left_out: int
    """Older ones that are not listed."""
    pauses: tuple[PauseInForceDocument, ...]
    """In force now."""
    open_items: tuple[OpenItemDocument, ...]
    """What needs a person now, the loudest first."""
    items_left_out: int
    """More of them that are not listed."""
    money_at_risk: tuple[MoneyDocument, ...]
    """Now, per currency, each row once."""
    cut: bool
    """Whether there were more journal entries than an account is made of."""
    markdown: str
    """The same as a page of Markdown; what is printed without `--json`."""
    exit_code: int
