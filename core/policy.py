"""The policy: every limit the core holds to, as one frozen value. Fronts build it from settings."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Mode(StrEnum):
    """Whether a tick may write. It binds ticks, not a plan that a person confirmed."""

    HEAL = "heal"
    OBSERVE = "observe"


class Role(StrEnum):
    """What an actor may do: a viewer applies nothing."""

    VIEWER = "viewer"
    OPERATOR = "operator"


class ActorKind(StrEnum):
    DAEMON = "daemon"
    """Nobody confirmed the plan: the caps on age and orphans bind."""
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, as the journal names them."""

    name: str
    kind: ActorKind
    role: Role = Role.OPERATOR

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("an actor needs a name: the journal says who")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Limits. Durations are `timedelta`, amounts of rows are counts.

    Attributes:
        interval: between two ticks; the unit of the back-off.
        drain: a daemon's tick goes on with slices until nothing is due, for at most half an interval.
        reads_at_once: rows that a phase reads at the same time; the PSP's budget bounds the requests.
        backoff_cap: the longest wait between two looks at a row that stays open.
        processing_attention_after: `processing` for this long needs a person.
        fresh_for: how old a plan's read may be when it is applied.
        webhook_grace: how long a forced read may take to send the real webhook (HTTP dispatch).
        settle_timeout: how long a delivered event may take to show in the row.
        deliveries_at_once: events on their way to the shop's own handler at once (HTTP dispatch).
        lease: how long others wait for a row that somebody acts on.
        busy_wait: how long to await a row that another process acts on.
        longest_block_wait: how long a slice waits when the PSP asked to be left alone.
        orphan_window_before: how long before its row an orphan's refund may have been created.
        trust_row_times: look at orphans although the zone of their dates is neither said nor proven.
        skew_limit: clocks further apart than this warn, and stop the orphan phase.
        breaker_minimum: reads a phase must have seen before its breaker judges.
        breaker_share: the share of failed, not-found or refused reads that opens it.
    """

    interval: timedelta = timedelta(hours=1)
    order_stuck_after: timedelta = timedelta(minutes=30)
    refund_stuck_after: timedelta = timedelta(minutes=30)
    refund_orphan_after: timedelta = timedelta(minutes=5)
    batch_limit: int = 50
    drain: bool = False
    reads_at_once: int = 16
    orphan_auto_limit: int = 5
    auto_max_age: timedelta = timedelta(days=7)
    backoff_cap: timedelta = timedelta(hours=12)
    processing_attention_after: timedelta = timedelta(hours=24)
    refund_unsent_attention_after: timedelta = timedelta(hours=24)
    reversal_watch: timedelta = timedelta(hours=72)
    fresh_for: timedelta = timedelta(seconds=30)
    webhook_grace: timedelta = timedelta(seconds=10)
    settle_timeout: timedelta = timedelta(seconds=30)
    deliveries_at_once: int = 4
    lease: timedelta = timedelta(seconds=60)
    busy_wait: timedelta = timedelta(seconds=5)
    longest_block_wait: timedelta = timedelta(seconds=30)
    orphan_window_before: timedelta = timedelta(minutes=2)
    trust_row_times: bool = False
    skew_limit: timedelta = timedelta(seconds=60)
    breaker_minimum: int = 10
    breaker_share: float = 0.5
    mode: Mode = Mode.HEAL
