"""Foreign text: what the PSP or the database wrote, made safe to show, log and store.

A message from outside may hold terminal escapes, text that runs backwards, or nothing that can be seen at
all. Every such character becomes a visible one; nothing is read as markup, and nothing is left out silently.
"""

import unicodedata
from collections.abc import Iterator

MARK = "…"
"""Ends a text that was cut."""

_MARKS_IN_A_ROW = 3
"""Combining marks that living scripts put on one letter; more of them paint over the lines around."""

_UNSEEN = frozenset(
    (
        0x034F,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x2800,
        0x3164,
        0xFFA0,
        *range(0x180B, 0x1810),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    )
)
"""Letters and marks that count as printable and show nothing (Default_Ignorable, the blank braille)."""


def harmless(text: str, *, limit: int = 200) -> str:
    """`text` on one line, printable only, at most `limit` characters long.

    Control characters become their pictures (`␛`, `␀`, `␊`), spaces of any width a plain space, and
    everything else that does not show (bidi controls, zero width, lone surrogates) its escape (`\\u202e`).

    Raises:
        ValueError: `limit` leaves no room for the mark.
    """
    if limit < 1:
        raise ValueError(f"limit {limit} leaves no room")
    kept: list[str] = []
    length = 0
    for piece in _visible(text):
        kept.append(piece)
        length += len(piece)
        if length > limit:
            return _cut(kept, length, limit)
    return "".join(kept)


def _cut(pieces: list[str], length: int, limit: int) -> str:
    while length > limit - len(MARK):
        length -= len(pieces.pop())
    return "".join(pieces) + MARK


def _visible(text: str) -> Iterator[str]:
    """The characters of `text`, each as it may be shown; an escape is one piece, so that a cut spares it."""
    marks = _MARKS_IN_A_ROW
    for char in text:
        category = unicodedata.category(char)
        if category in ("Mn", "Me", "Mc") and marks >= _MARKS_IN_A_ROW:
            yield _escape(char)
            continue
        marks = marks + 1 if category in ("Mn", "Me", "Mc") else 0
        if ord(char) in _UNSEEN:
            yield _escape(char)
        elif char.isprintable():
            yield char
        elif category == "Zs":
            yield " "
        elif ord(char) < 0x20:
            yield chr(0x2400 + ord(char))
        elif ord(char) == 0x7F:
            yield "␡"
        else:
            yield _escape(char)


def _escape(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
