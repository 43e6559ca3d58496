"""The pages of `pause` and `resume`."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import RenderableType
from rich.text import Text

from reconcile_tui.cli.brake_documents import PauseDocument, PauseInForceDocument, ResumeDocument
from reconcile_tui.cli.output import foreign
from reconcile_tui.cli.page_parts import LOOK, ago, where, who

_OBEYED = "Every process on this database asks before each dispatch; what was delivered stays delivered."


def pause_page(document: PauseDocument) -> Iterator[RenderableType]:
    """What is paused now, what that replaces, and what to think of."""
    made = document.pause
    yield where(document.place, who(document.actor))
    yield Text.assemble(("\nPaused: ", "bold"), pause_text(made, made.since))
    if document.replaced is not None:
        yield Text.assemble(("Instead of: ", "bold"), pause_text(document.replaced, made.since))
    yield Text(_OBEYED, style="dim")
    for warning in document.warnings:
        yield Text(f"{LOOK} ", style="yellow").append_text(foreign(warning, limit=500))
    lift = _lift(made)
    yield Text.assemble(("\nNext: ", "bold"), foreign(f"{lift} lifts it; reconcile-tui status shows it."))


def resume_page(document: ResumeDocument) -> Iterator[RenderableType]:
    """What goes on, and what is paused still."""
    yield where(document.place, who(document.actor))
    what = document.connector or "everything"
    if document.psp and document.blocked_until is None:
        yield Text("\nThe PSP had not asked to be left alone: nothing had to be lifted.")
    elif document.psp and document.blocked_until is not None:
        yield Text.assemble(("\nLifted: ", "bold"), "the PSP is asked again with the next check.")
        until = document.blocked_until
        was = f"it asked to be left alone until {until:%Y-%m-%d %H:%M} UTC ({ago(until, document.at)})."
        yield Text.assemble(("It was: ", "bold"), was)
    elif document.lifted is None:
        yield Text.assemble("\n", foreign(f"There was no pause of {what}: nothing had to be lifted."))
    else:
        yield Text.assemble(("\nResumed: ", "bold"), foreign(f"{what} goes on with the next tick."))
        yield Text.assemble(("It was: ", "bold"), pause_text(document.lifted, document.at))
    for each in document.still_paused:
        yield (
            Text(f"{LOOK} ", style="yellow")
            .append("Still paused: ")
            .append_text(pause_text(each, document.at))
        )
    if document.still_paused:
        yield Text.assemble(("\nNext: ", "bold"), foreign(f"{_lift(document.still_paused[0])} lifts it."))


def pause_text(pause: PauseInForceDocument, now: datetime) -> Text:
    """What is paused, by whom, until when and why; on one line."""
    until = f"until {pause.until:%Y-%m-%d %H:%M} UTC ({ago(pause.until, now)})" if pause.until else "no end"
    since = "" if pause.since == now else f" {ago(pause.since, now)}"
    what = pause.connector or "everything"
    return foreign(f"{what}, {until}, by {pause.by}{since}: “{pause.reason}”", limit=400)


def _lift(pause: PauseInForceDocument) -> str:
    return (
        f"reconcile-tui resume --connector {pause.connector}" if pause.connector else "reconcile-tui resume"
    )
