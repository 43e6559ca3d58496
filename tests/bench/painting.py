"""Painting: how long it is from a key to its paint, in an application that renders for a terminal."""

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, ClassVar, Final

from textual import events
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver

SIZE: Final = (140, 45)
KEYS: Final = ("j", "j", "j", "k", "space", "pagedown", "j", "j", "pageup", "G", "k", "k", "g", "j")
BETWEEN: Final = 0.03
"""Seconds between two keys: those of one that is held down."""
_PATIENCE: Final = 5.0


class PaintingDriver(HeadlessDriver):
    """Everything is rendered as for a terminal; what is written goes nowhere."""

    on_paint: ClassVar[Callable[[], None]] = staticmethod(lambda: None)

    @property
    def is_headless(self) -> bool:
        return False

    def flush(self) -> None:
        """A paint was written."""
        type(self).on_paint()


def watch_paints(app: App[Any], on_paint: Callable[[], None]) -> None:
    """Be told of each paint of an application that did not start yet; of one a process."""
    PaintingDriver.on_paint = staticmethod(on_paint)
    app.driver_class = PaintingDriver


class KeyTimes:
    """Seconds from each key to the paint of what it did.

    Args:
        state: what a key changes; a paint counts once that is another than before the key.
    """

    def __init__(self, app: App[Any], state: Callable[[], object]) -> None:
        self._app = app
        self._state = state
        self._painted = asyncio.Event()
        self._before: object = None
        self._waits = False
        self._at = 0.0

    def on_paint(self) -> None:
        """Something was painted."""
        if self._waits and self._state() != self._before:
            self._at = perf_counter()
            self._waits = False
            self._painted.set()

    async def press(self, keys: Sequence[str], times: int) -> list[float]:
        """Press these keys, again and again, so many times in all."""
        taken = []
        for number in range(times):
            key = keys[number % len(keys)]
            self._before, self._waits = self._state(), True
            self._painted.clear()
            began = perf_counter()
            self._app.post_message(events.Key(key, key if len(key) == 1 else None))
            try:
                await asyncio.wait_for(self._painted.wait(), _PATIENCE)
                taken.append(self._at - began)
            except TimeoutError:
                self._waits = False
            await asyncio.sleep(BETWEEN)
        return taken
