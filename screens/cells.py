"""Cells: text in so many of a terminal's columns."""

from rich.cells import cell_len, set_cell_size

from reconcile_tui.core.foreign_text import MARK


def cut(text: str, width: int) -> str:
    """Text in at most so many cells; where more is there than can be seen, a mark says so."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + MARK if width > 0 else ""


def sized(text: str, width: int, *, to_the_right: bool = False) -> str:
    """Text in exactly so many cells."""
    seen = cut(text, width)
    room = " " * (width - cell_len(seen))
    return room + seen if to_the_right else seen + room
