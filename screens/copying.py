"""Copying: a text gets to the clipboard of whoever sits at the terminal, or where it can be selected.

The terminal is asked by OSC 52, which answers nothing: where it may have been dropped, the text is shown too.
"""

import asyncio
import os
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from textual.app import App

from reconcile_tui.core.foreign_text import harmless

_TMUX: Final = ("tmux", "load-buffer", "-w", "-")
_TMUX_SECONDS: Final = 2.0
_LONGEST_LINE: Final = 2000
_DEAF: Final = frozenset({"linux", "dumb", "Apple_Terminal"})
"""Terminals that know no OSC 52."""


class Way(StrEnum):
    """How a text gets to the clipboard."""

    TMUX = "tmux"
    """Through tmux, whose defaults drop OSC 52 from what runs in it."""
    TERMINAL = "terminal"
    TERMINAL_PERHAPS = "terminal_perhaps"
    """The terminal is asked, and may be one that does not listen: over SSH nobody can tell."""
    BY_HAND = "by_hand"


def way_of(environment: Mapping[str, str]) -> Way:
    """How to copy where these variables are set."""
    if environment.get("TMUX"):
        return Way.TMUX
    if environment.get("TERM") in _DEAF or environment.get("TERM_PROGRAM") in _DEAF:
        return Way.BY_HAND
    if environment.get("STY") or is_remote(environment):
        return Way.TERMINAL_PERHAPS
    return Way.TERMINAL


def is_remote(environment: Mapping[str, str]) -> bool:
    """Whether whoever sits in front of the terminal came over SSH."""
    return any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))


def pasteable(text: str) -> str:
    """`text` as it may be pasted anywhere: each line harmless, no blank at the end of any."""
    lines = (harmless(line, limit=_LONGEST_LINE).rstrip() for line in text.split("\n"))
    return "\n".join(lines).strip("\n")


async def copy(app: App[Any], text: str, *, environment: Mapping[str, str] | None = None) -> None:
    """Copy `text`, and say what was done.

    Args:
        environment: the process' own by default.
    """
    text = pasteable(text)
    way = way_of(os.environ if environment is None else environment)
    if way is Way.TMUX and not await _by_tmux(text):
        way = Way.TERMINAL_PERHAPS
    if way in (Way.TERMINAL, Way.TERMINAL_PERHAPS):
        app.copy_to_clipboard(text)
    lines = text.count("\n") + 1
    how_many = "1 line" if lines == 1 else f"{lines} lines"
    match way:
        case Way.TMUX | Way.TERMINAL:
            where = " into tmux and its clipboard" if way is Way.TMUX else ""
            app.notify(f"Copied, {how_many}{where}.", markup=False)
        case Way.TERMINAL_PERHAPS:
            show(
                app,
                text,
                note=f"Sent to the terminal, {how_many}. Not in the clipboard? Select it here.",
            )
        case Way.BY_HAND:
            show(
                app,
                text,
                note=f"This terminal has no clipboard to write: {how_many} to select by hand.",
            )


def show(app: App[Any], text: str, *, note: str) -> None:
    """Show a text so that it can be selected by hand."""
    # Opened seldom: what it needs is not loaded for the first paint.
    from reconcile_tui.screens.shown_text import ShownText  # noqa: PLC0415

    app.push_screen(ShownText(pasteable(text), note=note))


async def _by_tmux(text: str) -> bool:
    """Whether tmux took the text."""
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(*_TMUX, stdin=pipe, stdout=nothing, stderr=nothing)
    except OSError:
        return False
    try:
        async with asyncio.timeout(_TMUX_SECONDS):
            await process.communicate(text.encode(errors="replace"))
    except TimeoutError:
        process.kill()
        await process.wait()
    return process.returncode == 0
