"""Errands: short asynchronous work that a screen asks for and the application owns, so that it ends with it.

Leaving the screen ends none of them. An error in the database is told in words; anything else is a bug,
and ends the application.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Errands:
    """Tasks with an owner.

    Args:
        tell: told in words what did not work.
        crash: told of an error that nobody expected.
    """

    def __init__(self, *, tell: Callable[[str], None], crash: Callable[[Exception], None]) -> None:
        self._tell = tell
        self._crash = crash
        self._under_way: set[asyncio.Task[None]] = set()

    def run(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        """Begin some work. `what`: its name for people, as in "The pause"."""
        task = asyncio.create_task(self._guarded(what, work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def ended(self) -> None:
        """Wait until none is under way."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))

    async def _guarded(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        # Loaded with the desk: the first paint needs no database.
        from reconcile_tui.core.store.database import DATABASE_TROUBLE, trouble_words  # noqa: PLC0415

        try:
            await work
        except DATABASE_TROUBLE as error:
            self._tell(f"{what} did not work: {trouble_words(error)}. Look again before you repeat it.")
        except PermissionError as error:
            self._tell(f"{what} was refused: {error}.")
        except Exception as error:  # noqa: BLE001 a bug: the application says so, and ends
            self._crash(error)
