"""The columns: what they show of a row, and how they share the room."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconcile_tui.core.decisions import Event, StillPending, Sync, WaitsFor
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.psp_states import ReadFailureKind, ReadHow
from reconcile_tui.screens.desk.lists import Acting, Tab
from reconcile_tui.screens.triage.columns import (
    COLUMNS,
    GAP,
    Sight,
    amounts,
    columns_of,
    fit,
    usual_columns,
)
from reconcile_tui.screens.triage.ordering import ColumnId
from tests.builders import NOW, a_failed_read, a_payment_seen
from tests.unit.screens.triage.lists import HOSTILE, a_row, ref


def shown(column: ColumnId, sight: Sight) -> str:
    return COLUMNS[column].cell(sight)[0]


def looked_at(row_id: str = "o-1", status: str = "succeeded", *, ago: str = "0s") -> Sight:
    row = a_row(row_id)
    planned = PlannedRow(
        finding=row.finding, state=a_payment_seen(status), decision=Sync(event=Event.PAYMENT_SUCCEEDED)
    )
    return Sight(row=row, now=NOW, looked=planned)


@pytest.mark.parametrize("width", range(10, 200))
def test_the_columns_that_have_room_fill_it_and_never_more(width: int) -> None:
    fitted = fit([COLUMNS[each] for each in ColumnId], width)

    taken = sum(each.width + GAP for each in fitted) - GAP
    assert taken <= width
    assert fitted[0].column.id is ColumnId.ID


def test_a_narrow_list_keeps_what_decides() -> None:
    fitted = fit([COLUMNS[each] for each in usual_columns(Tab.ORDERS)], 68)

    kept = [each.column.id for each in fitted]
    assert kept == [ColumnId.ID, ColumnId.AGE, ColumnId.AMOUNT, ColumnId.PSP, ColumnId.SYNC]


def test_an_amount_is_never_cut_and_its_point_stands_below_the_others() -> None:
    decimals, width = amounts({"EUR": 123_456_789, "JPY": 21_330, "KWD": 74_000})
    texts = [
        shown(
            ColumnId.AMOUNT, Sight(row=a_row("o", amount=amount, currency=code), now=NOW, decimals=decimals)
        )
        for amount, code in ((123_456_789, "EUR"), (21_330, "JPY"), (74_000, "KWD"))
    ]

    assert [text.rjust(width) for text in texts] == [
        "1,234,567.89  EUR",
        "   21,330     JPY",
        "       74.000 KWD",
    ]
    room = fit([COLUMNS[ColumnId.AMOUNT]], 40, needs={ColumnId.AMOUNT: width})
    assert room[0].width == width


def test_a_look_says_what_a_sync_would_do_and_grows_stale() -> None:
    fresh = looked_at()
    assert shown(ColumnId.PSP, fresh) == "succeeded"
    assert shown(ColumnId.SYNC, fresh) == "sync: completed"

    stale = replace(fresh, looked_ago=timedelta(minutes=2))
    assert shown(ColumnId.PSP, stale) == "▲2m succeeded"


def test_a_look_that_forced_nothing_never_says_that_there_is_nothing_to_do() -> None:
    waiting = StillPending(waits_for=WaitsFor.PROCESSOR)
    looked = looked_at().looked
    assert looked is not None
    known = replace(looked, decision=waiting, state=a_payment_seen("processing", how=ReadHow.LAST_KNOWN))
    forced = replace(looked, decision=waiting, state=a_payment_seen("processing"))

    assert shown(ColumnId.SYNC, replace(looked_at(), looked=known)) == "ask: waits for the processor"
    assert shown(ColumnId.SYNC, replace(looked_at(), looked=forced)) == "waits for the processor"


def test_a_look_at_a_row_that_changed_since_says_nothing_of_it() -> None:
    changed = replace(looked_at(), row=a_row("o-1", amount=4300))

    assert shown(ColumnId.SYNC, changed) == "the row changed"


def test_without_a_look_the_last_check_speaks_and_says_how_old_it_is() -> None:
    sight = Sight(row=a_row("o-1", psp_status="processing"), now=NOW)

    assert shown(ColumnId.PSP, sight) == "▲5m processing"
    assert shown(ColumnId.SYNC, sight) == "ask: waits for the processor"
    assert shown(ColumnId.CHECKED, sight) == "5m ago"


def test_a_row_that_was_never_read_says_so() -> None:
    sight = Sight(row=a_row("o-1", psp_status=None), now=NOW)

    assert shown(ColumnId.PSP, sight) == "never read"
    assert shown(ColumnId.CHECKED, sight) == "never"


def test_a_failed_look_says_why() -> None:
    looked = looked_at()
    assert looked.looked is not None
    failed = replace(looked.looked, state=a_failed_read(ReadFailureKind.TIMEOUT))
    sight = replace(looked, looked=failed)

    assert shown(ColumnId.PSP, sight) == "! no answer in time"


def test_who_acts_on_a_row_is_named() -> None:
    acting = Acting(ref=ref("o-1"), actor="bob", holder="process-2", expires_at=NOW)

    assert shown(ColumnId.SYNC, replace(looked_at(), acting=acting)) == "» bob is on it"


def test_the_reason_for_attention_is_a_column_of_its_own_tab_alone() -> None:
    assert ColumnId.REASON in columns_of(Tab.ATTENTION)
    assert ColumnId.REASON not in columns_of(Tab.ORDERS)
    assert all(set(usual_columns(tab)) <= set(columns_of(tab)) for tab in Tab)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_others_wrote_shows_as_harmless_text(text: str) -> None:
    row = a_row(text or "o-1", psp_status=text, connector=text)
    sight = Sight(row=row, now=NOW, acting=Acting(ref=row.ref, actor=text, holder=text, expires_at=NOW))

    for column in ColumnId:
        cell = shown(column, sight)
        assert cell.isprintable()
        assert len(cell) <= 80
