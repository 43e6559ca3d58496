"""The story beside the rows: what takes precedence in the first line, by the sources and the health."""

from typing import Final

from reconcile_tui.core.headline import Story
from reconcile_tui.core.health import ConcernKind
from reconcile_tui.core.health_wording import concern_words
from reconcile_tui.screens.live.live import Live

_FIRST: Final = {
    ConcernKind.BREAKER: "BREAKER OPEN",
    ConcernKind.SHUT: "SHOP TAKES NOTHING",
    ConcernKind.PAUSED: "PAUSED",
}
"""What comes before any row, with the word for it where the line is short."""
_BESIDE: Final = frozenset(
    (
        *(ConcernKind.NO_DAEMON, ConcernKind.SILENT, ConcernKind.NO_TURN, ConcernKind.STOPPING),
        *(ConcernKind.OVERDUE, ConcernKind.ENDLESS, ConcernKind.TICK_FAILED, ConcernKind.TICK_DIED),
        *(ConcernKind.CONNECTOR_PAUSED, ConcernKind.OBSERVING, ConcernKind.UNREADABLE),
    )
)


def story_of(live: Live) -> Story | None:
    """What matters more than any row; None where all is well but the rows."""
    if live.trouble is not None:
        return Story(words=f"{live.trouble.rstrip('.')}.", is_all=True)
    if live.overview is None:
        return None
    if not live.psp.condition.is_well:
        words = _psp_words(live.psp.why or "nobody knows why")
        return Story(words=words, brief=f"PSP {live.psp.condition.value.upper()}", comes_first=True)
    health = live.overview.health
    for kinds in (_FIRST, _BESIDE):
        for concern in health.concerns:
            if concern.kind in kinds:
                words = concern_words(concern, now=health.situation.at)
                return Story(words=words, brief=_FIRST.get(concern.kind, ""), comes_first=kinds is _FIRST)
    return None


def _psp_words(why: str) -> str:
    """What is wrong with the PSP, as a sentence."""
    return f"The PSP{why[7:]}." if why.startswith("the PSP") else f"The PSP cannot be relied on: {why}."
