"""Lines of a sheet: text with a tone, told for the width it is painted in. No terminal in here."""

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

from rich.cells import cell_len, chop_cells

_ROOM_TO_INDENT: Final = 30
"""Cells of a line."""


class Tone(StrEnum):
    """How a line is to be felt. The text says it too: nothing is told by colour alone."""

    PLAIN = "plain"
    HEADING = "heading"
    DANGER = "danger"
    WARNING = "warning"
    GOOD = "good"
    DIM = "dim"


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        tell: its text; asked only when it is painted.
        decisive: it must have been painted, whole, before anything is agreed to.
    """

    tell: Callable[[], str]
    tone: Tone = Tone.PLAIN
    decisive: bool = False


def line(text: str, tone: Tone = Tone.PLAIN) -> Line:
    """A line of this text."""
    return Line(lambda: text, tone)


def decisive(text: str, width: int, tone: Tone = Tone.PLAIN, *, indent: int = 0) -> Iterator[Line]:
    """Text in as many lines as it takes to show all of it, however few cells a line has; each but the first
    further in, where there is room."""
    before, after = (" " * (each if width >= _ROOM_TO_INDENT else 0) for each in (indent, indent + 2))
    margin = before
    for piece in _pieces(text, width - len(before), width - len(after)):
        yield Line(partial(str, margin + piece), tone, decisive=True)
        margin = after


def _pieces(text: str, first: int, others: int) -> Iterator[str]:
    """Text broken at its spaces, and inside of what is longer than a line.

    Args:
        first: the cells of the first line.
        others: those of every other one.
    """
    room, held = max(first, 2), ""
    for word in text.split(" "):
        longer = f"{held} {word}" if held else word
        if cell_len(longer) <= room:
            held = longer
            continue
        if held:
            yield held
            room = max(others, 2)
        *full, held = chop_cells(word, min(room, max(others, 2))) or [""]
        yield from full
    if held:
        yield held


def wrapped(text: str, width: int, tone: Tone = Tone.PLAIN, *, indent: int = 0) -> Iterator[Line]:
    """Text in as many lines as it needs, each but the first further in."""
    before, after = " " * indent, " " * (indent + 2)
    for piece in textwrap.wrap(text, max(width, 20), initial_indent=before, subsequent_indent=after):
        yield line(piece, tone)
