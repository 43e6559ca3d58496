"""PSP states: what the PSP answered for a row, when and how it was read, or why it could not be read.

Amounts are minor units as the PSP gives them. The PSP's full object is held in `body`, for building the
event alone: it never takes part in comparison or `repr`, so that it reaches no log and no screen.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconcile_tui.core.clock import must_be_utc
from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.statuses import DisputeStatus, PaymentStatus, PspRefundStatus, UnknownStatus


class ReadHow(StrEnum):
    """How a state was read."""

    FORCED = "forced"
    """The PSP asked the connector first; it may have updated itself and sent its real webhook."""
    LAST_KNOWN = "last known"
    """As the PSP last knew it; nothing was asked further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStamp:
    """When and how a state was read (UTC, this machine's clock).

    Attributes:
        psp_clock: the PSP's own clock at that moment (its Date header), for the skew; None if not sent.
    """

    at: datetime
    how: ReadHow
    psp_clock: datetime | None = None

    def __post_init__(self) -> None:
        must_be_utc(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSeen:
    """A refund as the PSP has it."""

    stamp: ReadStamp
    refund_id: RefundId
    payment_id: PaymentId
    status: PspRefundStatus | UnknownStatus
    amount: int
    currency: str
    connector: str | None = None
    connector_refund_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    created_at: datetime | None = None
    metadata: Mapping[str, str] = field(default_factory=dict, compare=False)
    body: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)


def own_ids(refund: RefundSeen, own_id_keys: Iterable[str]) -> frozenset[str]:
    """The shop's own refund row ids that its metadata names, under the keys that the mapping knows."""
    return frozenset(refund.metadata[key] for key in own_id_keys if key in refund.metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeSeen:
    """A dispute of a payment. `amount`: minor units; None where the PSP did not say."""

    dispute_id: str
    status: DisputeStatus | UnknownStatus
    amount: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSeen:
    """A payment as the PSP has it.

    Attributes:
        captured: what the captures add up to, where the answer says so beside `amount_received`.
        refunds: what its own answer lists of them.
        total_refunded, total_disputed: the PSP's own sums, which may know of more than is listed.
        is_voided: a void after the capture gave the money back, or is about to.
        claimed: those of `refunds` that the shop knows of: a local refund of this order is the same one.
            Looked up after the read; the PSP knows nothing of it.
    """

    stamp: ReadStamp
    payment_id: PaymentId
    status: PaymentStatus | UnknownStatus
    amount: int
    currency: str
    net_amount: int | None = None
    amount_received: int | None = None
    amount_capturable: int | None = None
    connector: str | None = None
    connector_transaction_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    cancellation_reason: str | None = None
    manual_retry_allowed: bool | None = None
    attempt_count: int | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = None
    captured: int | None = None
    refunds: tuple[RefundSeen, ...] = ()
    total_refunded: int | None = None
    disputes: tuple[DisputeSeen, ...] = ()
    total_disputed: int | None = None
    is_voided: bool = False
    claimed: frozenset[RefundId] = frozenset()
    body: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def live_refunds(self) -> tuple[RefundSeen, ...]:
        """Its refunds that did not fail: the money is back, or may be on its way."""
        return tuple(refund for refund in self.refunds if refund.status is not PspRefundStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundList:
    """Every refund the PSP lists for a payment.

    Attributes:
        total_count: what the PSP says it has; more than `len(refunds)` means pages are missing.
    """

    stamp: ReadStamp
    payment_id: PaymentId
    refunds: tuple[RefundSeen, ...]
    total_count: int

    @property
    def is_complete(self) -> bool:
        return len(self.refunds) >= self.total_count


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanEvidence:
    """What was looked up before an orphan is judged.

    Attributes:
        payment: the orphan's payment, read with the same key.
        refunds: everything listed for it, from the list and from `payment.refunds`, without doubles.
        claimed: ids of those that another local row holds.
        rivals: other orphans of the same payment with this amount and currency.
        named: ids of those that are another local row's own id: a shop may send it as `refund_id`.
    """

    stamp: ReadStamp
    payment: PaymentSeen
    refunds: tuple[RefundSeen, ...]
    claimed: frozenset[RefundId]
    rivals: int = 0
    named: frozenset[RefundId] = frozenset()


class ReadFailureKind(StrEnum):
    """Why a read gave no answer. None of these says anything about the payment."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    SERVER_ERROR = "server_error"
    CONNECTOR_ERROR = "connector_error"
    RATE_LIMITED = "rate_limited"
    UNAUTHORISED = "unauthorised"
    BAD_REQUEST = "bad_request"
    """The PSP calls our request wrong: a malformed id on the row, or a bug. A person must look."""
    MALFORMED = "malformed"
    """Wrong content type, no JSON, truncated, too large, or it does not say what it is about."""
    MALFORMED_FIELD = "malformed_field"
    """The answer is about what was asked, and a field that decides, or an entry of its lists, cannot be read:
    asking again will not help, so a person must look."""
    DEFECT = "defect"
    """The tool failed over this row's answer: its own fault, and this row's alone."""
    WRONG_ID = "wrong_id"
    REDIRECTED = "redirected"
    INCOMPLETE_LIST = "incomplete_list"
    OWN_LIMIT = "own_limit"
    """Our own client's pool or budget; not the PSP's fault."""
    BREAKER_OPEN = "breaker_open"
    CLOCK_SKEW = "clock_skew"
    """Clocks differ too much for an orphan's window to mean anything; whatever was read is not used."""
    ROW_TIMES = "row_times"
    """Nobody knows when an orphan's row was written: the zone of its date is neither said nor proven."""

    @property
    def is_psps_fault(self) -> bool:
        """Whether it counts against the PSP in the breaker.

        A connector's error does not: the PSP answered, and rows of one connector with a lasting error
        must not end the phase for all others (design rule 8).
        """
        return self not in (
            ReadFailureKind.CONNECTOR_ERROR,
            ReadFailureKind.OWN_LIMIT,
            ReadFailureKind.BAD_REQUEST,
            ReadFailureKind.BREAKER_OPEN,
            ReadFailureKind.MALFORMED_FIELD,
            ReadFailureKind.DEFECT,
            ReadFailureKind.ROW_TIMES,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFailed:
    """The PSP could not be read. `detail` is the PSP's or the network's own text: foreign, unsanitised.

    Attributes:
        retry_after: seconds the PSP asked us to wait (429, 503); None if it did not.
        connector: the processor behind the PSP that failed, where that is known.
    """

    at: datetime
    kind: ReadFailureKind
    detail: str
    http_status: int | None = None
    code: str | None = None
    retry_after: float | None = None
    connector: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """The PSP has no such object under this key (HTTP 404, HE_02): a read that says something else."""

    stamp: ReadStamp
    what: str
    psp_id: str


PspState = PaymentSeen | RefundSeen | OrphanEvidence | NotFound | ReadFailed


def stamp_of(state: PspState | None) -> ReadStamp | None:
    """When and how a state was read; None where nothing was."""
    return None if state is None or isinstance(state, ReadFailed) else state.stamp


def is_last_known(state: PspState | None) -> bool:
    """Whether the PSP told what it knew last: the processor may know more, so nothing is over by it."""
    stamp = stamp_of(state)
    return stamp is not None and stamp.how is ReadHow.LAST_KNOWN


def connector_of(state: PspState | None) -> str | None:
    """The processor behind the PSP, where the answer names it."""
    match state:
        case PaymentSeen() | RefundSeen():
            return state.connector
        case OrphanEvidence():
            return state.payment.connector
        case ReadFailed():
            return state.connector
        case _:
            return None
