"""The brake: pause every process, or one connector; and lift what is in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.suggester import SuggestFromList
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.store.controls import Pause
from reconcile_tui.screens.field import Field
from reconcile_tui.screens.prompts.lasting import lasting
from reconcile_tui.screens.prompts.prompt import Decision, Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseOrder:
    """Stop. `connector` None: everything. `lasts` None: until somebody resumes."""

    reason: str
    lasts: timedelta | None
    connector: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """Go on. `pause`: as it was seen; another in its place stays in force."""

    pause: Pause
    reason: str | None


class PausePrompt(Prompt[PauseOrder | Lift]):
    """Asks what to stop, why, and for how long.

    Args:
        pauses: those in force.
        connectors: the names that are known, for completion.
        where: the context by name.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "lift", "Lift the pause", id="lift"),
    ]

    def __init__(self, pauses: Sequence[Pause], *, connectors: Sequence[str], where: str) -> None:
        super().__init__()
        self._pauses = pauses
        self._connectors = connectors
        self._where = where

    def compose(self) -> ComposeResult:
        where = harmless(self._where, limit=60)
        with VerticalScroll(id="prompt", can_focus=False):
            yield Static(f"Pause in {where}", classes="heading", markup=False)
            yield Static(
                "Stops every dispatch of every process on this database: daemon, command line, dashboards. "
                "What was begun ends.",
                markup=False,
            )
            if self._pauses:
                yield Static("\nIn force (outside of a field, u lifts the one with the light):", markup=False)
                yield OptionList(*(Option(_line(pause)) for pause in self._pauses), markup=False)
            yield Static("\nReason (everybody sees it)", markup=False)
            yield Field(id="reason", placeholder="such as: adyen answers wrong amounts")
            yield Static("For how long (1h, 2d; empty: until somebody resumes)", markup=False)
            yield Field("1h", id="lasts")
            yield Static("Only this connector (empty: everything)", markup=False)
            yield Field(id="connector", suggester=SuggestFromList(self._connectors, case_sensitive=False))
            yield Static("", id="why-not", markup=False)
            yield Decision(f"y: pause {where} · escape: leave it", id="decision", markup=False)

    def answer(self) -> PauseOrder | Lift | str:
        reason, lasts = self.text_of("reason"), lasting(self.text_of("lasts"))
        if not reason:
            return "A reason is needed: everybody who finds the brake on reads it."
        if isinstance(lasts, str):
            return lasts
        return PauseOrder(reason=reason, lasts=lasts, connector=self.text_of("connector") or None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a pause in force can be lifted."""
        return action != "lift" or bool(self._pauses)

    def action_lift(self) -> None:
        """Lift the pause under the light."""
        index = self.query_one(OptionList).highlighted or 0
        self.dismiss(Lift(pause=self._pauses[index], reason=self.text_of("reason") or None))


def _line(pause: Pause) -> str:
    what = f"connector {harmless(pause.connector, limit=40)}" if pause.connector else "everything"
    return f"{what}: {harmless(pause.words, limit=100)}, {_until(pause.until)}"


def _until(until: datetime | None) -> str:
    return "until somebody resumes" if until is None else f"until {until:%Y-%m-%d %H:%M} UTC"
