"""Output: data on stdout, everything else on stderr; a table on a terminal, plain in a pipe.

Foreign text is made harmless and never read as markup: whoever shows it passes it through `foreign`.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import TextIO, TypeVar

from rich.console import Console, RenderableType
from rich.text import Text

from reconcile_tui.cli.document_parts import Document
from reconcile_tui.core.foreign_text import harmless

WIDE = 100_000
"""The width of a pipe: no line is broken there, so that grep finds whole rows."""

AnyDocument = TypeVar("AnyDocument", bound=Document)


class Output:
    """Where a command writes.

    Args:
        as_json: print the document itself rather than a table.
    """

    def __init__(self, *, out: Console, err: Console, as_json: bool = False) -> None:
        self._out = out
        self._err = err
        self.as_json = as_json

    @classmethod
    def of_process(cls, *, as_json: bool) -> "Output":
        """The process's own streams."""
        return cls(out=console(sys.stdout), err=console(sys.stderr), as_json=as_json)

    @property
    def err(self) -> Console:
        return self._err

    @property
    def stderr_is_terminal(self) -> bool:
        return self._err.is_terminal

    @property
    def can_ask(self) -> bool:
        """Whether a person sees what is printed, and can answer."""
        return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))

    def show(self, document: AnyDocument, render: Callable[[AnyDocument], Iterable[RenderableType]]) -> None:
        """Print a command's answer: for machines, or for people."""
        if self.as_json:
            text = json.dumps(document.model_dump(mode="json"), indent=2)
            self._out.print(Text(text), soft_wrap=True)
        else:
            self.write(render(document))

    def write(self, parts: Iterable[RenderableType]) -> None:
        """Print for people."""
        _print(self._out, parts)

    def data(self, text: str) -> None:
        """Print for machines, byte by byte."""
        self._out.out(text, end="", highlight=False)

    def remark(self, parts: Iterable[RenderableType]) -> None:
        """Print for people what is no data: on stderr."""
        _print(self._err, parts)

    def tell(self, *lines: str) -> None:
        """Say something that is no data: on stderr."""
        for line in lines:
            self._err.print(foreign(line, limit=1000))


def _print(console: Console, parts: Iterable[RenderableType]) -> None:
    if console.is_terminal:
        for part in parts:
            console.print(part)
        return
    with console.capture() as printed:
        for part in parts:
            console.print(part)
    lines = (line.rstrip() for line in printed.get().splitlines())
    console.out("\n".join(lines), highlight=False)


class _Console(Console):
    """A console that goes on in silence when its reader has gone away (`| head`)."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)


def console(stream: TextIO, *, width: int | None = None) -> Console:
    """A console over `stream`: without markup, and as wide as need be where it is no terminal."""
    if width is None and not stream.isatty() and "COLUMNS" not in os.environ:
        width = WIDE
    return _Console(file=stream, width=width, markup=False, highlight=False, emoji=False)


def foreign(text: str | None, *, limit: int = 200, style: str = "") -> Text:
    """A text from the shop, the PSP or the database, as a cell."""
    return Text(harmless(text, limit=limit) if text else "", style=style)
