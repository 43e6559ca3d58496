"""What went wrong with a daemon's tick, as a value that any version can read.

Daemons keep it in the tables for others to judge by its kind. The words for it are made where they are read
(`health_wording`): no process compares the sentences of another one.
"""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.psp.breaker import Tripped, TripReason
from reconcile_tui.core.shop_answers import Shut, ShutReason


class TroubleKind(StrEnum):
    """What kind of thing it was."""

    DATABASE = "database"
    """The database could not be used."""
    DEFECT = "defect"
    """A defect of the program, or something nobody foresaw."""
    BREAKER = "breaker"
    SHUT = "shut"
    """The shop's own handler takes no events."""
    PSP_BLOCKED = "psp_blocked"
    OTHER = "other"
    """Something that another version says, and this one does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickTrouble:
    """Why a tick failed, or was cut short.

    Attributes:
        phase: where it was; a word, for another version may have other phases.
        reason: a `TripReason` or `ShutReason`; a word, as above.
        count: how many reads or answers were of this kind; `reads`: of how many.
        status: the HTTP status that the shop answered with.
        until: how long the PSP or the shop asked to be left alone (ISO 8601, UTC).
        detail: what whoever met it said about it, to be shown and never compared; may hold foreign text.
    """

    kind: TroubleKind
    phase: str | None = None
    reason: str | None = None
    count: int | None = None
    reads: int | None = None
    status: int | None = None
    until: str | None = None
    detail: str | None = None

    @classmethod
    def of_breaker(cls, phase: PhaseName, tripped: Tripped) -> Self:
        """The breaker ended a phase."""
        return cls(
            kind=TroubleKind.BREAKER,
            phase=phase.value,
            reason=tripped.reason.value,
            count=tripped.count,
            reads=tripped.reads,
        )

    @classmethod
    def of_shop(cls, phase: PhaseName, shut: Shut) -> Self:
        """The shop took no more events of a phase."""
        return cls(
            kind=TroubleKind.SHUT,
            phase=phase.value,
            reason=shut.reason.value,
            count=shut.count,
            status=shut.status,
            until=shut.until.isoformat() if shut.until is not None else None,
        )

    def encoded(self) -> str:
        """As the tables keep it."""
        return json.dumps({key: value for key, value in asdict(self).items() if value is not None})

    @classmethod
    def decoded(cls, text: str) -> Self:
        """What the tables keep; a sentence of an earlier version, or what a later one says, is understood as
        far as it can be."""
        try:
            read = json.loads(text)
        except ValueError:
            return cls._of_sentence(text)
        if not isinstance(read, dict) or not isinstance(read.get("kind"), str):
            return cls._of_sentence(text)
        kind = read["kind"]
        known = kind in list(TroubleKind)
        return cls(
            kind=TroubleKind(kind) if known else TroubleKind.OTHER,
            phase=_word(read.get("phase")),
            reason=_word(read.get("reason")),
            count=_number(read.get("count")),
            reads=_number(read.get("reads")),
            status=_number(read.get("status")),
            until=_moment(read.get("until")),
            detail=_word(read.get("detail")) or (None if known else kind.replace("_", " ")),
        )

    @classmethod
    def _of_sentence(cls, text: str) -> Self:
        """What a version up to 0.1 wrote. Its sentences stand here as they were, whatever is said today."""
        found = _SENTENCE.match(text)
        reason = _EARLIER.get(found["words"]) if found else None
        if found is None or reason is None:
            return cls(kind=TroubleKind.OTHER, detail=text)
        kind = TroubleKind.BREAKER if isinstance(reason, TripReason) else TroubleKind.SHUT
        return cls(kind=kind, phase=found["phase"], reason=reason.value, detail=text)


def _word(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _moment(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        return value if datetime.fromisoformat(value).utcoffset() is not None else None
    except ValueError:
        return None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


_SENTENCE: Final = re.compile(r"(?P<phase>orders|refunds|orphans): (?P<words>.+?) \([^()]*\)$")
_EARLIER: Final[dict[str, TripReason | ShutReason]] = {
    "the PSP refuses the key": TripReason.UNAUTHORISED,
    "the PSP fails too often": TripReason.PSP_DOWN,
    "the PSP does not know the rows, as with a wrong key, mode or account": TripReason.NOT_FOUND_SHARE,
    "the shop refuses the signature, as with a wrong secret": ShutReason.UNAUTHORISED,
    "the shop knows no such address": ShutReason.NOT_FOUND,
    "the shop does not answer": ShutReason.SILENT,
}
