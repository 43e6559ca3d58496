"""Lean rows: the same in less memory. A database's driver makes every word anew; a list holds each once."""

from dataclasses import replace
from sys import intern

from reconcile_tui.core.findings import Check, LocalOrder, LocalRefund
from reconcile_tui.core.money import Money
from reconcile_tui.screens.desk.lists import ListedRow


def lean(row: ListedRow) -> ListedRow:
    """An equal row that shares its words with others."""
    finding = row.finding
    local, check = finding.row, finding.check
    slim = _slim_row(local)
    if check is not None:
        check = _slim_check(check, local.psp_id or "")
    return ListedRow(replace(finding, row=slim, check=check), row.attention)


def same_but_for_age(one: ListedRow, other: ListedRow) -> bool:
    """Whether nothing but the time went by between two readings of a row."""
    a, b = one.finding, other.finding
    return (
        a.row == b.row
        and a.check == b.check
        and a.cls == b.cls
        and a.check_version == b.check_version
        and a.failed_by_us == b.failed_by_us
        and a.is_capped == b.is_capped
        and one.attention == other.attention
    )


def _slim_row(row: LocalOrder | LocalRefund) -> LocalOrder | LocalRefund:
    money = row.money
    return row if money is None else replace(row, money=Money(money.minor, intern(money.currency)))


def _slim_check(check: Check, psp_id: str) -> Check:
    return replace(
        check,
        psp_id=psp_id if psp_id == check.psp_id else check.psp_id,
        psp_read_at=check.last_read_at if check.psp_read_at == check.last_read_at else check.psp_read_at,
        psp_status=_shared(check.psp_status),
        connector=_shared(check.connector),
        decision=_shared(check.decision),
        detail=_shared(check.detail),
    )


def _shared(word: str | None) -> str | None:
    return None if word is None else intern(word)
