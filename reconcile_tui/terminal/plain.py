"""Plain signs: what is written where the terminal's encoding has no line, arrow or bar.

Each stands in as many cells as the character that it replaces, so that nothing on the screen moves.
"""

# ruff: noqa: RUF001 signs that look alike are what this is about

import codecs
from typing import Final

from rich.cells import cell_len

_PLAIN: Final = {
    **dict.fromkeys("─━═╌┄▔▁⎯", "-"),
    **dict.fromkeys("│┃║╎┆▏▕▎▍▌▐", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╠╣╦╩╬┏┓┗┛", "+"),
    **dict.fromkeys("█▇▆▅▄▃▂▀▊▋▉▓", "#"),
    **dict.fromkeys("░▒", ":"),
    **dict.fromkeys("→▶►▸❯", ">"),
    **dict.fromkeys("←◀◄◂", "<"),
    **dict.fromkeys("↑▲▴⏶", "^"),
    **dict.fromkeys("↓▼▾⏷", "v"),
    **dict.fromkeys("●◆■•✓✔", "*"),
    **dict.fromkeys("○◇□·", "."),
    **dict.fromkeys("✗✘×", "x"),
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("–—", "-"),
    "…": "~",
    "≠": "!",
    "≥": ">",
    "≤": "<",
    "€": "E",
}
_HANDLER: Final = "reconcile-plain-signs"


def encoded(text: str, encoding: str) -> bytes:
    """`text` for a terminal of this encoding; what it cannot show becomes a plain sign, or `?`."""
    return text.encode(encoding, _HANDLER)


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    return "".join(_PLAIN.get(each, "?" * cell_len(each)) for each in found), error.end


codecs.register_error(_HANDLER, _plain)
