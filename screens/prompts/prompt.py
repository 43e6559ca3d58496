"""What every prompt is made of: fields that Enter leaves, a line that says why not, and a decision."""

from abc import abstractmethod
from typing import ClassVar, Generic, TypeVar

from textual import on
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from reconcile_tui.screens.help.modal import HELP

Answer = TypeVar("Answer")


class Decision(Static, can_focus=True):
    """Where `y` counts: outside of every field."""


class Prompt(ModalScreen[Answer | None], Generic[Answer]):
    """A question whose answer is dismissed; None: left as it was.

    Enter goes to the next field, and from the last one to the decision, where it does nothing.
    """

    CSS_PATH = "prompts.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]  # noqa: RUF012 textual's own
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "confirm", "Yes", id="confirm"),
        Binding("escape", "leave", "Leave", id="leave"),
        HELP,
    ]

    def __init__(self) -> None:
        super().__init__(classes="prompt")

    def on_mount(self) -> None:
        # What was told of the key before would lie over what `y` is about.
        self.app.clear_notifications()
        first = self.query(Input).first() if self.query(Input) else self.query_one(Decision)
        first.focus()

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    def action_confirm(self) -> None:
        """Answer, where every field may stand as it is."""
        answer = self.answer()
        if isinstance(answer, str):
            self.say(answer)
        else:
            self.dismiss(answer)

    @abstractmethod
    def answer(self) -> Answer | str:
        """What the fields say, or why they may not stand so."""

    def say(self, why_not: str) -> None:
        """Show why the answer may not stand so."""
        self.query_one("#why-not", Static).update(why_not)

    def text_of(self, field: str) -> str:
        """What stands in a field, without blanks around it."""
        return self.query_one(f"#{field}", Input).value.strip()

    @on(Input.Submitted)
    def _next_field(self) -> None:
        self.focus_next()

    @on(Input.Changed)
    def _nothing_said(self) -> None:
        self.say("")
