"""The page of `show`: both sides of a row, what follows, and what happened to it so far."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from reconcile_tui.cli.acknowledging_page import acknowledgement
from reconcile_tui.cli.document_parts import EntryDocument, PspDocument
from reconcile_tui.cli.documents import ShowDocument, ShownDocument
from reconcile_tui.cli.journal_page import entry_words
from reconcile_tui.cli.output import foreign
from reconcile_tui.cli.page_parts import age_text, heading, moment, table, where

DIFFERS = "≠"
_UNSAID = "-"


def show_page(document: ShowDocument) -> Iterator[RenderableType]:
    """Every row that was found."""
    yield where(document.place, f"{document.at:%Y-%m-%d %H:%M} UTC")
    if len(document.matches) > 1:
        forms = ", ".join(f"{s.row.finding.kind}:{s.row.finding.id}" for s in document.matches)
        yield Text.assemble(f"{len(document.matches)} rows have this id: ", foreign(forms))
    for shown in document.matches:
        yield from _row(shown, document)


def _row(shown: ShownDocument, document: ShowDocument) -> Iterator[RenderableType]:
    finding = shown.row.finding
    title = foreign(f"{finding.kind.value.capitalize()} {finding.id}", limit=100, style="bold")
    note = f"  {finding.finding_class.replace('_', ' ')}, {age_text(finding.age_seconds)} old"
    yield Text("\n").append_text(title).append(note, style="dim")
    yield foreign(shown.row.sentence, limit=1000)
    yield Text("")
    yield _sides(shown)
    if shown.row.psp is not None and shown.row.psp.how == "last known":
        yield Text("  This is what the PSP last knew; --forced asks the processor too.", style="dim")
    if shown.attention is not None:
        item = shown.attention
        since = max(int((document.at - item.since).total_seconds()), 0)
        yield heading("Needs a person", f"for {age_text(since)}")
        yield foreign(f"{item.words[:1].upper()}{item.words[1:]}. {item.next_step}", limit=500)
        seen = acknowledgement(item, document.at)
        if seen is not None:
            yield foreign(f"{seen[:1].upper()}{seen[1:]}", limit=500, style="dim")
    yield heading("History", "newest first" if shown.history else "none")
    if shown.history:
        yield _history(shown.history)
    yield heading("Webhooks", "newest first" if shown.webhooks else "none")
    if shown.webhooks:
        made = table("when", "from", "what", "effect")
        for webhook in shown.webhooks:
            made.add_row(
                moment(webhook.received_at),
                "the PSP" if webhook.source == "psp" else "this program",
                foreign(webhook.event_type, limit=60),
                webhook.effect.replace("_", " "),
            )
        yield made


def _sides(shown: ShownDocument) -> RenderableType:
    psp = shown.row.psp
    made = table("", " ", "shop", f"PSP, {_how(psp)}")
    for side in shown.sides:
        made.add_row(
            Text(DIFFERS if side.differs else "", style="bold yellow"),
            Text(side.name, style="dim"),
            foreign(side.local) if side.local is not None else Text(_UNSAID, style="dim"),
            foreign(side.psp) if side.psp is not None else Text(_UNSAID, style="dim"),
        )
    return Padding(made, (0, 0, 0, 2), expand=False)


def _how(psp: PspDocument | None) -> str:
    if psp is None:
        return "not asked"
    if psp.how is None:
        return "unreadable"
    return f"{psp.how}, read {psp.read_at:%H:%M:%S} UTC"


def _history(entries: tuple[EntryDocument, ...]) -> RenderableType:
    made = table("when", "who", "step", "what")
    for entry in entries:
        made.add_row(
            moment(entry.at),
            foreign(entry.actor, limit=40),
            entry.step.value,
            foreign(_told(entry), limit=300),
        )
    return made


def _told(entry: EntryDocument) -> str:
    return f"{entry_words(entry)}; “{entry.reason}”" if entry.reason else entry_words(entry)
