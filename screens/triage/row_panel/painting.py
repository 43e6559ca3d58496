"""Painting the page: blocks become lines of one width. Text is text here: no markup, no links, no actions."""

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.sides import Fact
from reconcile_tui.screens.triage.row_panel.blocks import Block, Columns, Paragraph, Said, Sides, Tone

Styles = Mapping[Tone, Style]

_NAME_WIDTH = 15
_SIGN_WIDTH = 2
_NARROWEST = 24


def painted(blocks: Iterable[Block], *, width: int, styles: Styles, console: Console) -> list[Strip]:
    """The lines of a page, each `width` cells or less."""
    width = max(width, _NARROWEST)
    brush = _Brush(styles, console)
    strips: list[Strip] = []
    for block in blocks:
        match block:
            case Paragraph():
                strips += brush.paragraph(block, width)
            case Sides():
                strips += brush.sides(block, width)
            case Columns():
                strips += brush.columns(block, width)
            case _:
                assert_never(block)
    return strips


class _Brush:
    def __init__(self, styles: Styles, console: Console) -> None:
        self._styles = styles
        self._console = console

    def paragraph(self, block: Paragraph, width: int) -> Iterator[Strip]:
        text = Text()
        for said in block.said:
            text.append(said.text, self._styles[said.tone])
        for number, line in enumerate(self._wrapped(text, width - block.hanging) or [Text()]):
            yield self._strip(line, indent=block.hanging if number else 0)

    def sides(self, block: Sides, width: int) -> Iterator[Strip]:
        value = (width - _SIGN_WIDTH - _NAME_WIDTH - 2) // 2
        fits = cell_len(block.psp.text) <= value
        if not fits:
            yield Strip([Segment(f"{block.psp.text}", self._styles[block.psp.tone])])
        over = block.psp if fits else Said("PSP", Tone.DIM)
        yield self._row((" ", "", Said("shop", Tone.DIM), over), value_width=value, tone=Tone.PLAIN)
        for fact in block.facts:
            sign, tone = _sign(fact)
            local, psp = (_known(fact.local), _known(fact.psp))
            if (whole := _in_one(fact, value)) is not None:
                yield from self._whole((sign, tone), fact.name, whole, width)
                continue
            cells = (sign, fact.name, Said(local, tone), Said(psp, tone))
            yield self._row(cells, value_width=value, tone=tone)

    def _whole(self, sign: tuple[str, Tone], name: str, texts: Iterable[str], width: int) -> Iterator[Strip]:
        """A fact over both columns."""
        sign_text, tone = sign
        head = (sign_text, name)
        for text in texts:
            for line in self._wrapped(Text(text), width - _SIGN_WIDTH - _NAME_WIDTH):
                said = Said(line.plain.rstrip(), tone)
                yield self._row((*head, said, Said("")), value_width=cell_len(said.text), tone=tone)
                head = (" ", "")

    def columns(self, block: Columns, width: int) -> Iterator[Strip]:
        if not block.rows:
            return
        widths = [max(cell_len(row[i].text) for row in block.rows) for i in range(len(block.rows[0]))]
        for row in block.rows:
            segments, used = [Segment("  ")], 2
            for said, wide in zip(row, widths, strict=True):
                if len(segments) > 1 and used + wide > width:
                    yield Strip(segments)
                    segments, used = [Segment("    ")], 4
                segments.append(Segment(set_cell_size(said.text, wide) + "  ", self._styles[said.tone]))
                used += wide + 2
            yield Strip(segments).crop(0, width)

    def _row(self, cells: tuple[str, str, Said, Said], *, value_width: int, tone: Tone) -> Strip:
        sign, name, local, psp = cells
        dim = self._styles[Tone.DIM]
        return Strip(
            [
                Segment(set_cell_size(sign, _SIGN_WIDTH), self._styles[tone]),
                Segment(set_cell_size(name, _NAME_WIDTH), dim),
                Segment(set_cell_size(local.text, value_width) + " ", self._styles[local.tone]),
                Segment(psp.text, self._styles[psp.tone]),
            ]
        )

    def _wrapped(self, text: Text, width: int) -> list[Text]:
        return list(text.wrap(self._console, width, overflow="fold"))

    def _strip(self, line: Text, *, indent: int = 0) -> Strip:
        line.rstrip()
        said = [Segment(text, style) for text, style, _ in line.render(self._console) if text]
        return Strip([Segment(" " * indent), *said] if indent else said)


def _known(text: str | None) -> str:
    return "·" if text is None else harmless(text, limit=300)


def _in_one(fact: Fact, width: int) -> tuple[str, ...] | None:
    """A fact that is too long for its column, said over both: once where both sides say the same."""
    local, psp = fact.local, fact.psp
    if max(cell_len(_known(local)), cell_len(_known(psp))) <= width:
        return None
    if local == psp:
        return (_known(local),)
    whose = (("shop", local), ("PSP", psp))
    return tuple(f"{who}: {_known(text)}" for who, text in whose if text is not None)


def _sign(fact: Fact) -> tuple[str, Tone]:
    if fact.differs:
        return "≠", Tone.DIFFERS
    return ("=" if fact.agrees else " "), Tone.PLAIN
