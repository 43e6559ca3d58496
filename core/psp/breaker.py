"""The breaker of one phase: what its reads came to, and whether the phase must end (design rule 9).

A frozen value that is asked after each read. It judges the shares of one phase; it does not watch a
server over time, and the next phase begins with a new one.

It judges by connector where that is known: one behind which reads fail is left out, and the PSP is judged by
the others. An id that the PSP never answered for may be another provider's: what it refuses of those says
something of the key, or of the query, only while nothing else of the phase was found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp_states import NotFound, PspState, ReadFailed, ReadFailureKind, RefundList


class TripReason(StrEnum):
    """Why a phase ends before its rows do."""

    UNAUTHORISED = "unauthorised"
    """The key is refused: no further read can be answered."""
    PSP_DOWN = "psp_down"
    """An abnormal share of reads failed by the PSP's fault."""
    NOT_FOUND_SHARE = "not_found_share"
    """An abnormal share was not found: a wrong key, mode or account looks like this, so none is a verdict."""
    REJECTED_SHARE = "rejected_share"
    """An abnormal share was called a wrong request: the server rejects how it is asked, not one row's id."""


class Acquaintance(StrEnum):
    """What earlier looks learned of the id that is asked for."""

    ANSWERED = "answered"
    """The PSP answered for it before."""
    NEW = "new"
    """The PSP never answered for it: it may be another provider's."""
    JUDGED = "judged"
    """It was refused before, in a phase where that was a verdict about its row: once more is no news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tripped:
    """The phase ends: nothing more of it is read.

    Attributes:
        count: how many of `reads` were of this kind.
    """

    reason: TripReason
    count: int
    reads: int

    @property
    def forbids_applying(self) -> bool:
        """Whether what was answered before must not be applied either."""
        return self.reason is TripReason.UNAUTHORISED


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of some of a phase's reads: `failures` by the PSP's fault, refusals by kind."""

    reads: int = 0
    failures: int = 0
    not_founds: int = 0
    rejected: int = 0

    def plus(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(
            reads=self.reads + other.reads,
            failures=self.failures + other.failures,
            not_founds=self.not_founds + other.not_founds,
            rejected=self.rejected + other.rejected,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """What the reads of one phase came to.

    Attributes:
        reads: answers and failures of requests that left this machine.
        failures: those that failed by the PSP's fault.
        not_founds: those it said it does not know.
        rejected: those it called a wrong request.
        unauthorised: those it refused the key for; among `failures` too.
        found: those it answered in full, earlier slices of the phase included.
        new: those about ids that it never answered for.
        judged: refusals of ids that were refused before: no news, and among `reads` alone.
        connectors: those whose connector is known, by its name.
    """

    reads: int = 0
    failures: int = 0
    not_founds: int = 0
    rejected: int = 0
    unauthorised: int = 0
    found: int = 0
    new: Tally = Tally()
    judged: int = 0
    connectors: Mapping[str, Tally] = field(default_factory=dict)

    def seen(
        self,
        result: PspState | RefundList,
        *,
        connector: str | None = None,
        acquaintance: Acquaintance = Acquaintance.ANSWERED,
    ) -> "Breaker":
        """The breaker after one more read.

        Args:
            connector: the processor behind the PSP that it was about, where that is known.
            acquaintance: what earlier looks learned of its id.
        """
        if isinstance(result, ReadFailed) and _never_sent(result):
            return self
        one = _counted(result)
        if acquaintance is Acquaintance.JUDGED and (one.not_founds or one.rejected):
            return replace(self, reads=self.reads + 1, judged=self.judged + 1)
        of_connector = self.connectors
        if connector is not None:
            theirs = one if _may_be_connectors(result) else replace(one, failures=0)
            of_connector = {**of_connector, connector: of_connector.get(connector, Tally()).plus(theirs)}
        return replace(
            self,
            reads=self.reads + 1,
            failures=self.failures + one.failures,
            not_founds=self.not_founds + one.not_founds,
            rejected=self.rejected + one.rejected,
            unauthorised=self.unauthorised + _is_unauthorised(result),
            found=self.found + (not isinstance(result, ReadFailed | NotFound)),
            new=self.new.plus(one) if acquaintance is Acquaintance.NEW else self.new,
            connectors=of_connector,
        )

    def failing(self, policy: Policy) -> frozenset[str]:
        """Connectors behind which an abnormal share of at least the policy's minimum of reads failed."""
        return frozenset(
            name
            for name, tally in self.connectors.items()
            if _is_judged(tally.reads, policy) and _is_abnormal(tally.failures, tally.reads, policy)
        )

    def verdict(self, policy: Policy) -> Tripped | None:
        """Whether the phase must end: at once for a refused key, for shares after `breaker_minimum` reads."""
        if self.unauthorised:
            return self._tripped(TripReason.UNAUTHORISED, self.unauthorised)
        if not _is_judged(self.reads, policy):
            return None
        others = self._others(policy)
        if _is_judged(others.reads, policy) and _is_abnormal(others.failures, others.reads, policy):
            return Tripped(reason=TripReason.PSP_DOWN, count=others.failures, reads=others.reads)
        if len(self.failing(policy)) > 1 and others.failures == others.reads:
            return self._tripped(TripReason.PSP_DOWN, self.failures)
        if self._is_refused(self.not_founds, self.new.not_founds, policy):
            return self._tripped(TripReason.NOT_FOUND_SHARE, self.not_founds)
        if self._is_refused(self.rejected, self.new.rejected, policy):
            return self._tripped(TripReason.REJECTED_SHARE, self.rejected)
        return None

    def verdict_at_end(self, policy: Policy) -> Tripped | None:
        """The verdict once no more rows are to be read: where nobody else answered, failing connectors are
        the PSP's own failure."""
        tripped = self.verdict(policy)
        others = self._others(policy)
        if tripped is None and self.failing(policy) and others.failures == others.reads:
            return self._tripped(TripReason.PSP_DOWN, self.failures)
        return tripped

    def _others(self, policy: Policy) -> Tally:
        """Every read but those behind failing connectors."""
        failing = [self.connectors[name] for name in self.failing(policy)]
        return Tally(
            reads=self.reads - sum(tally.reads for tally in failing),
            failures=self.failures - sum(tally.failures for tally in failing),
        )

    def _is_refused(self, count: int, of_new: int, policy: Policy) -> bool:
        """Whether an abnormal share of reads was refused in one way. Rows that were refused before neither
        count nor thin it."""
        fresh = self.reads - self.judged
        if not self.found:
            return _is_judged(fresh, policy) and _is_abnormal(count, fresh, policy)
        answered = fresh - self.new.reads
        return _is_judged(answered, policy) and _is_abnormal(count - of_new, answered, policy)

    def _tripped(self, reason: TripReason, count: int) -> Tripped:
        return Tripped(reason=reason, count=count, reads=self.reads)


def _counted(result: PspState | RefundList) -> Tally:
    match result:
        case ReadFailed(kind=ReadFailureKind.BAD_REQUEST):
            return Tally(reads=1, rejected=1)
        case ReadFailed(kind=kind):
            return Tally(reads=1, failures=int(kind.is_psps_fault))
        case NotFound():
            return Tally(reads=1, not_founds=1)
        case _:
            return Tally(reads=1)


_NO_CONNECTORS = (
    ReadFailureKind.UNREACHABLE,
    ReadFailureKind.RATE_LIMITED,
    ReadFailureKind.UNAUTHORISED,
    ReadFailureKind.REDIRECTED,
)
"""Failures that come about before the PSP could ask a processor."""


def _may_be_connectors(result: PspState | RefundList) -> bool:
    return not (isinstance(result, ReadFailed) and result.kind in _NO_CONNECTORS)


def _is_unauthorised(result: PspState | RefundList) -> bool:
    return isinstance(result, ReadFailed) and result.kind is ReadFailureKind.UNAUTHORISED


def _is_judged(reads: int, policy: Policy) -> bool:
    return reads >= max(policy.breaker_minimum, 1)


def _is_abnormal(count: int, reads: int, policy: Policy) -> bool:
    return count > 0 and count >= policy.breaker_share * reads


def _never_sent(failure: ReadFailed) -> bool:
    """Whether no request was made, so that the failure says nothing of the PSP."""
    match failure.kind:
        case ReadFailureKind.OWN_LIMIT | ReadFailureKind.BREAKER_OPEN:
            return True
        case ReadFailureKind.BAD_REQUEST:
            return failure.http_status is None
        case _:
            return False
