"""The receipt: rows that came to the same are one line, and what needs somebody decides how it ends."""

from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.cli.receipt import Ended, exit_code, needs_somebody, receipt
from reconcile_tui.core.decisions import (
    Adopt,
    AlreadyResolved,
    Attention,
    Decision,
    Event,
    FailOrphan,
    Reason,
    StillPending,
    Sync,
    Unreadable,
    WaitsFor,
)
from reconcile_tui.core.findings import RefundId
from reconcile_tui.core.outcomes import Outcome, Refusal, Result
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.psp.breaker import Tripped, TripReason
from reconcile_tui.exit_codes import ExitCode
from tests.builders import a_failed_read, a_finding, a_payment_seen, an_order, an_orphan

SYNC = Sync(event=Event.PAYMENT_SUCCEEDED)
FIXED = Result(outcome=Outcome.FIXED)
DOWN = Tripped(reason=TripReason.PSP_DOWN, count=9, reads=10)


def a_row(
    decision: Decision, *, row_id: str = "o-1", amount: int | None = 4200, currency: str = "EUR"
) -> PlannedRow:
    if isinstance(decision, Adopt | FailOrphan):
        finding = a_finding(an_orphan(row_id, amount=amount, currency=currency))
    else:
        finding = a_finding(an_order(row_id, amount=amount, currency=currency))
    state = a_failed_read() if isinstance(decision, Unreadable) else a_payment_seen()
    return PlannedRow(finding=finding, state=state, decision=decision)


def left_keys(*rows: Ended, would: bool = False) -> list[str]:
    return [group.key for group in receipt(rows, would=would).open]


def test_rows_with_one_end_are_one_group_with_money_per_currency() -> None:
    rows = [
        Ended(planned=a_row(SYNC, row_id="o-1", amount=100), result=FIXED),
        Ended(planned=a_row(SYNC, row_id="o-2", amount=250), result=FIXED),
        Ended(planned=a_row(SYNC, row_id="o-3", amount=900, currency="JPY"), result=FIXED),
        Ended(planned=a_row(SYNC, row_id="o-4", amount=None), result=FIXED),
    ]

    [group] = receipt(rows).closed

    assert (group.key, group.rows) == ("fixed.payment.succeeded", 4)
    assert [(money.minor, money.currency) for money in group.money] == [(350, "EUR"), (900, "JPY")]


def test_what_needs_a_person_stands_before_what_a_later_tick_looks_at() -> None:
    keys = left_keys(
        Ended(planned=a_row(StillPending(waits_for=WaitsFor.CUSTOMER), row_id="o-1")),
        Ended(planned=a_row(StillPending(waits_for=WaitsFor.PROCESSOR), row_id="o-2")),
        Ended(planned=a_row(Unreadable(), row_id="o-3")),
        Ended(planned=a_row(Attention(reason=Reason.AMOUNT_MISMATCH), row_id="o-4")),
    )

    assert keys == ["attention.amount_mismatch", "unreadable.timeout", "waits.processor", "waits.customer"]


def test_an_event_without_effect_and_a_contradiction_are_left_for_a_person() -> None:
    unchanged = Result(outcome=Outcome.UNCHANGED, attention=Reason.NO_EFFECT)
    overtaken = Result(outcome=Outcome.OVERTAKEN, attention=Reason.CONTRADICTION)

    assert left_keys(Ended(planned=a_row(SYNC), result=unchanged)) == ["unchanged"]
    assert left_keys(Ended(planned=a_row(SYNC), result=overtaken)) == ["attention.contradiction"]


def test_where_events_alone_had_no_effect_how_to_send_them_again_is_said() -> None:
    unchanged = Ended(
        planned=a_row(SYNC), result=Result(outcome=Outcome.UNCHANGED, attention=Reason.NO_EFFECT)
    )

    assert "sync --again" in receipt([unchanged]).next_step


def test_what_was_not_applied_says_why() -> None:
    paused = Result(outcome=Outcome.REFUSED, refusal=Refusal.PAUSED, detail="paused by bob")

    assert left_keys(Ended(planned=a_row(SYNC), result=paused)) == ["refused.paused"]
    assert left_keys(Ended(planned=a_row(SYNC), tripped=DOWN)) == ["refused.breaker"]
    assert left_keys(Ended(planned=a_row(SYNC)), would=True) == ["would.payment.succeeded"]
    assert left_keys(Ended(planned=a_row(SYNC))) == ["refused.stopped"]


def test_an_orphan_that_got_its_id_and_was_then_synced_counts_once() -> None:
    adopt = Adopt(refund_id=RefundId("ref_1"), matched_by="id")
    first = Ended(planned=a_row(adopt, row_id="r-1"), result=FIXED)
    then = Ended(planned=a_row(FailOrphan(listed=0), row_id="r-1"), result=FIXED)

    [group] = receipt([first, then]).closed

    assert (group.key, group.rows) == ("fixed.orphan.failed", 1)


def test_exit_codes_follow_from_how_the_rows_ended() -> None:
    def ends(*rows: Ended, tripped: bool = False) -> ExitCode:
        return exit_code(rows, left=needs_somebody(receipt(rows)), tripped=tripped)

    paused = Result(outcome=Outcome.REFUSED, refusal=Refusal.PAUSED)
    customer = Ended(planned=a_row(StillPending(waits_for=WaitsFor.CUSTOMER), row_id="o-2"))
    processor = Ended(planned=a_row(StillPending(waits_for=WaitsFor.PROCESSOR), row_id="o-3"))
    unread = Ended(planned=a_row(Unreadable(), row_id="o-4"))
    fixed = Ended(planned=a_row(SYNC), result=FIXED)

    assert ends() is ExitCode.OK
    assert ends(fixed, customer) is ExitCode.OK
    assert ends(fixed, processor) is ExitCode.LEFT
    assert ends(fixed, unread) is ExitCode.LEFT
    assert ends(unread) is ExitCode.PSP_UNREADABLE
    assert ends(fixed, tripped=True) is ExitCode.PSP_UNREADABLE
    assert ends(Ended(planned=a_row(SYNC), result=paused)) is ExitCode.REFUSED


_DECISIONS = st.sampled_from(
    [
        SYNC,
        AlreadyResolved(),
        Unreadable(),
        *(Attention(reason=reason) for reason in Reason if not reason.operator_may_apply),
        *(StillPending(waits_for=waits_for) for waits_for in WaitsFor),
    ]
)
_RESULTS = st.sampled_from(
    [None, *(Result(outcome=outcome) for outcome in Outcome if outcome is not Outcome.REFUSED)]
    + [Result(outcome=Outcome.REFUSED, refusal=refusal) for refusal in Refusal]
)


@given(st.lists(st.tuples(_DECISIONS, _RESULTS, st.sampled_from(["EUR", "JPY"])), max_size=12))
def test_every_row_is_in_exactly_one_group_and_no_money_is_lost(
    ends: list[tuple[Decision, Result | None, str]],
) -> None:
    rows = [
        Ended(
            planned=a_row(decision, row_id=f"o-{number}", amount=100, currency=currency),
            result=result if decision is SYNC else None,
        )
        for number, (decision, result, currency) in enumerate(ends)
    ]

    came = receipt(rows)

    groups = (*came.closed, *came.open)
    assert sum(group.rows for group in groups) == len(rows)
    assert sum(money.minor for group in groups for money in group.money) == 100 * len(rows)
    assert len({group.key for group in groups}) == len(groups)
    assert came.next_step
