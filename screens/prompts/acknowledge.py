"""Acknowledging an attention row: a person saw it, and the list is quiet about it for a while."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.reason_wording import item_words
from reconcile_tui.core.store.attention import AttentionItem
from reconcile_tui.core.wording import next_step
from reconcile_tui.screens.field import Field
from reconcile_tui.screens.prompts.lasting import lasting
from reconcile_tui.screens.prompts.prompt import Decision, Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """What was answered. `lasts` None: until its facts change."""

    reason: str
    lasts: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """The acknowledgement that is there is to go."""


class AcknowledgePrompt(Prompt[Acknowledgement | TakenBack]):
    """Asks for a reason, and for how long.

    Args:
        item: as it was seen; what is written holds to it.
        where: the context by name.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "take_back", "Take it back", id="take_back"),
    ]

    def __init__(self, item: AttentionItem, *, where: str) -> None:
        super().__init__()
        self._item = item
        self._where = where

    def compose(self) -> ComposeResult:
        item, words = self._item, item_words(self._item.reason, self._item.facts)
        with VerticalScroll(id="prompt", can_focus=False):
            yield Static(f"Acknowledge {harmless(str(item.ref), limit=80)}", classes="heading", markup=False)
            yield Static(f"{words[:1].upper()}{words[1:]}. {next_step(item.reason)}", markup=False)
            if item.is_acknowledged:
                by, why = harmless(item.acknowledged_by or ""), harmless(item.acknowledged_reason or "")
                yield Static(f"Acknowledged by {by}: {why} · u takes it back", markup=False)
            yield Static("\nReason (kept in the journal)", markup=False)
            yield Field(id="reason", placeholder="such as: asked adyen, they correct it tomorrow")
            yield Static("For how long (4h, 2d; empty: until its facts change)", markup=False)
            yield Field(id="lasts")
            yield Static("", id="why-not", markup=False)
            yield Decision(
                f"y: acknowledge in {harmless(self._where, limit=60)} · escape: leave it",
                id="decision",
                markup=False,
            )

    def answer(self) -> Acknowledgement | TakenBack | str:
        reason, lasts = self.text_of("reason"), lasting(self.text_of("lasts"))
        if not reason:
            return "A reason is needed: whoever comes after you reads it."
        return lasts if isinstance(lasts, str) else Acknowledgement(reason=reason, lasts=lasts)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only an acknowledgement that is there can be taken back."""
        return action != "take_back" or self._item.is_acknowledged

    def action_take_back(self) -> None:
        """Make the item loud again."""
        self.dismiss(TakenBack())
