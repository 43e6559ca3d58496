"""Lines of a sheet: text with a tone, told for the width it is painted in. No terminal in here."""

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


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
    """One line. `tell`: its text; asked only when it is painted."""

    tell: Callable[[], str]
    tone: Tone = Tone.PLAIN


def line(text: str, tone: Tone = Tone.PLAIN) -> Line:
    """A line of this text."""
    return Line(lambda: text, tone)


def wrapped(text: str, width: int, tone: Tone = Tone.PLAIN, *, indent: int = 0) -> Iterator[Line]:
    """Text in as many lines as it needs, each but the first further in."""
    before, after = " " * indent, " " * (indent + 2)
    for piece in textwrap.wrap(text, max(width, 20), initial_indent=before, subsequent_indent=after):
        yield line(piece, tone)
