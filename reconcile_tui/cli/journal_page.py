"""The page of `journal`: a line a step, in the order in which things happened, a heading a day and a plan."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from reconcile_tui.cli.document_parts import EntryDocument
from reconcile_tui.cli.output import foreign
from reconcile_tui.cli.page_parts import BAD, FIXED, LOOK, NARROW, OPEN, heading, moment, table, where
from reconcile_tui.cli.record_documents import ActionDocument, JournalDocument
from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.step_wording import step_words
from reconcile_tui.core.wording import next_step

Line = EntryDocument | ActionDocument


def journal_page(document: JournalDocument) -> Iterator[RenderableType]:
    """What happened, oldest first."""
    yield where(document.place, f"{document.at:%Y-%m-%d %H:%M} UTC")
    lines: list[Line] = sorted([*document.entries, *document.actions], key=_moment)
    yield heading("Journal", _note(document, len(lines)))
    if not lines:
        yield Text("Nothing is on record that fits.")
        return
    yield _Lines(lines)
    if document.more:
        yield Text("There are older ones: --limit shows more.", style="dim")


def entry_words(entry: EntryDocument) -> str:
    """What an entry tells; may hold foreign text."""
    told = step_words(
        event=entry.event,
        attempt=entry.attempt,
        outcome=entry.outcome,
        refusal=entry.refusal,
        status_before=entry.status_before,
        status_after=entry.status_after,
        detail=entry.detail,
        contradicts=entry.contradicts,
        despite=entry.despite,
    )
    if not entry.contradicts:
        return told
    return f"{told}. {next_step(Reason.CONTRADICTION)}"


class _Lines:
    """Entries and actions. In a pipe each line is whole, so that it can be searched for."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._row_width = min(max(len(line.id or "") for line in lines), _WIDEST_ID)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width >= _WHOLE:
            yield self._whole()
            return
        for day, lines in groupby(self._lines, key=lambda line: line.at.date()):
            yield Text(f"{day} UTC", style="bold")
            for (by, why), group in groupby(lines, key=_under):
                yield Padding(foreign(f"{by}{why}", limit=300, style="dim"), (0, 0, 0, 2))
                yield self._steps(list(group), narrow=options.max_width < NARROW)

    def _whole(self) -> RenderableType:
        made = table("when", "who", "", "row", "step", "what", "why", "plan")
        for line in self._lines:
            sign, style = _sign(line)
            made.add_row(
                moment(line.at),
                foreign(_by(line), limit=60),
                Text(sign, style=style),
                foreign(f"{line.kind} {line.id}" if line.kind else "", limit=100),
                _step(line),
                foreign(_what(line), limit=300),
                foreign(f"“{line.reason}”" if line.reason else "", limit=200),
                foreign(line.plan_id if isinstance(line, EntryDocument) else "", limit=64, style="dim"),
            )
        return made

    def _steps(self, lines: Sequence[Line], *, narrow: bool) -> RenderableType:
        made = table("when", "", "row", *(() if narrow else ("step",)), "what", show_header=False)
        made.columns[2].min_width = self._row_width
        for line in lines:
            sign, style = _sign(line)
            of_row = isinstance(line, EntryDocument)
            row, step = foreign(line.id if of_row else None, limit=80), Text(_step(line), style="dim")
            both = Text("\n").join((row, step)) if of_row else row
            made.add_row(
                f"    {line.at:%H:%M:%S}",
                Text(sign, style=style),
                *((both,) if narrow else (row, step)),
                foreign(_what(line), limit=300),
            )
        return made


_WHOLE = 200
"""From this width on a line says everything."""

_WIDEST_ID = 24


def _moment(line: Line) -> datetime:
    return line.at


def _step(line: Line) -> str:
    return line.step.value if isinstance(line, EntryDocument) else line.action.value


def _what(line: Line) -> str:
    if isinstance(line, ActionDocument):
        return line.words
    money = f"; {line.money.text}" if line.money is not None else ""
    return f"{entry_words(line)}{money}"


def _by(line: Line) -> str:
    return line.actor if isinstance(line, EntryDocument) else line.by


def _under(line: Line) -> tuple[str, str]:
    """What consecutive lines share: who, under which plan, and why."""
    plan = f", plan {line.plan_id}" if isinstance(line, EntryDocument) and line.plan_id else ""
    why = f", “{line.reason}”" if line.reason else ""
    return _by(line), f"{plan}{why}"


def _sign(line: Line) -> tuple[str, str]:
    if isinstance(line, ActionDocument):
        return LOOK, "yellow"
    match line.outcome:
        case _ if line.contradicts:
            return BAD, "red"
        case None:
            return OPEN, "dim"
        case Outcome.UNCHANGED | Outcome.UNDELIVERED | Outcome.IN_DOUBT:
            return BAD, "red"
        case outcome:
            return (FIXED, "green") if outcome.closes else (OPEN, "dim")


def _note(document: JournalDocument, lines: int) -> str:
    """How many, and which ones were asked for."""
    asked = [
        *document.ids,
        *([f"by {document.actor}"] if document.actor else []),
        *([f"since {moment(document.since)}"] if document.since else []),
        *([f"until {moment(document.until)}"] if document.until else []),
        *(outcome.value for outcome in document.outcomes),
        *(event.value for event in document.events),
        *([f"plan {document.plan_id}"] if document.plan_id else []),
    ]
    count = f"the newest {lines}" if document.more else str(lines or "nothing")
    return " · ".join((count, *asked))
