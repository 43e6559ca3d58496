"""Parts of the pages that people read: a row, a table of rows, sums, warnings. Signs say what colours say."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from reconcile_tui.cli.document_parts import (
    ActorDocument,
    GroupDocument,
    GroupPart,
    MoneyDocument,
    PlaceDocument,
    ReceiptDocument,
    RowDocument,
    WarningDocument,
)
from reconcile_tui.cli.output import foreign
from reconcile_tui.core.decisions import Event
from reconcile_tui.core.findings import FindingClass
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.wording import age

FIXED, WOULD, OPEN, LOOK, BAD = "✓", "→", "·", "!", "✗"
LEGEND = f"{FIXED} over  {WOULD} would be changed  {OPEN} left for later  {LOOK} needs a person  {BAD} failed"
_NOT_STUCK = (FindingClass.WATCHED, FindingClass.FINAL)
NARROW = 110
"""Below this width a row takes two lines rather than lose a column."""

_STYLES = {FIXED: "green", WOULD: "cyan", OPEN: "dim", LOOK: "yellow", BAD: "red"}


def where(place: PlaceDocument, *more: str) -> Text:
    """The first line: the context by name, and that it is production."""
    line = Text("reconcile-tui", style="bold")
    if place.production:
        line.append("  ")
        line.append(" PRODUCTION ", style="bold white on red")
        line.append("  ")
    else:
        line.append(" · ")
    line.append_text(foreign(place.context or "no context"))
    for each in more:
        line.append(" · ")
        line.append_text(foreign(each))
    if place.psp_unencrypted:
        line.append(" · ")
        line.append("the PSP is reached over plain http", style="yellow")
    if place.shop_unencrypted:
        line.append(" · ")
        line.append("events go over plain http", style="yellow")
    return line


def who(actor: ActorDocument) -> str:
    """Who acts."""
    return f"as {actor.name}"


def heading(title: str, note: str = "") -> RenderableType:
    """A part's title, with a blank line before it."""
    line = Text(f"\n{title}", style="bold")
    return line.append(f"  {note}", style="not bold dim") if note else line


def table(*columns: str, show_header: bool = True) -> Table:
    """A table without lines: the columns stand apart by blanks."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=show_header, header_style="dim")
    for column in columns:
        amount = column in ("amount", "money")
        made.add_column(
            column,
            justify="right" if amount or column in ("age", "rows") else "left",
            overflow="fold",
            no_wrap=amount or column in ("age", "rows", ""),
        )
    return made


class RowsTable:
    """Rows with what became of each and why."""

    def __init__(self, rows: Iterable[RowDocument]) -> None:
        self._rows = tuple(rows)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        narrow = options.max_width < NARROW
        last = ("what, and why",) if narrow else ("connector", "what", "why")
        made = table("", "id", "age", "amount", *last)
        for row in self._rows:
            sign = sign_of(row)
            became = Text(what(row), style=_STYLES[sign])
            why, connector = (
                foreign(reason(row), limit=300),
                foreign(connector_of(row), limit=20, style="dim"),
            )
            cells = (Text("\n").join((became, why)),) if narrow else (connector, became, why)
            made.add_row(
                Text(sign, style=_STYLES[sign]),
                foreign(row.finding.id, limit=80),
                age_text(row.finding.age_seconds),
                Text("\n").join((money_text(row.finding.money), connector))
                if narrow
                else money_text(row.finding.money),
                *cells,
            )
        yield made


def sign_of(row: RowDocument) -> str:
    """One sign for what became of a row."""
    outcome, decision = row.outcome, row.decision
    if outcome is not None:
        if outcome.attention is not None or outcome.outcome is Outcome.UNCHANGED:
            return LOOK
        if not outcome.closes:
            return OPEN
        return BAD if decision.event is Event.ORPHAN_FAILED else FIXED
    match decision.kind:
        case "attention":
            return LOOK
        case "already_resolved":
            return OPEN if row.finding.finding_class in _NOT_STUCK else FIXED
        case "sync" if decision.reason is not None:
            return LOOK
        case "sync" | "adopt" | "fail_orphan":
            return WOULD
        case _:
            return OPEN


def what(row: RowDocument) -> str:
    """What became of a row, or would, in a word or two."""
    decision, outcome, status = row.decision, row.outcome, row.finding.status
    if outcome is not None and outcome.outcome is not Outcome.FIXED:
        return outcome.outcome.value.replace("_", " ")
    if decision.kind == "adopt":
        return "id found"
    if decision.target is not None:
        return f"{status} → {decision.target}"
    match decision.kind:
        case "still_pending":
            return "left"
        case "already_resolved" if row.finding.finding_class is FindingClass.WATCHED:
            return "checked again"
        case "already_resolved" if row.finding.finding_class in _NOT_STUCK:
            return "not stuck"
        case "already_resolved":
            return "resolved"
        case kind:
            return kind


def reason(row: RowDocument) -> str:
    """Why, in words: the decision's reason, or what kept it from being applied."""
    outcome = row.outcome
    if outcome is None or outcome.outcome is Outcome.FIXED:
        return row.why
    return f"{outcome.why} ({outcome.detail})" if outcome.detail else outcome.why


def connector_of(row: RowDocument) -> str | None:
    """The processor behind the PSP, as the answer names it, else as it was last known."""
    if row.psp is not None and row.psp.connector is not None:
        return row.psp.connector
    return row.finding.last_look.connector if row.finding.last_look else None


class GroupsTable:
    """Groups of rows: how many, what, and money per currency, an amount never broken over two lines."""

    def __init__(self, groups: Iterable[GroupDocument]) -> None:
        self._groups = tuple(groups)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        in_a_row = 2 if options.max_width < NARROW else 6
        made = table("", "rows", "what", "money", show_header=False)
        made.columns[-1].justify = "left"
        for group in self._groups:
            sign = _sign_of_group(group)
            made.add_row(
                Text(f"  {sign}", style=_STYLES[sign]),
                str(group.rows),
                foreign(group.words),
                Text("\n".join(sums_in_lines(group.money, in_a_row)), style="dim"),
            )
        yield made


def receipt_parts(
    receipt: ReceiptDocument, *, before_next: Iterable[RenderableType] = ()
) -> Iterator[RenderableType]:
    """The end of a page: what is done, what is left and why, warnings, the next step.

    Args:
        before_next: what stands before the next step.
    """
    parts = (
        ("Done", receipt.closed),
        ("Checked again, nothing changed", _of(receipt.not_changed, GroupPart.CHECKED_AGAIN)),
        ("Not stuck", _of(receipt.not_changed, GroupPart.NOT_STUCK)),
        ("Would be changed", _of(receipt.open, GroupPart.WOULD_CHANGE)),
        ("Needs a person", _of(receipt.open, GroupPart.NEEDS_PERSON)),
        ("Left", _of(receipt.open, GroupPart.LEFT)),
    )
    for title, groups in parts:
        if groups:
            rows = sum(group.rows for group in groups)
            yield heading(title, f"{rows} row{'' if rows == 1 else 's'}")
            yield GroupsTable(groups)
    if receipt.warnings:
        yield heading("Warnings")
        yield warning_lines(receipt.warnings)
    yield from before_next
    yield Text.assemble(("\nNext: ", "bold"), receipt.next_step)


def _of(groups: Sequence[GroupDocument], part: GroupPart) -> list[GroupDocument]:
    return [group for group in groups if group.part is part]


def warning_lines(warnings: Sequence[WarningDocument]) -> RenderableType:
    """One line each."""
    return Group(
        *(Text("  ! ", style="yellow").append_text(foreign(each.text, limit=300)) for each in warnings)
    )


def money_text(money: MoneyDocument | None) -> Text:
    """An amount, or that there is none."""
    return foreign(money.text, limit=40) if money else Text("no amount", style="dim")


def sums(amounts: Sequence[MoneyDocument]) -> str:
    """Amounts in a row, one a currency."""
    return " · ".join(money.text for money in amounts) or "no amount"


def age_text(seconds: int | None) -> str:
    """How old, in its two largest units; `?` where that is not known."""
    return age(None if seconds is None else timedelta(seconds=seconds))


def ago(moment: datetime | None, now: datetime) -> str:
    """`12m ago`; `in 40m`; empty where there is no moment."""
    if moment is None:
        return ""
    return f"{age(now - moment)} ago" if moment <= now else f"in {age(moment - now)}"


def moment(at: datetime) -> str:
    """A moment to the second, UTC."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def sums_in_lines(amounts: Sequence[MoneyDocument], in_a_row: int) -> Iterator[str]:
    for start in range(0, len(amounts), in_a_row):
        yield " · ".join(money.text for money in amounts[start : start + in_a_row])


def _sign_of_group(group: GroupDocument) -> str:
    if group.key == f"fixed.{Event.ORPHAN_FAILED}":
        return BAD
    if group.part is GroupPart.WOULD_CHANGE and group.next_step:
        return LOOK
    return {
        GroupPart.DONE: FIXED,
        GroupPart.WOULD_CHANGE: WOULD,
        GroupPart.NEEDS_PERSON: LOOK,
    }.get(group.part, OPEN)
