"""The breaker of one phase: what its reads came to, and whether the phase must end (design rule 9).

A frozen value that is asked after each read. It judges the shares of one phase; it does not watch a
server over time, and the next phase begins with a new one.
"""

from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Tripped:
    """The phase ends. Nothing more of it is applied.

    Attributes:
        count: how many of `reads` were of this kind.
    """

    reason: TripReason
    count: int
    reads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """What the reads of one phase came to.

    Attributes:
        reads: answers and failures of requests that left this machine.
        failures: those that failed by the PSP's fault.
        not_founds: those it said it does not know.
        unauthorised: those it refused the key for; among `failures` too.
    """

    reads: int = 0
    failures: int = 0
    not_founds: int = 0
    unauthorised: int = 0

    def seen(self, result: PspState | RefundList) -> "Breaker":
        """The breaker after one more read."""
        match result:
            case ReadFailed() if _never_sent(result):
                return self
            case ReadFailed(kind=kind):
                return replace(
                    self,
                    reads=self.reads + 1,
                    failures=self.failures + kind.is_psps_fault,
                    unauthorised=self.unauthorised + (kind is ReadFailureKind.UNAUTHORISED),
                )
            case NotFound():
                return replace(self, reads=self.reads + 1, not_founds=self.not_founds + 1)
            case _:
                return replace(self, reads=self.reads + 1)

    def verdict(self, policy: Policy) -> Tripped | None:
        """Whether the phase must end: at once for a refused key, for shares after `breaker_minimum` reads."""
        if self.unauthorised:
            return self._tripped(TripReason.UNAUTHORISED, self.unauthorised)
        if self.reads < max(policy.breaker_minimum, 1):
            return None
        if self._is_abnormal(self.failures, policy):
            return self._tripped(TripReason.PSP_DOWN, self.failures)
        if self._is_abnormal(self.not_founds, policy):
            return self._tripped(TripReason.NOT_FOUND_SHARE, self.not_founds)
        return None

    def _is_abnormal(self, count: int, policy: Policy) -> bool:
        return count > 0 and count >= policy.breaker_share * self.reads

    def _tripped(self, reason: TripReason, count: int) -> Tripped:
        return Tripped(reason=reason, count=count, reads=self.reads)


def _never_sent(failure: ReadFailed) -> bool:
    """Whether no request was made, so that the failure says nothing of the PSP."""
    match failure.kind:
        case ReadFailureKind.OWN_LIMIT | ReadFailureKind.BREAKER_OPEN:
            return True
        case ReadFailureKind.BAD_REQUEST:
            return failure.http_status is None
        case _:
            return False
