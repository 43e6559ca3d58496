"""The page of `status`: one sentence first, then the daemon, then what is stuck."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from reconcile_tui.cli.brake_documents import ClassDocument, DaemonDocument, RunDocument, StatusDocument
from reconcile_tui.cli.output import foreign
from reconcile_tui.cli.page_parts import (
    BAD,
    FIXED,
    LOOK,
    NARROW,
    age_text,
    ago,
    heading,
    sums_in_lines,
    table,
    where,
)
from reconcile_tui.cli.pausing_page import pause_text
from reconcile_tui.cli.runs_page import process, took, what_it_did
from reconcile_tui.core.health import Level

_LEVELS = {
    Level.NOT_HEALTHY: (f"{BAD} NOT HEALTHY", "bold red"),
    Level.PAUSED: (f"{LOOK} PAUSED", "bold yellow"),
    Level.LOOK: (f"{LOOK} LOOK", "bold yellow"),
    Level.HEALTHY: (f"{FIXED} HEALTHY", "bold green"),
}
_SILENT = "silent"
_CLASSES = {
    "orders": "orders",
    "refunds": "refunds",
    "orphans": "orphan refunds",
    "customer": "wait on the customer",
    "attention": "need a person",
}


def status_page(document: StatusDocument) -> Iterator[RenderableType]:
    """How it is."""
    yield where(document.place, f"{document.at:%Y-%m-%d %H:%M} UTC")
    label, style = _LEVELS[document.level]
    yield Text.assemble("\n", (label, style), "  ", foreign(document.sentence, limit=600, style="bold"))
    for concern in document.concerns[1:]:
        step = foreign(f" {concern.next_step}", limit=600, style="dim")
        yield Text.assemble((f"{LOOK} ", "yellow"), foreign(concern.words, limit=600), step)
    yield Text.assemble(("Next: ", "bold"), foreign(document.next_step, limit=600))
    yield heading("Daemon")
    yield Padding(_facts(document), (0, 0, 0, 2), expand=False)
    yield heading("Stuck")
    yield _Classes(document.classes, document.at)
    if document.money_at_risk:
        yield Text("")
        made = table("what", "sums", show_header=False)
        made.add_row(
            Text("Money at risk:", style="bold"), "\n".join(sums_in_lines(document.money_at_risk, 3))
        )
        yield made


def _facts(document: StatusDocument) -> Table:
    made = table("fact", "value", show_header=False)
    for name, value in _named(document):
        made.add_row(Text(name, style="bold red" if name == _SILENT else "dim"), value)
    return made


def _named(document: StatusDocument) -> Iterator[tuple[str, Text]]:
    for daemon in document.daemons:
        yield _role(daemon), _daemon(daemon, document.at)
    if not document.daemons:
        yield "runs", Text("none", style="red")
    yield "last tick", _tick(document.last_tick, document.at)
    if document.later_tick is not None:
        yield "later one", _tick(document.later_tick, document.at)
    yield "next tick", _coming(document.next_tick_at, document.at)
    if document.last_tick is not None:
        troubles = document.last_tick.troubles
        closed = Text("closed: the last tick was not cut short")
        yield "breaker", foreign("; ".join(troubles), limit=300, style="red") if troubles else closed
    yield "blocked", _blocked(document.blocked_until, document.at)
    for pause in document.pauses:
        text = pause_text(pause, document.at)
        text.stylize("yellow")
        yield "paused", text
    if not document.pauses:
        yield "paused", Text("nothing")


def _role(daemon: DaemonDocument) -> str:
    if not daemon.alive:
        return _SILENT
    return "stands by" if daemon.state == "standby" else daemon.state.value


def _daemon(daemon: DaemonDocument, now: datetime) -> Text:
    name = process(daemon.holder)
    if not daemon.alive:
        last = "stood by" if daemon.state == "standby" else f"was {daemon.state}"
        for_long = age_text(int((now - daemon.heartbeat_at).total_seconds()))
        return foreign(f"for {for_long}: {name}; it {last}", limit=200, style="red")
    heard = foreign(f"{name}, heard of {ago(daemon.heartbeat_at, now)}", limit=200)
    up = age_text(int((now - daemon.started_at).total_seconds()))
    mode = Text(daemon.mode.value, style="" if daemon.mode == "heal" else "yellow")
    rest = f", dispatch {daemon.dispatch}, every {age_text(daemon.interval_seconds)}, up for {up}"
    return Text("\n").join((mode.append(foreign(f"{rest}, version {daemon.version}")), heard))


def _tick(tick: RunDocument | None, now: datetime) -> Text:
    if tick is None:
        return Text("none is on record", style="dim")
    head = foreign(f"{ago(tick.started_at, now)}, {took(tick, now)}, by {tick.by}", limit=200)
    return Text("\n").join((head, *what_it_did(tick)))


def _coming(moment: datetime | None, now: datetime) -> Text:
    if moment is None:
        return Text("none is planned", style="dim")
    return Text(f"{ago(moment, now) if moment > now else 'due'}, at {moment:%H:%M} UTC")


def _blocked(until: datetime | None, now: datetime) -> Text:
    if until is None:
        return Text("no, the PSP may be asked")
    return Text(
        f"until {until:%H:%M:%S} UTC ({ago(until, now)}): the PSP asked to be left alone; "
        "reconcile-tui resume --psp lifts it",
        style="yellow",
    )


class _Classes:
    """How much is stuck of each class; an amount is never broken over two lines."""

    def __init__(self, classes: tuple[ClassDocument, ...], now: datetime) -> None:
        self._classes = classes
        self._now = now

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        in_a_row = 2 if options.max_width < NARROW else 5
        made = table("", "rows", "oldest", "", "money")
        made.columns[2].justify = "right"
        made.columns[3].no_wrap = False
        made.columns[-1].justify = "left"
        for each in self._classes:
            calm = not each.rows or each.name == "customer"
            style = "dim" if calm else ""
            oldest = max(int((self._now - each.oldest).total_seconds()), 0) if each.oldest else None
            made.add_row(
                Text(f"  {_sign(each)}", style="yellow" if each.name == "attention" else style),
                Text(str(each.rows), style=style),
                Text(age_text(oldest) if oldest is not None and each.rows else "", style=style),
                Text(_class_words(each), style=style),
                Text("\n".join(sums_in_lines(each.money, in_a_row)), style="dim"),
            )
        yield made


def _sign(each: ClassDocument) -> str:
    return LOOK if each.name == "attention" and each.rows > each.acknowledged else "·"


def _class_words(each: ClassDocument) -> str:
    words = _CLASSES[each.name]
    return f"{words}, {each.acknowledged} acknowledged" if each.acknowledged else words
