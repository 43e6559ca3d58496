"""Markdown out of texts that others wrote: what they hold is read as text, never as Markdown or HTML.

Ordinary words get backslashes where a sign would mean something. What a renderer may turn into a link or
a mention by itself, whatever is escaped (addresses, e-mails, @names, #numbers), stands in a code span.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from reconcile_tui.core.foreign_text import harmless

_MEANINGFUL = re.compile(r"[\\`*_{}\[\]<>|~&^=]")
_LINKS_ITSELF = re.compile(r"[@#$]|://|\bwww\.|[^\W_]\.[^\W_]|\bmailto:|:[\w+-]+:", re.IGNORECASE)
_BACKTICKS = re.compile(r"`+")
_TEXT_FIRST = re.compile(r"(?!\d+[.)])[\w(“„\"'«]")


def escaped(text: str, *, limit: int = 300) -> str:
    """`text` on one line, as it may stand in a paragraph, a list or a cell of a table."""
    shown = " ".join(harmless(text, limit=limit).split(" ")).strip()
    if not shown:
        return ""
    if _LINKS_ITSELF.search(shown) or not _TEXT_FIRST.match(shown):
        return code(shown, limit=limit)
    return _MEANINGFUL.sub(r"\\\g<0>", shown)


def code(text: str, *, limit: int = 300) -> str:
    """`text` as code: ids, names, what must be read sign by sign.

    A bar stands outside of the code: whether a backslash before it is shown depends on the table around.
    """
    shown = harmless(text, limit=limit).strip()
    return r"\|".join(_span(part) for part in shown.split("|"))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table. Cells are Markdown already; a column whose name begins with `>` is aligned to
    the right."""
    yield _row(column.removeprefix(">") for column in columns)
    yield _row("---:" if column.startswith(">") else "---" for column in columns)
    for row in rows:
        yield _row(row)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _span(text: str) -> str:
    if not text:
        return ""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"
