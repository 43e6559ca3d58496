"""Asking: a question on the terminal whose answer is no unless somebody says yes.

The answer is awaited, not blocked on: signals are heard meanwhile, and the demo's server goes on.
"""

import asyncio
import sys
from collections.abc import Iterable
from datetime import datetime

from rich.console import Console
from rich.text import Text

from reconcile_tui.cli.document_parts import PlaceDocument, RowDocument
from reconcile_tui.core.foreign_text import harmless


async def confirmed(console: Console, question: str, *, word: str = "y") -> bool:
    """Whether the person at the terminal agrees. End of input, and everything else, is no.

    Args:
        word: what must be typed: `y` (or `yes`), or the whole word alone where more care is due.
    """
    console.print(Text.assemble((question, "bold"), f" [{word}/N] "), end="")
    line = await _line()
    if not line.endswith("\n"):
        console.print()
    answer = line.strip().lower()
    return answer == word or (word == "y" and answer == "yes")


async def agreed_to_apply(console: Console, rows: int, place: PlaceDocument, *, knowingly: int = 0) -> bool:
    """Whether the person wants a plan applied to `rows` rows of this place.

    Args:
        knowingly: how many of them have money that was given back, or is disputed.
    """
    what = f"\nApply this to {rows} row{'' if rows == 1 else 's'}"
    if place.production:
        what += f" in PRODUCTION, {harmless(place.context or 'this database')}"
    if knowingly:
        what += f", {knowingly} of them ALTHOUGH the money was given back or is disputed"
    return await confirmed(console, f"{what}?", word="yes" if place.production or knowingly else "y")


async def agreed_to_read(console: Console, until: datetime) -> bool:
    """Whether the person wants the PSP to be read although it asked to be left alone until then (UTC)."""
    question = f"\nThe PSP asked to be left alone until {until:%H:%M:%S} UTC. Read it all the same?"
    return await confirmed(console, question)


def set_aside(rows: Iterable[RowDocument]) -> int:
    """How many of a plan's rows are applied only because a person sets aside what the PSP says."""
    return sum(row.decision.event is not None and row.decision.reason is not None for row in rows)


async def _line() -> str:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sys.stdin.fileno())
    try:
        return sys.stdin.readline()
    except OSError:
        return ""  # the terminal is gone
