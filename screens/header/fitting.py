"""Fitting: the parts of a line, each in the longest form for which there is room."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from rich.cells import cell_len

GAP: Final = " · "
_LEFT_OUT: Final = 40


@dataclass(frozen=True, slots=True)
class Part:
    """Something to say.

    Attributes:
        forms: the same in ever fewer words; an empty one leaves it out. The words are harmless.
        weight: what weighs less is shortened first.
        style: Textual style; says nothing that the words do not say.
        stands_apart: without a gap's sign before and after it.
    """

    forms: tuple[str, ...]
    weight: int
    style: str = ""
    stands_apart: bool = False


def fitted(parts: Sequence[Part], width: int) -> list[tuple[Part, str]]:
    """The parts with the form that each takes, so that all stand on a line of that many cells.

    Where even the shortest forms are too long, the line is longer than `width`.
    """
    chosen = [0] * len(parts)

    def line() -> list[tuple[Part, str]]:
        said = ((part, part.forms[form]) for part, form in zip(parts, chosen, strict=True))
        return [(part, words) for part, words in said if words]

    while length(line()) > width:
        longer = [index for index, form in enumerate(chosen) if form + 1 < len(parts[index].forms)]
        if not longer:
            break
        chosen[min(longer, key=lambda index: (_cost(parts[index], chosen[index] + 1), -index))] += 1
    return line()


def _cost(part: Part, form: int) -> int:
    """How much is lost by that form; to leave something out costs more than to say it in fewer words."""
    return part.weight if part.forms[form] else part.weight + _LEFT_OUT


def length(line: Sequence[tuple[Part, str]]) -> int:
    """How many cells a line takes."""
    gaps = sum(cell_len(gap_between(one, other)) for (one, _), (other, _) in pairwise(line))
    return gaps + sum(cell_len(words) for _, words in line)


def gap_between(one: Part, other: Part) -> str:
    """What stands between two parts."""
    return " " if one.stands_apart or other.stands_apart else GAP
