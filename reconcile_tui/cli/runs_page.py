"""The page of `runs`: the latest ticks, newest first."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import RenderableType
from rich.text import Text

from reconcile_tui.cli.brake_documents import RunDocument, RunsDocument
from reconcile_tui.cli.output import foreign
from reconcile_tui.cli.page_parts import BAD, age_text, ago, heading, table, where
from reconcile_tui.core.health_wording import tick_error_words


def runs_page(document: RunsDocument) -> Iterator[RenderableType]:
    """When, how long, who, what."""
    yield where(document.place, f"{document.at:%Y-%m-%d %H:%M} UTC")
    yield heading("Ticks", "newest first" if document.runs else "none is on record")
    if not document.runs:
        yield Text("reconcile-tui --once runs one now; reconcile-tui --daemon runs them by itself.")
        return
    made = table("when", "took", "who", "what it did")
    for tick in document.runs:
        made.add_row(
            Text("\n").join((_when(tick), Text(ago(tick.started_at, document.at), style="dim"))),
            _took(tick, document.at),
            Text("\n").join((foreign(tick.by, limit=40), foreign(_where(tick), limit=60, style="dim"))),
            Text("\n").join(what_it_did(tick)),
        )
    yield made


def what_it_did(tick: RunDocument) -> Iterator[Text]:
    """What a tick did, and each thing that went wrong on a line of its own."""
    if tick.did:
        yield Text(tick.did)
    if tick.state == "ended":
        pass
    elif tick.state == "silent":
        yield Text(f"{BAD} never ended: its process died, or stands still", style="red")
    else:
        yield Text("under way", style="cyan")
    for trouble in tick.troubles:
        yield Text(f"{BAD} ", style="red").append_text(foreign(trouble, limit=300))
    if tick.error is not None:
        yield Text(f"{BAD} failed: ", style="red").append_text(
            foreign(tick_error_words(tick.error), limit=300)
        )


def took(tick: RunDocument, now: datetime) -> str:
    """How long a tick took; `under way for 12s` where it did not end yet."""
    if tick.took_seconds is not None:
        return f"took {_seconds(tick.took_seconds)}"
    if tick.state == "silent":
        return f"silent for {age_text(int((now - tick.heartbeat_at).total_seconds()))}"
    return f"under way for {age_text(int((now - tick.started_at).total_seconds()))}"


def process(holder: str) -> str:
    """The host and process id of a holder; the rest of it is chance."""
    host, _, chance = holder.rpartition(":")
    return host if host and chance else holder


def _when(tick: RunDocument) -> Text:
    return Text(f"{tick.started_at:%Y-%m-%d %H:%M:%S}")


def _took(tick: RunDocument, now: datetime) -> Text:
    if tick.took_seconds is not None:
        return Text(_seconds(tick.took_seconds))
    return Text(took(tick, now), style="red" if tick.state == "silent" else "cyan")


def _where(tick: RunDocument) -> str:
    mode = "" if tick.mode == "heal" else f"{tick.mode}, "
    return f"{mode}{process(tick.holder)}" if tick.holder else mode.rstrip(", ")


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}s" if seconds < 60 else age_text(int(seconds))
