"""The page of `list`: a table a list, two lines a row where the terminal is narrow, and the money at risk."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from reconcile_tui.cli.acknowledging_page import acknowledgement
from reconcile_tui.cli.document_parts import AttentionDocument, FindingDocument, LastLookDocument
from reconcile_tui.cli.documents import ListDocument, ListedDocument, SectionDocument
from reconcile_tui.cli.output import foreign
from reconcile_tui.cli.page_parts import (
    LOOK,
    NARROW,
    OPEN,
    age_text,
    ago,
    heading,
    money_text,
    sums,
    table,
    where,
)

_TITLES = {
    "orders": "Stuck orders",
    "refunds": "Stuck refunds",
    "orphans": "Orphan refunds",
    "attention": "Needs a person",
    "customer": "Waiting on the customer (not at risk)",
}
_CUSTOMER_MARK = "waits on the customer"


def list_page(document: ListDocument) -> Iterator[RenderableType]:
    """The lists that were asked for."""
    yield where(document.place, "as last known, no PSP was asked", f"{document.at:%Y-%m-%d %H:%M} UTC")
    if document.filter is not None:
        yield Text.assemble(("Only ", "bold"), foreign(document.filter))
    for section in document.sections:
        yield heading(_TITLES[section.name], _totals(section))
        if section.name == "attention":
            yield from _attention(section, document.at)
        elif section.rows:
            yield _StuckTable(section, document.at)
        if section.total_rows > len(section.rows):
            more = section.total_rows - len(section.rows)
            yield Text(f"and {more} more; --limit {section.total_rows} shows all", style="dim")
    if document.money_at_risk:
        yield Text.assemble(("\nMoney at risk: ", "bold"), sums(document.money_at_risk))


def _totals(section: SectionDocument) -> str:
    more = section.waiting_on_customer
    waits = f" · {more} more wait{'s' if more == 1 else ''} on the customer" if more else ""
    if not section.total_rows:
        return f"none{waits}"
    rows = "1 row" if section.total_rows == 1 else f"{section.total_rows} rows"
    seen = f", {section.acknowledged_rows} acknowledged" if section.acknowledged_rows else ""
    return f"{rows}{seen} · {sums(section.money_at_risk)}{waits}"


class _StuckTable:
    """Stuck rows with what was last known of them."""

    def __init__(self, section: SectionDocument, now: datetime) -> None:
        self._section = section
        self._now = now

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        findings = [row.finding for row in self._section.rows if row.finding is not None]
        mark = self._section.name == "orders"
        if options.max_width < NARROW:
            made = table("id", "age", "amount", "PSP, last known", "last look", "next")
            for finding in findings:
                made.add_row(
                    Text("\n").join((foreign(finding.id, limit=80), _status(finding))),
                    age_text(finding.age_seconds),
                    Text("\n").join((money_text(finding.money), _connector(finding.last_look))),
                    Text("\n").join((_psp_status(finding.last_look), _read(finding.last_look, self._now))),
                    _looked(finding, mark=mark),
                    _next(finding.last_look, self._now),
                )
        else:
            made = table(
                "id", "age", "status", "amount", "connector", "PSP, last known", "read", "last look", "next"
            )
            for finding in findings:
                made.add_row(
                    foreign(finding.id, limit=80),
                    age_text(finding.age_seconds),
                    _status(finding),
                    money_text(finding.money),
                    _connector(finding.last_look),
                    _psp_status(finding.last_look),
                    _read(finding.last_look, self._now),
                    _looked(finding, mark=mark),
                    _next(finding.last_look, self._now),
                )
        yield made


def _attention(section: SectionDocument, now: datetime) -> Iterator[RenderableType]:
    """What is loud, and apart from it what somebody acknowledged."""
    quiet = [row for row in section.rows if row.attention is not None and row.attention.acknowledged]
    loud = [row for row in section.rows if row not in quiet]
    if loud:
        yield _AttentionTable(loud, now)
    elif quiet:
        yield Text("All of them are acknowledged.")
    if quiet:
        rows = f"{section.acknowledged_rows} row{'' if section.acknowledged_rows == 1 else 's'}"
        yield heading("Acknowledged", f"{rows}, quiet until something changes")
        yield _AttentionTable(quiet, now, style="dim")


class _AttentionTable:
    """Rows that need a person: why, since when, and what to do."""

    def __init__(self, rows: Sequence[ListedDocument], now: datetime, *, style: str = "") -> None:
        self._rows = rows
        self._now = now
        self._style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        made = table("", "id", "age", "amount", "PSP, last known", "why, and what to do")
        for row in self._rows:
            item, finding = row.attention, row.finding
            why = _why(item, self._now) if item is not None else Text("")
            names = Text("\n").join(
                (foreign(row.id, limit=80), _status(finding) if finding else Text("gone"))
            )
            look = finding.last_look if finding else None
            made.add_row(
                Text(OPEN) if item and item.acknowledged else Text(LOOK, style="yellow"),
                names,
                age_text(finding.age_seconds) if finding else "",
                Text("\n").join((money_text(finding.money if finding else None), _connector(look))),
                Text("\n").join((_psp_status(look), _read(look, self._now))),
                why,
                style=self._style,
            )
        yield made


def _why(item: AttentionDocument, now: datetime) -> Text:
    """The reason, and what to do; of an acknowledged item who saw it, until when and why."""
    why = foreign(item.words)
    seen = acknowledgement(item, now)
    if not item.acknowledged:
        why.append(f"\n{item.next_step}", style="dim")
    if seen is not None:
        why.append("\n").append_text(foreign(seen, limit=400, style="dim"))
    return why


def _status(finding: FindingDocument) -> Text:
    return foreign(finding.status.replace("_", " "), limit=30, style="dim")


def _connector(look: LastLookDocument | None) -> Text:
    return foreign(look.connector if look else None, limit=20, style="dim")


def _psp_status(look: LastLookDocument | None) -> Text:
    return foreign((look.psp_status or "").replace("_", " ") if look else None, limit=50)


def _read(look: LastLookDocument | None, now: datetime) -> Text:
    return Text(ago(look.psp_read_at, now) if look else "", style="dim")


def _looked(finding: FindingDocument, *, mark: bool) -> Text:
    if mark and finding.waits_on_customer:
        return Text(f"{_CUSTOMER_MARK}: not at risk", style="dim")
    if finding.malformed:
        return foreign("; ".join(each.text for each in finding.malformed), style="yellow")
    look = finding.last_look
    return foreign(look.words) if look else Text("never looked at", style="dim")


def _next(look: LastLookDocument | None, now: datetime) -> str:
    if look is None or look.next_due is None:
        return "due" if look is None else ""
    return "due" if look.next_due <= now else ago(look.next_due, now)
