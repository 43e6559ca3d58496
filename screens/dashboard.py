"""The dashboard as the screens know it: the desk, what is live, and the application's own bindings.

`reconcile_tui.app` opens the desk and registers the screens. No screen is imported here, so that each of
them can name its application by this type.
"""

from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.signal import Signal

from reconcile_tui.core.clock import Clock, SystemClock
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.live.live import Change, Live


class Dashboard(App[int]):
    """What every screen may ask of its application.

    Attributes:
        desk: None until it is open.
        live: what is shown.
        changed: published whenever something of `live` changed.
    """

    TITLE = "reconcile-tui"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "quit", "Quit")]

    def __init__(self, *, clock: Clock | None = None) -> None:
        super().__init__()
        self.animation_level = "none"
        self.clock = clock or SystemClock()
        self.desk: Desk | None = None
        self.changed: Signal[Change] = Signal(self, "changed")
        self.live = Live(clock=self.clock, on_change=self.changed.publish)
