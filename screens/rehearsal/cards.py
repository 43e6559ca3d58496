"""The cards of a rehearsal: what was reported, and what came of it."""

from collections.abc import Sequence
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.screens.rehearsal.score import Score, score_lines

_LONGEST_LINE: Final = 400


class Card(ModalScreen[None]):
    """A text that a key, or a click, puts away; no key does anything else.

    Args:
        away: says which keys do.
        keys: which keys do; None: any.
    """

    CSS_PATH = "cards.tcss"

    def __init__(
        self, heading: str, lines: Sequence[str], *, away: str, keys: frozenset[str] | None = None
    ) -> None:
        super().__init__(classes="card")
        self._heading = heading
        self._lines = [harmless(line, limit=_LONGEST_LINE) for line in lines]
        self._away = away
        self._keys = keys

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="card", can_focus=False):
            yield Static(self._heading, classes="heading", markup=False)
            yield Static("\n".join(self._lines), markup=False)
            yield Static(self._away, classes="away", markup=False)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if self._keys is None or event.key in self._keys:
            self._put_away()

    def on_click(self) -> None:
        self._put_away()

    def _put_away(self) -> None:
        if self.is_current:
            self.dismiss(None)


class Briefing(Card):
    """What was reported, and the keys that matter.

    Args:
        keys: each key with what it does.
    """

    def __init__(self, reported: str, keys: Sequence[tuple[str, str]]) -> None:
        wide = max((len(key) for key, _ in keys), default=0)
        super().__init__(
            "A rehearsal",
            (
                f"You are on call. {reported}",
                "",
                "Find what is stuck, see why, and heal what a sync can heal.",
                "The incident goes on while you look. The shop is made up, and gone when you quit.",
                "",
                *(f"  {key:<{wide}}  {words}" for key, words in keys),
            ),
            away="Any key begins.",
        )


class ScoreCard(Card):
    """What came of it. It comes while somebody types: a key that was meant for the lists leaves it there."""

    def __init__(self, score: Score) -> None:
        super().__init__(
            "Healed",
            score_lines(score),
            away="Esc goes back to the lists; the incident goes on.",
            keys=frozenset({"escape"}),
        )
