"""The README's table of keys, made from the bindings of the first screen.

`python -m tests.docs.dashboard_keys` prints it; with `--write` it goes into README.md, between its markers.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from textual.binding import Binding

from reconcile_tui.app import ReconcileApp
from reconcile_tui.screens.actions import CHANGES
from reconcile_tui.screens.triage.screen import TriageScreen
from reconcile_tui.screens.triage.table import RowTable

README: Final = Path(__file__).parents[2] / "README.md"
BEGIN: Final = "<!-- keys:begin -->"
END: Final = "<!-- keys:end -->"
MEND: Final = ".venv/bin/python -m tests.docs.dashboard_keys --write"


def as_markdown() -> str:
    """The table, one line an action."""
    lines = ["| key | what it does | asks, then changes |", "| --- | --- | --- |"]
    return "\n".join([*lines, *_lines()])


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


def _lines() -> Iterable[str]:
    app = ReconcileApp.__new__(ReconcileApp)
    rows: dict[str, tuple[list[str], Binding]] = {}
    for binding in bindings_of_triage():
        if binding.description:
            keys, _ = rows.setdefault(_what(binding), ([], binding))
            shown = binding.key_display or ReconcileApp.get_key_display(app, binding)
            keys.append(f"`{shown}`")
    for what, (keys, binding) in rows.items():
        name = binding.action.partition("(")[0]
        yield f"| {' '.join(dict.fromkeys(keys))} | {what} | {'yes' if name in CHANGES else ''} |"


def _what(binding: Binding) -> str:
    if binding.action.partition("(")[0] in ("move", "page", "to"):
        return "move the cursor"
    if binding.action.startswith("show_tab"):
        return (
            "the lists: stuck orders, stuck refunds, orphan refunds, attention, waiting on customer, history"
        )
    return binding.tooltip or binding.description


def bindings_of_triage() -> Iterable[Binding]:
    """The own bindings of the first screen, its table and the application, one a key."""
    for of in (RowTable, TriageScreen, ReconcileApp):
        for owner in of.__mro__:
            if owner.__module__.startswith("reconcile_tui.") and "BINDINGS" in owner.__dict__:
                yield from Binding.make_bindings(owner.__dict__["BINDINGS"])


def main(arguments: list[str]) -> None:
    if "--write" in arguments:
        README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        sys.stdout.write(as_markdown() + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
