"""Cut short: a tick that came to its end without having done its work, and whether that passes by itself.

Nothing that such a tick read counts against its rows, and those it left are due at once.
"""

from dataclasses import dataclass

from reconcile_tui.core.psp.breaker import TripReason
from reconcile_tui.core.reconciler import TickReport
from reconcile_tui.core.sweep import SliceReport
from reconcile_tui.core.tellings import WarningKind
from reconcile_tui.core.wording import breaker_words, shut_words


@dataclass(frozen=True, slots=True, kw_only=True)
class CutShort:
    """Why a tick did not do its work, in words.

    Attributes:
        passes: it may be over before long, so another try soon is worth it: somebody is down, or asked to
            be left alone. Where a key, a secret or an address is refused, a person has to act.
    """

    why: str
    passes: bool


def cut_short(report: TickReport) -> CutShort | None:
    """What cut a tick short, the first thing; None where nothing did."""
    return next((found for piece in report.slices if (found := _of(piece)) is not None), None)


def _of(piece: SliceReport) -> CutShort | None:
    if piece.tripped is not None and piece.skipped is None:
        why = f"{piece.phase}: {breaker_words(piece.tripped)}"
        return CutShort(why=why, passes=piece.tripped.reason is TripReason.PSP_DOWN)
    if piece.shut is not None:
        why = f"{piece.phase}: {shut_words(piece.shut)}"
        return CutShort(why=why, passes=piece.shut.reason.passes)
    if piece.skipped is WarningKind.PSP_BLOCKED:
        return CutShort(why=f"{piece.phase}: the PSP asked to be left alone", passes=True)
    return None
