"""Breath: long computations on the event loop, in slices short enough that a key never waits for them."""

import asyncio
from time import perf_counter
from typing import Final

SLICE: Final = 0.002
"""Seconds of work at a stretch."""
_REST: Final = 0.001
"""Seconds of rest. A key goes through a dozen turns of the loop until it is painted: a turn of rest alone
(`sleep(0)`) would put a slice of work between any two of them."""


class Breath:
    """Says when it is time to let others work. `slice_length`: seconds; 0 at every step."""

    __slots__ = ("_slice_length", "_until")

    def __init__(self, slice_length: float = SLICE) -> None:
        self._slice_length = slice_length
        self._until = perf_counter() + slice_length

    @property
    def is_due(self) -> bool:
        return perf_counter() >= self._until

    async def taken(self) -> None:
        """Others work for a while."""
        await asyncio.sleep(_REST if self._slice_length else 0)
        self._until = perf_counter() + self._slice_length
