"""The shop's answers to events in one phase, and whether the phase must end.

A wrong secret is refused with 401 or 403, a wrong path with 404: what the first row tells, the others need
not be tried for. A frozen value that is asked after each answer, as the PSP's breaker is.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

_FIRST_NOT_FOUND = 3
_SILENT_IN_A_ROW = 5


class ShutReason(StrEnum):
    """Why nothing more is sent to the shop in a phase."""

    UNAUTHORISED = "unauthorised"
    """401 or 403: a wrong secret looks like this."""
    NOT_FOUND = "not_found"
    """The first three were all answered 404: a wrong address looks like this."""
    SILENT = "silent"
    """Several in a row got no answer: the shop is down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """The phase ends. `status`: the HTTP status that said so; None for silence. `count`: how many did."""

    reason: ShutReason
    status: int | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopAnswers:
    """What the events of one phase were answered.

    Attributes:
        not_found: answers 404 before any other.
        silent: events in a row that got no answer.
        proven: some answer was neither a refusal nor 404, so that address and secret are right.
    """

    not_found: int = 0
    silent: int = 0
    proven: bool = False
    shut: Shut | None = None

    def seen(self, status: int | None) -> "ShopAnswers":
        """The answers after one more. `status` None: no answer was heard."""
        if status is None:
            silent = replace(self, silent=self.silent + 1)
            return _ended(silent, ShutReason.SILENT, None, silent.silent, at=_SILENT_IN_A_ROW)
        heard = replace(self, silent=0)
        if status in (401, 403):
            return _ended(heard, ShutReason.UNAUTHORISED, status, 1, at=1)
        if status == 404 and not self.proven:
            counted = replace(heard, not_found=self.not_found + 1)
            return _ended(counted, ShutReason.NOT_FOUND, status, counted.not_found, at=_FIRST_NOT_FOUND)
        return replace(heard, proven=True)


def _ended(
    answers: ShopAnswers, reason: ShutReason, status: int | None, count: int, *, at: int
) -> ShopAnswers:
    """The same, shut for `reason` where that came up often enough; the first reason stands."""
    if answers.shut is not None or count < at:
        return answers
    return replace(answers, shut=Shut(reason=reason, status=status, count=count))
