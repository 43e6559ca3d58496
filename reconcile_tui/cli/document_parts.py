"""The parts of the documents: a row, what the PSP said of it, what follows, what became of it, and sums.

One schema each for a finding, a decision and an outcome, whatever command they come from.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from reconcile_tui.core.decisions import Event, Reason, WaitsFor
from reconcile_tui.core.findings import FindingClass
from reconcile_tui.core.outcomes import Outcome, Refusal
from reconcile_tui.core.policy import ActorKind, Role
from reconcile_tui.core.psp_states import ReadFailureKind
from reconcile_tui.core.shop_values import Trouble
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.journal_entries import Step
from reconcile_tui.core.store.webhook_log import Source
from reconcile_tui.core.tellings import WarningKind
from reconcile_tui.core.transitions import Effect


class Document(BaseModel):
    """What all of them share: frozen, and no key that is not listed."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class MoneyDocument(Document):
    """An amount. Never added across currencies."""

    minor: int
    """In minor units of the currency (cents, yen, fils)."""
    currency: str
    """ISO 4217."""
    text: str
    """As people read it."""


class PlaceDocument(Document):
    """Where the command worked."""

    context: str | None
    """The name of the context in the TOML file; `demo` with --demo; null where there is none."""
    production: bool
    """Whether this is production. A context is, unless it says otherwise."""
    database: str | None
    """Its URL without the password."""
    psp: str | None
    """Where Hyperswitch answers."""
    psp_unencrypted: bool
    """Whether the API key travels over plain http to another machine."""
    shop: str | None = None
    """The host that events are POSTed to; null where the tool writes the shop's tables itself."""
    shop_unencrypted: bool = False
    """Whether events travel over plain http to another machine."""


class ActorDocument(Document):
    """Who acted, as the journal names them."""

    name: str
    """RECONCILE_OPERATOR, else the login."""
    kind: ActorKind
    """`daemon` where nobody confirmed a plan (--once): the caps on age and orphans bind."""
    role: Role
    """A viewer applies nothing."""


class LastLookDocument(Document):
    """What the latest look at a row left behind."""

    at: datetime | None
    """When that was, UTC."""
    decision: str | None
    """The kind of its decision, as in `decision.kind`."""
    words: str
    """The same for people."""
    detail: str | None
    """Its reason: a reason, a `waits_for`, an event, or why the read failed."""
    psp_status: str | None
    """The last status that was read, in the PSP's word."""
    psp_read_at: datetime | None
    """When that was read, UTC."""
    connector: str | None
    """The processor behind the PSP."""
    reads: int
    """How often the row was looked at."""
    failures: int
    """Failed reads in a row."""
    next_due: datetime | None
    """When it is looked at again, UTC; null once it is closed."""


class MalformedDocument(Document):
    """A value of a row that cannot be read."""

    column: str
    """The shop's column; of a refund's order with the table before it."""
    trouble: Trouble
    """What is wrong with it."""
    text: str
    """The same for people."""


class FindingDocument(Document):
    """A row of the shop as a sweep sees it."""

    kind: Kind
    """Which table it stands in."""
    id: str
    """The shop's own id."""
    finding_class: FindingClass
    """What the row is to a sweep."""
    status: str
    """The local status; the shop's own word where it is not mapped."""
    psp_id: str | None
    """The payment id of an order, the PSP's refund id of a refund; null on an orphan."""
    payment_id: str | None
    """The payment: the order's own, or that of the refund's order."""
    order_id: str | None
    """A refund's order."""
    order_status: str | None
    """The local status of a refund's order."""
    order_money: MoneyDocument | None
    """The amount of a refund's order."""
    money: MoneyDocument | None
    """Null where amount or currency is missing."""
    pending_since: datetime | None
    """What the age counts from, UTC; null where it cannot be read."""
    age_seconds: int | None
    """By the database's clock."""
    malformed: tuple[MalformedDocument, ...] = ()
    """What of the row cannot be read."""
    waits_on_customer: bool
    """By the last known status the customer has a step to do: not money at risk."""
    withheld_by_cap: bool
    """An orphan that too many others were to be failed with: the daemon leaves it to an operator."""
    last_look: LastLookDocument | None
    """Null where the row was never looked at."""


class PspDocument(Document):
    """What the PSP answered for a row."""

    answer: Literal["payment", "refund", "orphan_evidence", "not_found", "unreadable"]
    """`orphan_evidence` is an orphan's payment with everything listed for it."""
    read_at: datetime
    """UTC, this machine's clock."""
    how: Literal["forced", "last known"] | None
    """`forced`: the processor was asked too. Null where nothing could be read."""
    id: str | None = None
    """The PSP's id that the answer is about."""
    payment_id: str | None = None
    """The payment."""
    status: str | None = None
    """In the PSP's word."""
    money: MoneyDocument | None = None
    """`amount` and `currency`."""
    net_amount: int | None = None
    """With surcharge, tax and shipping, in minor units."""
    amount_received: int | None = None
    """Captured so far, in minor units."""
    given_back: int | None = None
    """Given back by refunds that did not fail and that no row here claims, in minor units."""
    disputed: bool | None = None
    """Whether the customer's bank claims the payment back, or got it."""
    connector: str | None = None
    """The processor behind the PSP."""
    error_code: str | None = None
    """The processor's."""
    error_message: str | None = None
    """The processor's."""
    listed_refunds: int | None = None
    """Refunds that the PSP lists for an orphan's payment."""
    claimed_refunds: int | None = None
    """How many of them another row of the shop holds."""
    failure: ReadFailureKind | None = None
    """Why it could not be read."""
    detail: str | None = None
    """The PSP's or the network's own words about the failure."""


class DecisionDocument(Document):
    """What follows from the row and the PSP's answer."""

    kind: Literal[
        "sync", "adopt", "fail_orphan", "still_pending", "attention", "unreadable", "already_resolved"
    ]
    """The decision."""
    words: str
    """The same in a few words."""
    event: Event | None = None
    """What would be, or was, delivered to the shop."""
    target: str | None = None
    """The local status that the row gets by it."""
    reason: Reason | None = None
    """Why a person must look; of a `sync`, what an operator sets aside by it, knowingly."""
    withheld: Event | None = None
    """The event that an operator may still apply: past age or a cap, or knowing what speaks against it."""
    waits_for: WaitsFor | None = None
    """Whom an open row waits for."""
    refund_id: str | None = None
    """The PSP's refund that an orphan adopts."""
    next_step: str
    """What a person may do now."""


class OutcomeDocument(Document):
    """What became of a row that was to be applied."""

    outcome: Outcome
    """Only `fixed`, `already_resolved` and `overtaken` close a finding."""
    refusal: Refusal | None
    """Why nothing was applied, where it was `refused`."""
    words: str
    """The same for people."""
    why: str
    """Why, without the outcome's name; where it raises something, that."""
    next_step: str
    """What a person may do about it."""
    detail: str | None
    """More about it; may hold the database's own words."""
    closes: bool
    """Whether the finding is over."""
    status_after: str | None
    """The local status as it was read again afterwards."""
    attention: Reason | None
    """What the outcome itself raises."""


class RowDocument(Document):
    """One row: the finding, the PSP's answer, the decision, the outcome."""

    finding: FindingDocument
    psp: PspDocument | None
    """Null where there was nothing to ask."""
    decision: DecisionDocument
    sentence: str
    """The whole story with its evidence, fit to paste to a colleague."""
    why: str
    """The reason in a few words."""
    outcome: OutcomeDocument | None
    """Null where nothing was to be applied, or the command applies nothing."""


class GroupPart(StrEnum):
    """Where a group of rows stands on a page."""

    DONE = "done"
    CHECKED_AGAIN = "checked_again"
    """Final before, watched, and still as they should be."""
    NOT_STUCK = "not_stuck"
    """Asked for by id, and not stuck: there was nothing to do."""
    WOULD_CHANGE = "would_change"
    NEEDS_PERSON = "needs_person"
    LEFT = "left"
    """For a later check, or for nobody: each group says why."""


class GroupDocument(Document):
    """Rows that came to the same."""

    part: GroupPart = GroupPart.LEFT
    """What is to be done about them, in one word."""
    key: str
    """What they came to: `fixed.payment.succeeded`, `attention.amount_mismatch`, `waits.customer`, …"""
    words: str
    """The same for people."""
    rows: int
    money: tuple[MoneyDocument, ...]
    """Per currency; rows without an amount count in `rows` alone."""
    next_step: str | None
    """What a person may do; null where there is nothing to do."""


class WarningDocument(Document):
    """Something that concerns more than a row."""

    kind: WarningKind | Literal["breaker", "not_begun", "gone", "slow", "unmapped"]
    text: str


class ReceiptDocument(Document):
    """What was done, in sums."""

    closed: tuple[GroupDocument, ...]
    """Findings that are over: fixed, overtaken, resolved already."""
    not_changed: tuple[GroupDocument, ...] = ()
    """Rows that were not stuck: final rows that are watched and were checked again, rows that a person asked
    for. Nothing was changed, and nothing is left."""
    open: tuple[GroupDocument, ...]
    """Rows that are left, and why."""
    warnings: tuple[WarningDocument, ...]
    next_step: str


class AttentionDocument(Document):
    """A row that a person must look at."""

    reason: Reason
    words: str
    """The reason for people."""
    since: datetime
    """UTC."""
    acknowledged: bool
    """Whether an acknowledgement is in force; one that ran out is still told."""
    acknowledged_by: str | None
    acknowledged_reason: str | None
    acknowledged_at: datetime | None
    """UTC, database clock."""
    acknowledged_until: datetime | None
    """UTC; null: until its facts change."""
    next_step: str


class FieldDocument(Document):
    """One fact on both sides."""

    name: str
    local: str | None
    psp: str | None
    differs: bool


class EntryDocument(Document):
    """A journal entry."""

    entry_id: int
    """Grows with time."""
    intent_id: int | None
    """The `intended` entry that this one is about."""
    at: datetime
    """UTC, database clock."""
    step: Step
    kind: Kind
    id: str
    """The row: the shop's own id."""
    psp_id: str
    """The PSP's id that the row had; empty for an orphan."""
    money: MoneyDocument | None
    """The row's amount, as the entry or its intent saw it."""
    event: Event | None
    attempt: int | None
    outcome: Outcome | None
    refusal: Refusal | None
    actor: str
    actor_kind: ActorKind
    reason: str | None
    """Why, in the words of whoever asked."""
    plan_id: str | None
    status_before: str | None
    status_after: str | None
    psp_status: str | None
    detail: str | None
    despite: Reason | None = None
    """What the PSP said against the money, and an operator set aside knowingly."""
    contradicts: bool = False
    """The row was final then, and otherwise than the event says: find out which side is right."""


class WebhookDocument(Document):
    """An entry of the webhook log."""

    received_at: datetime
    """UTC, database clock."""
    source: Source
    """`psp`: the real one; `synthetic`: made by this program."""
    event_type: str
    event_id: str
    effect: Effect
    digest: str
    """SHA-256 of the whole payload."""
