"""The shop's answers to events in one phase, and whether the phase must end.

A wrong secret is refused with 401 or 403: what the first row tells, the others need not be tried for. Other
handlers answer it with 400 or 422, or with 200 and do nothing; a wrong address with 404. There the first
three events tell, and until one of them has shown its effect no fourth one goes: each holds customers' data.
Once an event was accepted, 401 or 403 may be about its row alone: three in a row end the phase.
A frozen value that is asked after each answer, as the PSP's breaker is.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

TRIED_FIRST: Final = 3
"""Events that may go before any has shown its effect. All of them in vain: the phase ends."""
_SILENT_IN_A_ROW = 5
_BUSY: Final = frozenset((408, 425, 429))
"""Statuses below 500 by which a handler says that it cannot now, and not that it will not."""


class ShutReason(StrEnum):
    """Why nothing more is sent to the shop in a phase."""

    UNAUTHORISED = "unauthorised"
    """401 or 403, to the first event or to three in a row: a wrong secret looks like this."""
    REFUSED = "refused"
    """The first three were refused, whatever the status: a wrong secret or profile may look like this."""
    NOT_FOUND = "not_found"
    """The first three were all answered 404: a wrong address looks like this."""
    NO_EFFECT = "no_effect"
    """The first three came to nothing, some of them with 2xx: a handler that ignores a bad signature."""
    FAILING = "failing"
    """The first three met an error of the shop's own: it is in trouble, or fails over the signature."""
    SILENT = "silent"
    """Several in a row got no answer: the shop is down."""
    ASKED_TO_WAIT = "asked_to_wait"
    """429 or 503 with a `Retry-After`: nothing goes before then."""

    @property
    def passes(self) -> bool:
        """Whether it may be over before long; elsewhere a person has to act."""
        return self in (ShutReason.SILENT, ShutReason.FAILING, ShutReason.ASKED_TO_WAIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """The phase ends.

    Attributes:
        status: the HTTP status that said so; None for silence, and where another process heard it.
        count: how many did.
        until: how long the shop asked to be left alone (UTC, database clock); None where it did not.
    """

    reason: ShutReason
    status: int | None
    count: int
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopAnswers:
    """What the events of one phase were answered, and came to.

    Attributes:
        in_vain: the statuses of events that came to nothing, before any showed its effect.
        silent: events in a row that got no answer.
        accepted: some event was answered with 2xx: the handler lets us in, or seems to.
        proven: some event had its effect, so that address, secret and profile are right.
        barred: events answered with 401 or 403 since one was accepted.
    """

    in_vain: tuple[int, ...] = ()
    silent: int = 0
    accepted: bool = False
    proven: bool = False
    barred: int = 0
    shut: Shut | None = None

    @property
    def let_in(self) -> bool:
        """Whether the handler took an event, and has barred none since."""
        return (self.accepted or self.proven) and not self.barred

    def seen(self, status: int | None, *, alone: bool = True) -> "ShopAnswers":
        """The answers after one more.

        Args:
            status: None: no answer was heard.
            alone: no other event was on its way, so that this answer is newer than all before it.
        """
        if status is None:
            silent = replace(self, silent=self.silent + 1)
            if silent.silent < _SILENT_IN_A_ROW:
                return silent
            return _ended(silent, ShutReason.SILENT, None, silent.silent)
        if status in (401, 403):
            heard = replace(self, silent=0, barred=self.barred + 1)
            if self.accepted and heard.barred < TRIED_FIRST:
                return heard
            return _ended(heard, ShutReason.UNAUTHORISED, status, heard.barred)
        accepted = 200 <= status < 300
        barred = 0 if accepted and alone else self.barred
        return replace(self, silent=0, accepted=self.accepted or accepted, barred=barred)

    def asked_to_wait(self, until: datetime, status: int | None) -> "ShopAnswers":
        """The same, after the shop asked for no events before `until` (UTC, database clock)."""
        if self.shut is not None:
            return self
        return replace(self, shut=Shut(reason=ShutReason.ASKED_TO_WAIT, status=status, count=1, until=until))

    def had_effect(self) -> "ShopAnswers":
        """The same, after an event showed in its row."""
        return replace(self, proven=True)

    def came_to_nothing(self, status: int) -> "ShopAnswers":
        """The same, after an event that was answered with `status` did nothing, or not in time."""
        if self.proven:
            return self
        counted = replace(self, in_vain=(*self.in_vain, status))
        if len(counted.in_vain) < TRIED_FIRST:
            return counted
        return _ended(counted, _why(counted.in_vain), status, len(counted.in_vain))

    def may_try(self, on_their_way: int) -> bool:
        """Whether one more event may begin, with so many whose end is not known yet."""
        return self.proven or self.shut is not None or on_their_way + len(self.in_vain) < TRIED_FIRST


def _ended(answers: ShopAnswers, reason: ShutReason, status: int | None, count: int) -> ShopAnswers:
    """The same, shut; the first reason stands."""
    if answers.shut is not None:
        return answers
    return replace(answers, shut=Shut(reason=reason, status=status, count=count))


def _why(statuses: tuple[int, ...]) -> ShutReason:
    """What events that all came to nothing say together."""
    if any(200 <= status < 300 for status in statuses):
        return ShutReason.NO_EFFECT
    if all(status == 404 for status in statuses):
        return ShutReason.NOT_FOUND
    if all(status >= 500 or status in _BUSY for status in statuses):
        return ShutReason.FAILING
    return ShutReason.REFUSED
