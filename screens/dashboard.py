"""The dashboard as the screens know it: the desk, what is live, and the application's own bindings.

`reconcile_tui.app` opens the desk and registers the screens. No screen is imported here, so that each of
them can name its application by this type.
"""

import asyncio
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.events import Event, InputEvent
from textual.screen import Screen
from textual.signal import Signal

from reconcile_tui.core.clock import Clock, SystemClock
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.screens.batch.batch import Batch, Undertaking
from reconcile_tui.screens.batch.batches import Batches
from reconcile_tui.screens.choices import Choices, ForgottenChoices
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.errands import Errands
from reconcile_tui.screens.help.keys import key_groups
from reconcile_tui.screens.help.palette import ActionsProvider
from reconcile_tui.screens.keymap import checked_keymap
from reconcile_tui.screens.live.live import Change, Live
from reconcile_tui.screens.themes import DARK, THEMES


class Dashboard(App[int]):
    """What every screen may ask of its application.

    Attributes:
        desk: None until it is open.
        live: what is shown.
        errands: short work that outlives the screen that asked for it.
        changed: published whenever something of `live` changed.
        choices: what is remembered of how the screens look.
        log_path: where the log is written; None: nowhere.
        batches: what is planned and applied; leaving a screen ends none of it.
        batch_changed: published soon after something of a batch changed.
        touched_at: when a key was pressed or the mouse moved, in seconds of `time.monotonic`.
    """

    TITLE = "reconcile-tui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "Help", id="help", tooltip="These keys", key_display="?"),
        Binding("q", "quit", "Quit", id="quit", tooltip="Quit; asks while a batch runs"),
        Binding("t", "change_theme", "Theme", id="theme", tooltip="Choose the colours", show=False),
        Binding(
            "P", "save_screen", "Save screen", tooltip="Save this screen as SVG", id="save_screen", show=False
        ),
    ]
    COMMANDS: ClassVar = {ActionsProvider}

    def __init__(self, *, clock: Clock | None = None, choices: Choices | None = None) -> None:
        super().__init__()
        self.choices = choices or ForgottenChoices()
        self.animation_level = "none"
        for theme in THEMES:
            self.register_theme(theme)
        chosen = self.choices.chosen.theme
        self._give_theme(chosen if chosen is not None and chosen in self.available_themes else DARK.name)
        self.log_path: str | None = None
        self.touched_at = monotonic()
        self._moved: Mapping[str, str] = {}
        self._movable: frozenset[str] = frozenset()
        self.clock = clock or SystemClock()
        self.desk: Desk | None = None
        self.changed: Signal[Change] = Signal(self, "changed")
        self.live = Live(clock=self.clock, on_change=self.changed.publish)
        self.errands = Errands(tell=self.warn, crash=self.crash)
        self.batch_changed: Signal[Batch] = Signal(self, "batch_changed")
        self.batches = Batches(
            clock=self.clock,
            on_change=self._on_batch,
            on_planned=self._on_planned,
            around=self.live.hold_looks,
        )

    async def on_event(self, event: Event) -> None:
        if isinstance(event, InputEvent):
            self.touched_at = monotonic()
        await super().on_event(event)

    def settle_in(self, desk: Desk) -> None:
        """The desk is open: what its settings say of the screens holds from now on."""
        self.desk = desk
        if desk.place.theme is not None and desk.place.theme in self.available_themes:
            self._give_theme(desk.place.theme)
        elif desk.place.theme is not None:
            self.notify(f"There is no theme {harmless(desk.place.theme, limit=40)}.", markup=False)
        movable = self._named_bindings()
        keymap = checked_keymap(desk.place.keymap, movable)
        self._movable = frozenset(binding.id for binding in movable if binding.id is not None)
        self.set_keymap(dict(keymap.keys))
        self._moved = keymap.keys
        for problem in keymap.problems:
            self.notify(f"Keymap: {problem}.", severity="warning", markup=False, timeout=10)
        self.refresh_bindings()

    def key(self, name: str, usual: str) -> str:
        """What a text calls the key of an action of the lists.

        Args:
            usual: where no keymap moves it.
        """
        moved = self._moved.get(name)
        if moved is None:
            return usual
        return self.get_key_display(next(iter(Binding.make_bindings([Binding(moved, name)]))))

    def _give_theme(self, theme: str) -> None:
        """Show in a theme that nobody chose just now."""
        self._gives_theme = True
        self.theme = theme
        self._gives_theme = False

    def watch_theme(self, theme: str) -> None:
        """A theme that somebody chose stays; one that the settings give is no choice."""
        if not self._gives_theme:
            self.errands.run("Remembering this", self._keep_theme(theme))

    async def _keep_theme(self, theme: str) -> None:
        if (said := await self.choices.keep(replace(self.choices.chosen, theme=theme))) is not None:
            self.warn(said)

    def say(self, words: str) -> None:
        """Tell what was done. The words may hold foreign text: they are made harmless here."""
        self.notify(harmless(words, limit=500), markup=False)

    def warn(self, words: str) -> None:
        """Tell what did not work."""
        self.notify(harmless(words, limit=500), severity="warning", markup=False, timeout=10)

    def crash(self, error: Exception) -> None:
        """End the application for an error that nobody expected."""
        self._handle_exception(error)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """None: the palette has the bindings' actions, and nothing else."""
        return ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is a next field only where there are two."""
        if action in ("focus_next", "focus_previous"):
            return len(self.screen.focus_chain) > 1
        return super().check_action(action, parameters)

    def action_help(self) -> None:
        """Show the keys of this screen."""
        from reconcile_tui.screens.help.screen import HelpScreen  # noqa: PLC0415 not for the first paint

        groups = key_groups(self.screen.active_bindings.values(), display=self.get_key_display)
        self.push_screen(HelpScreen(groups, movable=self._movable, log_path=self.log_path))

    def action_save_screen(self) -> None:
        """Write what is seen into a new file of the current folder."""
        picture = self.export_screenshot()
        self.errands.run("Saving the screen", self._save(picture))

    async def _save(self, picture: str) -> None:
        path = Path.cwd() / f"reconcile-tui-{self.clock.now():%Y%m%dT%H%M%SZ}.svg"
        try:
            await asyncio.to_thread(_write_new, path, picture)
        except OSError as error:
            self.warn(f"The screen was not saved: {path}: {error.strerror}.")
        else:
            self.say(f"Saved as {path}.")

    def undertake(self, undertaking: Undertaking) -> None:
        """Plan these rows, ask, and show what becomes of them."""
        from reconcile_tui.screens.confirm.screen import ConfirmScreen  # noqa: PLC0415 not for the first paint

        if self.desk is None or any(isinstance(screen, ConfirmScreen) for screen in self.screen_stack):
            return
        if not (self.desk.place.may_write or undertaking.is_dry_run):
            self.warn("A viewer may look, and apply nothing: d shows what a sync would do.")
            return
        batch = self.batches.begin(undertaking, self.desk.work)

        def answered(begun: Batch | None) -> None:
            if begun is not None:
                self.show_batch(begun)

        self.push_screen(ConfirmScreen(batch, self.desk), answered)

    def show_batch(self, batch: Batch) -> None:
        """Show a batch that was confirmed, and go on with what somebody wants next."""
        from reconcile_tui.screens.progress.screen import BatchScreen  # noqa: PLC0415 not for the first paint

        def answered(further: Undertaking | None) -> None:
            if further is not None:
                self.undertake(further)

        if self.desk is not None:
            self.push_screen(BatchScreen(batch, self.desk.place), answered)

    async def action_quit(self) -> None:
        """End the program; in the middle of a batch, ask."""
        from reconcile_tui.screens.quit.screen import QuitScreen  # noqa: PLC0415 not for the first paint

        if isinstance(self.screen, QuitScreen):
            return
        if self.batches.writing is not None:
            self.push_screen(QuitScreen())
        elif self.batches.at_work:
            self.push_screen(QuitScreen(leaving=True))
            self.leave_when_ended()
        else:
            self.exit(0)

    def leave_when_ended(self) -> None:
        """Begin nothing new, and end the program when nothing is in flight any more."""
        self.batches.stop()
        self._leave()

    @work
    async def _leave(self) -> None:
        await self.batches.ended()
        self.exit(0)

    def _named_bindings(self) -> list[Binding]:
        """The bindings that a keymap may move, whether or not there is anything for them to do now."""
        return [
            binding
            for node in (self.focused or self.screen).ancestors_with_self
            for owner in type(node).__mro__
            for binding in Binding.make_bindings(vars(owner).get("BINDINGS", ()))
        ]

    def _on_batch(self, batch: Batch) -> None:
        if batch.is_over:
            self.live.refresh_now()
            self._tell_of_the_end(batch)
        self.batch_changed.publish(batch)

    def _on_planned(self, batch: Batch) -> None:
        """What was read for a plan is the latest that is known of its rows."""
        if batch.planning is not None and batch.planned_at is not None:
            self.live.learn(batch.rows, at=batch.planned_at, tripped=batch.planning.tripped)

    def _tell_of_the_end(self, batch: Batch) -> None:
        if batch is not self.batches.latest:
            return
        closed = sum(
            row.result is not None and row.result.outcome.closes and row.result.attention is None
            for row in batch.ended_rows
        )
        left = len(batch.to_apply) - closed
        key = self.key("batch", "b")
        self.live.tell(f"The batch is over: {closed} fixed or healed, {left} left · {key} shows the receipt")


def _write_new(path: Path, text: str) -> None:
    """Write a file that only its owner may read.

    Raises:
        FileExistsError: it is there already, and stays as it is.
    """
    with open(path, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
