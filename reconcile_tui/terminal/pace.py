"""The pace of the process: how often it may paint, and when it collects garbage. No key waits for either."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

_FRAMES: Final = "120"
"""A second. Textual leaves out the frame after one that came late: at its own 60 a key waits up to 33 ms."""
_LOOKS_EVERY: Final = 1.0
_RESTS_AFTER: Final = 2.0
"""Seconds without a key or the mouse after which nobody waits for a paint."""
_SOONEST, _LATEST = 10.0, 60.0
"""Seconds between two collections, at least and at most."""
_THRESHOLDS: Final = (2_000, 20, 1_000_000_000)
"""Of the generations. A painted line holds itself in its own caches, and lives until the next paint: it is
young garbage as long as the young generations are not emptied several times a paint."""


def paint_often() -> None:
    """Let Textual paint more often than it does by itself. To be called before it is loaded.

    `TEXTUAL_FPS`, where somebody set it, stays as it is.
    """
    os.environ.setdefault("TEXTUAL_FPS", _FRAMES)


@asynccontextmanager
async def collecting_in_quiet(touched_at: Callable[[], float]) -> AsyncIterator[None]:
    """Collect the oldest garbage while nobody touches anything, instead of in the middle of a paint: the
    collector stops everything, 30 ms for some ten thousand rows that changed.

    Args:
        touched_at: when the last key was pressed or the mouse moved, in seconds of `time.monotonic`.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_THRESHOLDS)
    collecting = asyncio.create_task(_collect(touched_at), name="collect garbage")
    try:
        yield
    finally:
        collecting.cancel()
        gc.set_threshold(*before)


async def _collect(touched_at: Callable[[], float]) -> None:
    last = monotonic()
    while True:
        await asyncio.sleep(_LOOKS_EVERY)
        now = monotonic()
        if is_time_to_collect(since_touched=now - touched_at(), since_last=now - last):
            gc.collect()
            last = monotonic()


def is_time_to_collect(*, since_touched: float, since_last: float) -> bool:
    """Whether garbage is to be collected now. Both in seconds."""
    return since_last >= _LATEST or (since_last >= _SOONEST and since_touched >= _RESTS_AFTER)
