"""Cut short: a tick that came to its end without having done its work, and whether that passes by itself.

Nothing that such a tick read counts against its rows, and those it left are due at once.
"""

from dataclasses import dataclass

from reconcile_tui.core.psp.breaker import TripReason
from reconcile_tui.core.reconciler import TickReport
from reconcile_tui.core.sweep import SliceReport
from reconcile_tui.core.tellings import WarningKind
from reconcile_tui.core.tick_trouble import TickTrouble, TroubleKind


@dataclass(frozen=True, slots=True, kw_only=True)
class CutShort:
    """Why a tick did not do its work.

    Attributes:
        passes: it may be over before long, so another try soon is worth it: somebody is down, or asked to
            be left alone. Where a key, a secret or an address is refused, a person has to act.
    """

    trouble: TickTrouble
    passes: bool


def cut_short(report: TickReport) -> CutShort | None:
    """What cut a tick short, the first thing; None where nothing did."""
    return next((found for piece in report.slices if (found := _of(piece)) is not None), None)


def _of(piece: SliceReport) -> CutShort | None:
    if piece.tripped is not None and piece.skipped is None:
        trouble = TickTrouble.of_breaker(piece.phase, piece.tripped)
        return CutShort(trouble=trouble, passes=piece.tripped.reason is TripReason.PSP_DOWN)
    if piece.shut is not None:
        trouble = TickTrouble.of_shop(piece.phase, piece.shut)
        return CutShort(trouble=trouble, passes=piece.shut.reason.passes)
    if piece.skipped is WarningKind.PSP_BLOCKED:
        until = piece.skipped_until.isoformat() if piece.skipped_until is not None else None
        trouble = TickTrouble(kind=TroubleKind.PSP_BLOCKED, phase=piece.phase.value, until=until)
        return CutShort(trouble=trouble, passes=True)
    return None
