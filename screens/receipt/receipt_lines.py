"""A receipt as lines, and as text to paste. Pure."""

from collections.abc import Iterator, Sequence
from functools import partial

from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.step_wording import contradiction_words
from reconcile_tui.core.wording import outcome_words
from reconcile_tui.screens.confirm.plan_lines import money_in_words, rows_in_words
from reconcile_tui.screens.receipt.batch_receipt import (
    BatchReceipt,
    ReceiptGroup,
    ReceiptRow,
    Section,
    money_of,
)
from reconcile_tui.screens.sheet.line import Line, Tone, line, wrapped

_LONGEST_ID = 43
_SIGNS = {Section.FIXED: "✓", Section.HEALED: "○", Section.LEFT: "!"}
_TONES = {Section.FIXED: Tone.GOOD, Section.HEALED: Tone.PLAIN, Section.LEFT: Tone.WARNING}


def receipt_lines(receipt: BatchReceipt, width: int) -> Sequence[Line]:
    """The whole receipt: sums, what is left and why, what to do, where it is found again, every row."""
    return [*_sums(receipt, width), *_rows(receipt)]


def receipt_text(receipt: BatchReceipt) -> str:
    """The same as text, to paste to a colleague."""
    return "\n".join(each.tell() for each in receipt_lines(receipt, 100))


def outcome_line(row: ReceiptRow) -> Line:
    """What became of one row."""
    tone = Tone.DANGER if row.attention is Reason.CONTRADICTION else _TONES[row.section]
    return Line(partial(_row, row), tone)


def _sums(receipt: BatchReceipt, width: int) -> Iterator[Line]:
    if receipt.trouble is not None:
        yield from wrapped(f"! {harmless(receipt.trouble, limit=300)}", width, Tone.DANGER)
    for section in Section:
        rows = receipt.of(section)
        yield line(f"{section}: {rows_in_words(len(rows))}{_of(rows)}", Tone.HEADING)
        for group in receipt.groups(section):
            yield from _group(group, width)
    yield from _left_out(receipt, width)
    yield line("")
    yield from wrapped(f"Next: {receipt.next_step}", width, Tone.HEADING)
    why = f": {harmless(receipt.reason, limit=200)}" if receipt.reason else ""
    plan = harmless(receipt.plan_id, limit=60)
    who = harmless(receipt.actor, limit=60)
    yield from wrapped(
        f"Plan {plan}, confirmed by {who}{why} · ended {receipt.at:%Y-%m-%d %H:%M:%S} UTC", width
    )
    yield from wrapped(
        f"Found again under History, and by reconcile-tui journal --plan {plan}", width, Tone.DIM
    )
    if receipt.from_journal:
        yield from wrapped(
            "From the journal: rows that were stopped before they began are not on record.", width, Tone.DIM
        )


def _group(group: ReceiptGroup, width: int) -> Iterator[Line]:
    [first, *_] = group.rows
    tone = Tone.DANGER if first.attention is Reason.CONTRADICTION else _TONES[group.section]
    sign = _sign(first)
    text = f"{sign} {len(group.rows)} · {money_in_words(group.money)} · {group.words}"
    yield from wrapped(text, width, tone, indent=2)
    if group.step is not None:
        yield from wrapped(group.step, width, Tone.DIM, indent=6)


def _left_out(receipt: BatchReceipt, width: int) -> Iterator[Line]:
    if not (receipt.left_out or receipt.not_read or receipt.beyond):
        return
    count = sum(len(group.rows) for group in receipt.left_out) + receipt.not_read + receipt.beyond
    yield line(f"Left as they are, as the plan said: {rows_in_words(count)}", Tone.HEADING)
    for group in receipt.left_out:
        text = f"= {len(group.rows)} · {money_in_words(group.money)} · {group.end.words}"
        yield from wrapped(text, width, Tone.DIM, indent=2)
    if receipt.not_read:
        yield from wrapped(f"= {receipt.not_read} · not read: the reading was stopped", width, indent=2)
    if receipt.beyond:
        text = f"= {receipt.beyond} · not looked at: more than one batch takes"
        yield from wrapped(text, width, Tone.WARNING, indent=2)


def _rows(receipt: BatchReceipt) -> Iterator[Line]:
    for section in reversed(Section):
        rows = receipt.of(section)
        if rows:
            yield line("")
            yield line(f"{section}", Tone.HEADING)
            yield from map(outcome_line, rows)


def _of(rows: Sequence[ReceiptRow]) -> str:
    return f", {money_in_words(money_of(rows))}" if rows else ""


def _row(row: ReceiptRow) -> str:
    """What is decisive stands first: a narrow terminal cuts the rest."""
    became = f"{row.before or '?'} → {row.after or '?'}" if row.outcome is Outcome.FIXED else ""
    facts = (
        f"{_sign(row)} {harmless(str(row.ref), limit=_LONGEST_ID):<12}",
        f"{row.money or 'no amount'!s:>12}",
        harmless(became, limit=60),
        _words(row),
        f"({harmless(row.detail, limit=160)})" if row.detail else "",
    )
    return "  ".join(fact for fact in facts if fact)


def _sign(row: ReceiptRow) -> str:
    """A contradiction has the sign that history and row panel give it."""
    return "✗" if row.attention is Reason.CONTRADICTION else _SIGNS[row.section]


def _words(row: ReceiptRow) -> str:
    if not row.begun:
        return "not begun"
    if row.outcome is None:
        return "not known: begun and not concluded"
    if row.attention is Reason.CONTRADICTION:
        return contradiction_words(row.outcome)
    return outcome_words(row.outcome, row.refusal)
