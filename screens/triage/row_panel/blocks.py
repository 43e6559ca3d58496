"""The blocks of the panel's page: what is said, and in which tone, without a width or a colour."""

from dataclasses import dataclass
from enum import StrEnum

from reconcile_tui.core.sides import Fact


class Tone(StrEnum):
    """How a text is said. Each tone has a sign in its text as well, never a colour alone."""

    PLAIN = "plain"
    STRONG = "strong"
    DIM = "dim"
    DIFFERS = "differs"
    STALE = "stale"
    BAD = "bad"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Said:
    """A text in one tone; harmless already."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A text that is broken into lines. `hanging`: how far its further lines stand in."""

    said: tuple[Said, ...]
    hanging: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Both sides of the row. `psp`: what stands over the PSP's column, where it says how old it is."""

    facts: tuple[Fact, ...]
    psp: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A small table; every cell of it harmless already."""

    rows: tuple[tuple[Said, ...], ...]


Block = Paragraph | Sides | Columns


def paragraph(*said: Said | str, hanging: int = 0) -> Paragraph:
    """A paragraph of texts; a plain one may be given as it is."""
    return Paragraph(
        said=tuple(Said(each) if isinstance(each, str) else each for each in said), hanging=hanging
    )


BLANK = paragraph("")
