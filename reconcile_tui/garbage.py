"""Garbage: how often a process that works through a backlog collects it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_THRESHOLDS: Final = (10_000, 10, 10)
"""Of the generations. The first is a group of rows with all that is made of them, which then goes at once."""


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Collect what is made from now on, and seldom: what is loaded by now stays for good, and going through
    it again and again took a fifth of the processor's time."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
