"""When a row is looked at again, and that no crowd of rows keeps another waiting."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconcile_tui.core.decisions import (
    AlreadyResolved,
    Attention,
    Decision,
    Event,
    Reason,
    StillPending,
    Sync,
    Unreadable,
    WaitsFor,
)
from reconcile_tui.core.findings import Check
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp_states import PspState, ReadFailureKind
from reconcile_tui.core.schedule import (
    LONGEST_WORD,
    Lanes,
    advance,
    closed,
    failures_at_cap,
    opens_at_cap,
    share_slots,
    wait_after_failures,
    wait_while_open,
)
from tests.builders import NOW, a_failed_read, a_payment_seen, not_found, the_evidence
from tests.strategies import decisions, states

POLICY = Policy()
HOUR = timedelta(hours=1)
OPEN = StillPending(waits_for=WaitsFor.PROCESSOR)
PAID = Sync(event=Event.PAYMENT_SUCCEEDED)

jitters = st.floats(0, 1, exclude_max=True)
policies = st.builds(
    Policy,
    interval=st.timedeltas(min_value=timedelta(seconds=10), max_value=timedelta(hours=6)),
    backoff_cap=st.timedeltas(min_value=timedelta(hours=6), max_value=timedelta(days=3)),
)


def looked(
    check: Check | None,
    decision: Decision,
    state: PspState | None = None,
    *,
    jitter: float = 0.0,
    phase_ended: bool = False,
) -> Check:
    return advance(
        check, "pay_1", decision, state, now=NOW, policy=POLICY, jitter=jitter, phase_ended=phase_ended
    )


def looked_often(times: int, decision: Decision, state: PspState | None = None) -> list[timedelta]:
    """The waits after so many looks with the same answer."""
    waits, check = [], None
    for _ in range(times):
        check = looked(check, decision, state)
        assert check.next_due is not None
        waits.append(check.next_due - NOW)
    return waits


class TestOpenRows:
    @pytest.mark.parametrize("decision", [OPEN, Attention(reason=Reason.NOT_FOUND)], ids=lambda d: d.kind)
    def test_a_row_that_stays_open_is_due_after_1_2_4_intervals_up_to_the_cap(
        self, decision: Decision
    ) -> None:
        hours = [wait / HOUR for wait in looked_often(7, decision, a_payment_seen("processing"))]
        assert hours == [1, 2, 4, 8, 12, 12, 12]

    def test_jitter_moves_a_wait_into_its_last_quarter(self) -> None:
        assert wait_while_open(1, POLICY, 0.0) == HOUR
        assert timedelta(minutes=45) < wait_while_open(1, POLICY, 0.999) < timedelta(minutes=46)

    @given(st.integers(1, 10_000), policies, jitters)
    def test_no_wait_is_longer_than_the_cap_or_shorter_than_half_an_interval(
        self, opens: int, policy: Policy, jitter: float
    ) -> None:
        assert policy.interval / 2 <= wait_while_open(opens, policy, jitter) <= policy.backoff_cap

    @pytest.mark.parametrize("jitter", [-0.1, 1.0])
    def test_a_jitter_out_of_bounds_is_refused(self, jitter: float) -> None:
        with pytest.raises(ValueError, match="not in"):
            wait_while_open(1, POLICY, jitter)

    def test_a_read_that_answers_ends_the_count_of_failures(self) -> None:
        check = Check(psp_id="pay_1", reads=4, failures=3, opens=2)
        after = looked(check, OPEN, a_payment_seen("processing"))
        assert (after.reads, after.failures, after.opens) == (5, 0, 3)

    def test_a_row_to_heal_is_due_at_the_next_tick_until_it_is_closed(self) -> None:
        after = looked(Check(psp_id="pay_1", opens=5), PAID, a_payment_seen())
        assert (after.next_due, after.opens) == (NOW, 0)


class TestFailedReads:
    def test_a_failed_read_is_tried_at_the_next_tick_and_doubles_from_the_third_on(self) -> None:
        hours = [wait / HOUR for wait in looked_often(8, Unreadable(), a_failed_read())]
        assert hours == [0, 0, 2, 4, 8, 12, 12, 12]

    @given(st.integers(3, 10_000), policies, jitters)
    def test_no_wait_after_failures_is_longer_than_the_cap(
        self, failures: int, policy: Policy, jitter: float
    ) -> None:
        assert policy.interval / 2 <= wait_after_failures(failures, policy, jitter) <= policy.backoff_cap

    def test_a_failed_read_leaves_what_was_last_known(self) -> None:
        known = looked(None, OPEN, a_payment_seen("processing"))
        after = looked(known, Unreadable(), a_failed_read(detail="reset \x1b[2J"))
        assert (after.psp_status, after.psp_read_at, after.connector) == ("processing", NOW, "adyen")
        assert (after.failures, after.opens) == (1, 1)
        assert after.detail == "timeout: reset ␛[2J"

    def test_a_failed_read_counts_in_a_phase_that_the_breaker_ended_and_its_wait_stays_short(self) -> None:
        check = Check(psp_id="pay_1", reads=9, failures=5)
        after = looked(check, Unreadable(), a_failed_read(), phase_ended=True)
        assert (after.failures, after.next_due) == (6, NOW + 2 * HOUR)

    def test_a_read_that_would_have_failed_for_any_row_is_not_the_rows_failure(self) -> None:
        check = Check(psp_id="pay_1", reads=9, failures=5)
        after = looked(check, Unreadable(), a_failed_read(ReadFailureKind.UNAUTHORISED), phase_ended=True)
        assert (after.failures, after.next_due) == (5, NOW)

    def test_a_read_that_clocks_apart_made_useless_is_not_the_rows_failure(self) -> None:
        check = Check(psp_id="pay_1", reads=9, failures=5)
        after = looked(check, Unreadable(), a_failed_read(ReadFailureKind.CLOCK_SKEW))
        assert (after.reads, after.failures, after.next_due) == (10, 5, NOW)

    def test_a_row_whose_answer_is_no_verdict_counts_as_read_so_that_others_have_their_turn(self) -> None:
        after = looked(None, Unreadable(), a_failed_read(ReadFailureKind.BREAKER_OPEN), phase_ended=True)
        assert (after.reads, after.failures, after.next_due) == (1, 1, NOW)


class TestWhatIsRemembered:
    def test_a_look_remembers_what_the_psp_said(self) -> None:
        after = looked(None, OPEN, a_payment_seen("processing", connector="stripe"))
        assert (after.psp_status, after.connector, after.last_read_at) == ("processing", "stripe", NOW)
        assert (after.decision, after.detail) == ("still_pending", "processor")

    def test_words_that_are_longer_than_any_column_are_cut(self) -> None:
        after = looked(None, OPEN, a_payment_seen("processing" * 10, connector="stripe\x00" * 50))
        assert len(after.psp_status or "") == LONGEST_WORD
        assert (after.connector or "").startswith("stripe␀stripe␀")
        assert len(after.connector or "") == LONGEST_WORD

    def test_a_look_at_an_orphan_remembers_its_payment(self) -> None:
        after = looked(None, Attention(reason=Reason.ORPHAN_AMBIGUOUS), the_evidence())
        assert (after.psp_status, after.detail) == ("succeeded", "orphan_ambiguous")

    def test_a_foreign_word_is_stored_harmless(self) -> None:
        after = looked(None, Attention(reason=Reason.UNKNOWN_STATUS), a_payment_seen("new\x00word"))
        assert after.psp_status == "new␀word"

    def test_not_found_leaves_what_was_last_known(self) -> None:
        known = looked(None, OPEN, a_payment_seen("processing"))
        assert looked(known, Attention(reason=Reason.NOT_FOUND), not_found()).psp_status == "processing"

    def test_another_psp_id_on_the_row_starts_anew(self) -> None:
        of_another = Check(psp_id="pay_0", reads=9, failures=4, opens=9, psp_status="failed")
        after = looked(of_another, OPEN, a_payment_seen("processing"))
        assert (after.psp_id, after.reads, after.failures, after.opens) == ("pay_1", 1, 0, 1)

    @given(decisions, states, jitters, st.booleans())
    def test_every_look_is_remembered_and_none_is_due_in_the_past(
        self, decision: Decision, state: PspState, jitter: float, phase_ended: bool
    ) -> None:
        after = looked(None, decision, state, jitter=jitter, phase_ended=phase_ended)
        assert after.next_due is None or after.next_due >= NOW
        assert (after.next_due is None) == (decision == AlreadyResolved() and after.reads == 1)


class TestClosedRows:
    def test_a_row_that_was_paid_is_over(self) -> None:
        before = Check(psp_id="pay_1", opens=3)
        after = closed(before, Event.PAYMENT_SUCCEEDED, now=NOW, policy=POLICY, jitter=0.0)
        assert (after.next_due, after.watch_until) == (None, None)

    @pytest.mark.parametrize(
        "event",
        [
            Event.PAYMENT_FAILED,
            Event.PAYMENT_CANCELLED,
            Event.PAYMENT_EXPIRED,
            Event.REFUND_FAILED,
            Event.ORPHAN_FAILED,
            Event.REFUND_SUCCEEDED,
        ],
    )
    def test_a_row_that_we_ended_is_watched_ever_more_slowly_and_then_over(self, event: Event) -> None:
        check = closed(Check(psp_id="pay_1", opens=7), event, now=NOW, policy=POLICY, jitter=0.0)
        looks = []
        while (due := check.next_due) is not None:
            looks.append((due - NOW) / HOUR)
            check = advance(
                check,
                "pay_1",
                AlreadyResolved(),
                a_payment_seen("failed"),
                now=due,
                policy=POLICY,
                jitter=0.0,
            )
        assert looks == [1, 3, 7, 15, 27, 39, 51, 63, 72]

    def test_an_adopted_orphan_is_due_at_once(self) -> None:
        after = closed(Check(psp_id="", opens=3), Event.ORPHAN_ADOPTED, now=NOW, policy=POLICY, jitter=0.0)
        assert after.next_due == NOW

    def test_a_contradiction_outlives_the_watch(self) -> None:
        check = Check(psp_id="pay_1", opens=8, watch_until=NOW - HOUR)
        after = looked(check, Attention(reason=Reason.CONTRADICTION), a_payment_seen())
        assert after.next_due == NOW + POLICY.backoff_cap

    def test_a_failed_read_at_the_end_of_the_watch_is_tried_again(self) -> None:
        check = Check(psp_id="pay_1", opens=8, watch_until=NOW - HOUR)
        assert looked(check, Unreadable(), a_failed_read()).next_due == NOW


class TestLanes:
    @given(policies)
    def test_the_cap_is_reached_exactly_where_the_waits_stop_growing(self, policy: Policy) -> None:
        opens, failures = opens_at_cap(policy), failures_at_cap(policy)
        assert wait_while_open(opens, policy, 0.0) == policy.backoff_cap
        assert opens == 1 or wait_while_open(opens - 1, policy, 0.0) < policy.backoff_cap
        assert wait_after_failures(failures, policy, 0.0) == policy.backoff_cap
        assert wait_after_failures(failures - 1, policy, 0.0) < policy.backoff_cap


@st.composite
def any_lanes(draw: st.DrawFn) -> Lanes[int]:
    sizes = draw(st.tuples(*[st.integers(0, 30)] * 6))
    rows = iter(range(sum(sizes)))
    new, below, watched, at, customer, old = ([next(rows) for _ in range(size)] for size in sizes)
    return Lanes(
        never_attempted=new, below_cap=below, watched=watched, at_cap=at, customer=customer, too_old=old
    )


def all_of(lanes: Lanes[int]) -> list[Sequence[int]]:
    return [*lanes_before_the_last(lanes), lanes.customer, lanes.too_old]


def lanes_before_the_last(lanes: Lanes[int]) -> list[Sequence[int]]:
    return [lanes.never_attempted, lanes.below_cap, lanes.watched, lanes.at_cap]


class TestSlots:
    def test_half_is_for_new_rows_and_the_other_half_for_rows_below_the_cap_and_at_it(self) -> None:
        lanes = Lanes(
            never_attempted=list(range(100)),
            below_cap=list(range(100, 103)),
            at_cap=list(range(200, 300)),
            too_old=list(range(300, 400)),
        )
        shared = share_slots(lanes, 10)
        assert sorted(shared) == [0, 1, 2, 3, 4, 100, 101, 102, 200, 201]
        assert shared[:4] == [0, 100, 1, 200]

    def test_old_rows_get_what_is_left_over(self) -> None:
        lanes = Lanes(never_attempted=[1], below_cap=[2], too_old=[3, 4, 5, 6])
        assert share_slots(lanes, 4) == [1, 2, 3, 4]

    def test_a_single_slot_is_for_a_new_row(self) -> None:
        assert share_slots(Lanes(never_attempted=[1], below_cap=[2]), 1) == [1]

    def test_a_negative_number_of_slots_is_refused(self) -> None:
        with pytest.raises(ValueError, match="slots"):
            share_slots(Lanes[int](), -1)

    @given(any_lanes(), st.integers(0, 60))
    @example(Lanes(), 50)
    def test_every_slot_is_used_and_no_row_twice(self, lanes: Lanes[int], limit: int) -> None:
        shared = share_slots(lanes, limit)
        assert len(shared) == min(limit, sum(map(len, all_of(lanes))))
        assert len(set(shared)) == len(shared)

    @given(any_lanes(), st.integers(0, 60))
    def test_each_lane_has_its_floor_and_lends_the_rest(self, lanes: Lanes[int], limit: int) -> None:
        shared = set(share_slots(lanes, limit))
        new, below, watched, at = (len(lane) for lane in lanes_before_the_last(lanes))
        half = limit // 2
        floor = max(half // 4, 1) if half >= 3 else 0
        assert len(shared & set(lanes.never_attempted)) >= min(new, limit - half)
        seen = {*lanes.below_cap, *lanes.watched, *lanes.at_cap}
        assert len(shared & seen) >= min(below + watched + at, half)
        assert len(shared & set(lanes.watched)) >= min(watched, floor)
        assert len(shared & set(lanes.at_cap)) >= min(at, floor)
        assert len(shared & set(lanes.below_cap)) >= min(below, half - 2 * floor if floor else 0)

    @given(any_lanes(), st.integers(0, 60))
    def test_each_lane_is_served_from_its_front(self, lanes: Lanes[int], limit: int) -> None:
        shared = share_slots(lanes, limit)
        for lane in all_of(lanes):
            served = [row for row in shared if row in lane]
            assert served == list(lane[: len(served)])

    @given(any_lanes(), st.integers(0, 60))
    def test_what_waits_on_the_customer_or_is_old_takes_no_slot_from_another(
        self, lanes: Lanes[int], limit: int
    ) -> None:
        shared = share_slots(lanes, limit)
        last = {*lanes.customer, *lanes.too_old}
        before = [row for row in shared if row not in last]
        assert len(before) == min(limit, sum(map(len, lanes_before_the_last(lanes))))
        assert shared[: len(before)] == before

    @pytest.mark.parametrize("limit", [2, 4])
    def test_where_the_slots_are_few_the_longest_overdue_goes_first(self, limit: int) -> None:
        lanes = Lanes(below_cap=[5, 6], watched=[2, 9], at_cap=[1, 7], never_attempted=range(10, 20))
        again = [row for row in share_slots(lanes, limit, due=lambda n: NOW + n * HOUR) if row < 10]
        assert again == [1, 2][: limit // 2]


def test_a_new_row_behind_five_thousand_that_process_for_ever_is_read_at_its_first_tick() -> None:
    """And so is every tick's new row, while the crowd is still looked at in turn."""
    checks: dict[str, Check | None] = {f"old-{n}": Check(psp_id="p", reads=1, opens=1) for n in range(5_000)}
    due = dict.fromkeys(checks, NOW)
    looks: Counter[str] = Counter()
    for tick in range(20):
        now = NOW + tick * HOUR
        newcomer = f"new-{tick}"
        checks[newcomer], due[newcomer] = None, now
        rows = sorted((row for row in due if due[row] <= now), key=lambda row: due[row])
        new = [row for row in rows if checks[row] is None]
        seen = [(row, check) for row in rows if (check := checks[row]) is not None]
        batch = share_slots(
            Lanes(
                never_attempted=new,
                below_cap=[row for row, check in seen if check.opens < opens_at_cap(POLICY)],
                at_cap=[row for row, check in seen if check.opens >= opens_at_cap(POLICY)],
            ),
            POLICY.batch_limit,
        )
        assert newcomer in batch
        assert len(batch) == POLICY.batch_limit
        for row in batch:
            check = advance(checks[row], "p", OPEN, None, now=now, policy=POLICY, jitter=0.5)
            assert check.next_due is not None
            checks[row], due[row] = check, check.next_due
            looks[row] += 1
    assert sum(looks.values()) == 20 * POLICY.batch_limit


def test_fifty_rows_with_a_lasting_error_do_not_delay_a_new_one() -> None:
    checks = [Check(psp_id="p", reads=1, failures=1)] * 50
    for _ in range(3):
        checks = [
            advance(check, "p", Unreadable(), a_failed_read(), now=NOW, policy=POLICY, jitter=0.0)
            for check in checks
        ]
        lanes = Lanes(below_cap=[f"broken-{n}" for n in range(50)], never_attempted=["new"])
        assert "new" in share_slots(lanes, POLICY.batch_limit)
    assert all(check.next_due is not None and check.next_due > NOW for check in checks)
