"""Progress: a bar on stderr for what takes longer than a second, on a terminal alone."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from reconcile_tui.core.tellings import PhaseStarted, RowRead, Telling

_AFTER_SECONDS = 1.0


class ProgressBar:
    """A listener that shows how far the reads are.

    Args:
        drawn: False where something else is written there meanwhile. Where stderr is no terminal, nothing is
            drawn anyway.
    """

    def __init__(self, console: Console, *, drawn: bool = True) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not (drawn and console.is_terminal),
        )
        self._task = self._progress.add_task("", total=None)

    @contextmanager
    def shown(self, what: str, *, rows: int | None = None) -> Iterator[None]:
        """Show it while the block runs, from the second second on."""
        self._progress.reset(self._task, description=what, total=rows)
        later = asyncio.get_running_loop().call_later(_AFTER_SECONDS, self._progress.start)
        try:
            yield
        finally:
            later.cancel()
            self._progress.stop()

    def __call__(self, telling: Telling) -> None:
        match telling:
            case PhaseStarted(phase=phase, rows=rows):
                self._progress.reset(self._task, description=f"Reading {phase}", total=rows)
            case RowRead():
                self._progress.advance(self._task)
            case _:
                pass
