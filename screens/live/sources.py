"""The sources of what is seen, the database and the PSP: when each answered, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.psp.breaker import TripReason
from reconcile_tui.core.psp_states import ReadFailed, ReadFailureKind
from reconcile_tui.core.wording import breaker_words, read_failure_words
from reconcile_tui.screens.desk.looks import Look
from reconcile_tui.screens.live.moment import Moment

_SLOW: Final = timedelta(seconds=3)
_FIRST_WAIT: Final = 5.0
_LONGEST_WAIT: Final = 300.0
"""Seconds before a PSP that fails is looked at again: at first, doubled each time, and at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why the database's last answer did not come. All of it is harmless text.

    Attributes:
        next_step: what a person may do about it.
        no_tables: the tool's own tables are not there, or of another version.
    """

    words: str
    next_step: str
    since: Moment
    no_tables: bool = False


@dataclass(slots=True)
class DatabaseSource:
    """The database.

    Attributes:
        answered: when everything was read well at last.
        trouble: None while it answers.
        failures: how often in a row it did not.
    """

    clock: Clock
    answered: Moment | None = None
    trouble: Trouble | None = None
    failures: int = 0

    def well(self) -> None:
        """It answered."""
        self.answered, self.trouble, self.failures = Moment.of(self.clock), None, 0

    def badly(self, words: str, next_step: str, *, no_tables: bool) -> None:
        """It did not."""
        since = self.trouble.since if self.trouble else Moment.of(self.clock)
        self.failures += 1
        self.trouble = Trouble(
            words=harmless(words, limit=300),
            next_step=harmless(next_step, limit=300),
            since=since,
            no_tables=no_tables,
        )

    @property
    def age(self) -> timedelta | None:
        """How old what was read is; None where nothing was."""
        return self.answered.age(self.clock) if self.answered else None


class PspCondition(StrEnum):
    """How the PSP is, by what its last reads came to."""

    NOT_ASKED = "not asked yet"
    ANSWERING = "answering"
    SLOW = "slow"
    DOWN = "down"
    REFUSES_KEY = "refuses the key"
    BREAKER = "knows too little"
    """It does not know an abnormal share of what it was asked for."""

    @property
    def is_well(self) -> bool:
        return self in (PspCondition.NOT_ASKED, PspCondition.ANSWERING, PspCondition.SLOW)


_TRIPS: Final = {
    TripReason.UNAUTHORISED: PspCondition.REFUSES_KEY,
    TripReason.PSP_DOWN: PspCondition.DOWN,
    TripReason.NOT_FOUND_SHARE: PspCondition.BREAKER,
    TripReason.REJECTED_SHARE: PspCondition.BREAKER,
}


@dataclass(slots=True)
class PspSource:
    """The PSP, as this process' looks know it.

    Attributes:
        answered: when it answered well at last.
        since: since when its condition is this one.
        why: what is wrong, in words; None while it is well.
        failures: how many looks in a row came to nothing.
    """

    clock: Clock
    answered: Moment | None = None
    condition: PspCondition = PspCondition.NOT_ASKED
    since: Moment | None = None
    why: str | None = None
    failures: int = 0

    def saw(self, look: Look, *, took: timedelta) -> None:
        """Judge it by a look."""
        failed = [state for state in _states(look) if isinstance(state, ReadFailed)]
        good = sum(1 for state in _states(look) if not isinstance(state, ReadFailed))
        faults = [state for state in failed if state.kind.is_psps_fault]
        if good:
            self.answered = Moment.of(self.clock)
        if look.tripped is not None:
            self._is(_TRIPS[look.tripped.reason], breaker_words(look.tripped))
        elif good > len(faults):
            self._is(PspCondition.SLOW if took > _SLOW else PspCondition.ANSWERING, None)
        elif faults:
            refused = faults[0].kind is ReadFailureKind.UNAUTHORISED
            condition = PspCondition.REFUSES_KEY if refused else PspCondition.DOWN
            share = f" ({len(faults)} of {good + len(faults)} reads)" if good else ""
            self._is(condition, f"{read_failure_words(faults[0].kind)}{share}")

    @property
    def next_look_in(self) -> timedelta:
        """How long it is to be left alone because it fails; nothing or less: not at all."""
        if self.condition.is_well or self._failed is None:
            return timedelta(0)
        wait = min(_FIRST_WAIT * 2 ** (self.failures - 1), _LONGEST_WAIT)
        return timedelta(seconds=wait) - self._failed.age(self.clock)

    @property
    def age(self) -> timedelta | None:
        """How long ago it answered well; None where it never did."""
        return self.answered.age(self.clock) if self.answered else None

    _failed: Moment | None = None

    def _is(self, condition: PspCondition, why: str | None) -> None:
        if condition is not self.condition:
            self.since = Moment.of(self.clock)
        self.condition, self.why = condition, why
        self.failures = 0 if condition.is_well else self.failures + 1
        self._failed = None if condition.is_well else Moment.of(self.clock)


def _states(look: Look) -> Iterator[object]:
    return (row.state for row in look.rows if row.state is not None)
