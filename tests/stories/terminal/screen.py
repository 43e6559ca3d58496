"""The screen of a terminal, as far as a story needs it: which text stands on which line now."""

import re
from collections import defaultdict
from typing import Final

from rich.cells import cell_len

_TOKEN: Final = re.compile(
    r"\x1b\[(?P<arguments>[?<>=0-9;:$]*)(?P<kind>[A-Za-z])|\x1b[()].|\x1b.|(?P<text>[^\x1b])"
)
_BEGUN: Final = re.compile(r"\x1b(?:\[[?<>=0-9;:$]*)?\Z")
"""A sequence whose end has not come yet."""


class Screen:
    """Reads what a program writes. It knows where text is put, when the screen is cleared, and no more."""

    def __init__(self) -> None:
        self._lines: defaultdict[int, dict[int, str]] = defaultdict(dict)
        self._row = self._column = 0
        self._rest = ""

    def takes(self, text: str) -> None:
        """Take what was written."""
        text = self._rest + text
        begun = _BEGUN.search(text)
        self._rest = begun[0] if begun is not None else ""
        ready = text[: len(text) - len(self._rest)]
        for token in _TOKEN.finditer(ready):
            if token["text"] is not None:
                self._put(token["text"])
            elif token["kind"] is not None:
                self._control(token["kind"], token["arguments"])

    @property
    def text(self) -> str:
        """Every line that something was written on."""
        return "\n".join(
            "".join(cells.get(column, " ") for column in range(max(cells, default=-1) + 1))
            for _, cells in sorted(self._lines.items())
        )

    def _put(self, character: str) -> None:
        if character == "\n":
            self._row += 1
        elif character == "\r":
            self._column = 0
        elif character.isprintable():
            self._lines[self._row][self._column] = character
            for covered in range(1, cell_len(character)):
                self._lines[self._row][self._column + covered] = ""
            self._column += cell_len(character)

    def _control(self, kind: str, arguments: str) -> None:
        if kind == "H":
            row, _, column = arguments.partition(";")
            self._row, self._column = int(row or 1) - 1, int(column or 1) - 1
        elif kind == "J" or (kind in "hl" and arguments == "?1049"):
            self._lines.clear()
