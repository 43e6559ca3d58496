"""The event line: what just happened, here and elsewhere, and whose hands are on rows."""

from typing import Final

from textual import getters
from textual.content import Content
from textual.widget import Widget

from reconcile_tui.screens.batch.batch import Batch
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.header.fitting import Part, fitted, gap_between
from reconcile_tui.screens.live.happenings import acting_words
from reconcile_tui.screens.live.live import Change
from reconcile_tui.screens.live.sources import PspCondition

_PSP_STEPS: Final = {
    PspCondition.DOWN: "see whether the PSP is down. It is asked again by itself.",
    PspCondition.REFUSES_KEY: "check HYPERSWITCH_API_KEY; start anew with the right one.",
    PspCondition.BREAKER: "check that key, profile and mode are those of these rows.",
}


class EventLine(Widget):
    """One line: what to do about trouble, who acts now, the latest that happened. A click shows more."""

    DEFAULT_CSS = """
    EventLine {
        height: 1;
        width: 1fr;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    app = getters.app(Dashboard)

    def on_mount(self) -> None:
        self.app.changed.subscribe(self, self._on_change)
        self.app.batch_changed.subscribe(self, self._on_batch)

    async def on_click(self) -> None:
        """Show what happened before."""
        await self.run_action("screen.happenings")

    def render(self) -> Content:
        line = fitted(list(self._parts()), self.size.width)
        pieces: list[Content] = []
        for index, (part, words) in enumerate(line):
            if index:
                pieces.append(Content(gap_between(line[index - 1][0], part)))
            pieces.append(Content.styled(words, part.style))
        return Content("").join(pieces)

    def _parts(self) -> list[Part]:
        live = self.app.live
        parts: list[Part] = []
        if live.database.trouble is not None:
            parts.append(Part((f"Next: {live.database.trouble.next_step}",), 90, "bold"))
        elif (step := _PSP_STEPS.get(live.psp.condition)) is not None:
            parts.append(Part((f"Next: {step}",), 85, "bold"))
        if (batch := self.app.batches.writing) is not None:
            how_far = f"{len(batch.results):,} of {len(batch.to_apply):,}"
            stopping, key = ", stopping" if batch.stopping else "", self.app.key("batch", "b")
            parts.append(
                Part(
                    (f"batch: {how_far}{stopping} · {key} shows it", f"batch: {how_far} · {key}"),
                    95,
                    "bold $accent",
                )
            )
        if live.overview is not None and (words := acting_words(live.overview.acting)):
            parts.append(Part((f"» {words}",), 60, "bold $accent"))
        latest = live.happenings.latest
        if latest is not None:
            key = self.app.key("happenings", "E")
            older = f" ({len(live.happenings) - 1} more: {key})" if len(live.happenings) > 1 else ""
            said = f"{latest.at:%H:%M:%S} {latest.words}"
            parts.append(Part((f"{said}{older}", said), 50))
        return parts

    def _on_batch(self, batch: Batch) -> None:
        self.refresh()

    def _on_change(self, change: Change) -> None:
        if change not in (Change.OPENED, Change.LOOKS):
            self.refresh()
