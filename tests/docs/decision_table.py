"""The README's table of decisions, made from the decision table itself.

`python -m tests.docs.decision_table` prints it; with `--write` it goes into README.md, between its markers.
"""

import sys
from pathlib import Path
from typing import Final

from reconcile_tui.core.decision_table import UNKNOWN, Answer, LocalWord, PeoplesRow, PspWord, rows_for_people
from reconcile_tui.core.decisions import Attention
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.wording import label

README: Final = Path(__file__).parents[2] / "README.md"
BEGIN: Final = "<!-- decisions:begin -->"
END: Final = "<!-- decisions:end -->"
MEND: Final = ".venv/bin/python -m tests.docs.decision_table --write"


def as_markdown() -> str:
    """The table, a part for orders and one for refunds."""
    parts = [(Kind.ORDER, "Orders"), (Kind.REFUND, "Refunds")]
    return "\n\n".join("\n".join(_part(kind, title)) for kind, title in parts)


def between_markers(readme: str) -> str:
    """What stands between the markers.

    Raises:
        ValueError: a marker is missing.
    """
    begin, end = readme.index(BEGIN) + len(BEGIN), readme.index(END)
    return readme[begin:end].strip("\n")


def with_table(readme: str) -> str:
    """The README with the table of now."""
    begin, end = readme.index(BEGIN) + len(BEGIN), readme.index(END)
    return f"{readme[:begin]}\n\n{as_markdown()}\n\n{readme[end:]}"


def _part(kind: Kind, title: str) -> list[str]:
    rows = [_line(row) for row in rows_for_people() if row.kind is kind]
    head = f"| {title}: the shop says | the PSP says | what follows | why |"
    return [head, "| --- | --- | --- | --- |", *rows]


def _line(row: PeoplesRow) -> str:
    return f"| {_words(row.local)} | {_words(row.psp)} | {_answer(row.answer)} | {row.why} |"


def _answer(answer: Answer) -> str:
    return f"attention: `{answer.reason}`" if isinstance(answer, Attention) else label(answer)


def _words(words: tuple[LocalWord, ...] | tuple[PspWord, ...]) -> str:
    if len(words) > 1 and UNKNOWN in words:
        return "anything"
    return ", ".join("any other word" if word == UNKNOWN else f"`{word}`" for word in words)


def main(arguments: list[str]) -> None:
    if "--write" in arguments:
        README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        sys.stdout.write(as_markdown() + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
