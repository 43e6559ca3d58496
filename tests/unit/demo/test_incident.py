"""The incident: the same in every run, of the size that was asked for, with every way of hanging in it."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile_tui.core.decisions import (
    Adopt,
    Attention,
    Decision,
    Event,
    FailOrphan,
    Reason,
    StillPending,
    Sync,
    WaitsFor,
    applicable,
)
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.statuses import Kind, PaymentStatus
from reconcile_tui.demo.incident import SEED, Incident, demo_rows
from reconcile_tui.demo.psp import Book, MovableClock
from tests.builders import NOW, ago

MEANT = {
    "sync payment.succeeded": 21,
    "sync payment.failed": 2,
    "sync payment.cancelled": 1,
    "sync payment.expired": 1,
    "sync refund.succeeded": 11,
    "sync refund.failed": 3,
    "adopt by amount": 2,
    "adopt by id": 1,
    "adopt by metadata": 1,
    "fail_orphan": 3,
    "still_pending processor": 4,
    "still_pending customer": 3,
    "still_pending merchant": 2,
    "unreadable": 1,
    "already_resolved": 1,
    "attention amount_mismatch": 3,
    "attention bad_request": 1,
    "attention conflicted": 1,
    "attention contradiction": 3,
    "attention currency_mismatch": 1,
    "attention in_review": 2,
    "attention missing_amount": 1,
    "attention not_found": 3,
    "attention orphan_ambiguous": 3,
    "attention orphan_claimed_by_other": 1,
    "attention orphan_no_payment": 1,
    "attention orphan_payment_differs": 1,
    "attention orphan_unclaimed_refund": 1,
    "attention partial_capture": 2,
    "attention processing_too_long": 1,
    "attention received_mismatch": 1,
    "attention refund_never_sent": 1,
    "attention refund_too_large": 1,
    "attention refunds_exceed_order": 1,
    "attention revived": 1,
    "attention too_old": 3,
    "attention unknown_local_status": 1,
    "attention unknown_status": 2,
    "attention voided_after_capture": 1,
    "attention wrong_payment": 1,
}

NOT_IN_A_SHOP_THAT_KEEPS_ITS_KEYS = {Reason.MALFORMED_ROW, Reason.ORDER_MISSING, Reason.SHARED_PSP_ID}
NEVER_OF_A_READ = {Reason.ORPHAN_CAP, Reason.NO_EFFECT, Reason.NO_EVENT, Reason.UNDELIVERABLE}
NOT_IN_THIS_INCIDENT = {Reason.GIVEN_BACK, Reason.DISPUTED}


@pytest.fixture(scope="module")
def incident() -> Incident:
    return demo_rows(SEED, NOW)


def in_short(decision: Decision) -> str:
    match decision:
        case Sync(event=event):
            return f"sync {event}"
        case Adopt(matched_by=proof):
            return f"adopt by {proof}"
        case Attention(reason=reason):
            return f"attention {reason}"
        case StillPending(waits_for=whom):
            return f"still_pending {whom}"
        case _:
            return decision.kind


def decisions_of(incident: Incident) -> list[Decision]:
    return [decision for meant in incident.meant for decision in meant.decisions]


def test_the_same_seed_and_moment_give_the_same_incident() -> None:
    assert demo_rows(SEED, NOW) == demo_rows(SEED, NOW)


def test_another_moment_moves_everything_and_changes_nothing_else(incident: Incident) -> None:
    later = demo_rows(SEED, NOW + timedelta(days=40))
    assert [row.row_id for row in later.orders] == [row.row_id for row in incident.orders]
    assert {b.created_at - a.created_at for a, b in zip(incident.orders, later.orders, strict=True)} == {
        timedelta(days=40)
    }


def test_another_seed_has_other_customers_and_the_same_ways(incident: Incident) -> None:
    other = demo_rows(SEED + 1, NOW)
    assert {row.payment_id for row in other.orders} & {row.payment_id for row in incident.orders} <= {
        None,
        "pay_7Qx2 (copy)",
    }
    assert Counter(meant.way for meant in other.meant) == Counter(meant.way for meant in incident.meant)


def test_it_is_of_the_size_of_a_small_shop(incident: Incident) -> None:
    assert (len(incident.orders), len(incident.refunds)) == (420, 110)
    assert len(incident.meant) == len(incident.meanings) == 530


def test_every_way_is_there_as_often_as_the_author_meant(incident: Incident) -> None:
    assert Counter(map(in_short, decisions_of(incident))) == Counter(MEANT)


def test_every_event_every_reason_and_everybody_waited_for_occur(incident: Incident) -> None:
    decided = decisions_of(incident)
    reasons = {it.reason for it in decided if isinstance(it, Attention)}
    assert reasons == set(Reason) - NOT_IN_A_SHOP_THAT_KEEPS_ITS_KEYS - NEVER_OF_A_READ - NOT_IN_THIS_INCIDENT
    assert {action.event for it in decided if (action := applicable(it))} == set(Event)
    assert {it.waits_for for it in decided if isinstance(it, StillPending)} == set(WaitsFor) - {WaitsFor.AGE}


def test_every_status_a_payment_can_have_occurs_and_one_that_nobody_knows(incident: Incident) -> None:
    seldom = {
        PaymentStatus.PARTIALLY_AUTHORIZED_AND_REQUIRES_CAPTURE,
        PaymentStatus.PARTIALLY_CAPTURED_AND_PROCESSING,
    }
    statuses = {payment.facts["status"] for payment in incident.payments}
    assert statuses == {str(status) for status in set(PaymentStatus) - seldom} | {"awaiting_network_token"}


def test_no_more_orphans_are_to_be_failed_than_a_daemon_may(incident: Incident) -> None:
    to_fail = [it for it in decisions_of(incident) if isinstance(it, FailOrphan)]
    assert 0 < len(to_fail) < Policy().orphan_auto_limit


def test_one_tick_has_room_for_every_stuck_row(incident: Incident) -> None:
    due = Counter(meant.ref.kind for meant in incident.meant if meant.decisions)
    assert due[Kind.ORDER] <= Policy().batch_limit
    assert due[Kind.REFUND] <= Policy().batch_limit


def test_rows_that_must_not_be_touched_are_pending_too(incident: Incident) -> None:
    ways = Counter(meant.way for meant in incident.meant if not meant.decisions and meant.ends == "pending")
    assert ways == {"younger than its limit": 12, "no payment was ever begun": 3}


def test_one_connector_is_visibly_to_blame(incident: Incident) -> None:
    healed = {meant.ref for meant in incident.meant if any(applicable(it) for it in meant.decisions)}
    payments = {payment.payment_id: payment.facts for payment in incident.payments}
    connectors = Counter(
        payments[row.payment_id]["connector"]
        for row in incident.orders
        if row.ref in healed and row.payment_id
    )
    assert connectors[incident.blamed] > 2 * (connectors.total() - connectors[incident.blamed])


def test_since_that_minute_nothing_of_that_connector_ended_and_others_did(incident: Incident) -> None:
    payments = {payment.payment_id: payment.facts for payment in incident.payments}
    ended = Counter(
        payments[row.payment_id]["connector"] == incident.blamed
        for row in incident.orders
        if row.status == "completed" and row.created_at >= incident.since and row.payment_id
    )
    assert ended[True] == 0
    assert ended[False] > 0


def test_the_report_names_the_connector_and_the_minute(incident: Incident) -> None:
    assert incident.since == ago("3h10m")
    assert incident.reported == (
        "Support: customers paid with Adyen since 08:50 UTC and their orders still say pending."
    )


def test_what_is_stuck_is_in_currencies_of_no_two_and_three_decimals(incident: Incident) -> None:
    stuck = {meant.ref for meant in incident.meant if meant.decisions}
    assert {row.currency for row in incident.orders if row.ref in stuck} >= {
        "EUR",
        "USD",
        "GBP",
        "JPY",
        "KWD",
    }


def test_the_psp_keeps_the_outage_to_itself_until_it_is_made_to_ask(incident: Incident) -> None:
    book = Book(clock=MovableClock(NOW))
    incident.write_book(book)
    assert len(incident.unheard) == 16
    for payment_id in incident.unheard:
        entry = book.payments[payment_id]
        assert (entry.known.status, entry.truth(NOW).status) == ("processing", "succeeded")


def test_every_customer_has_an_address_of_his_own(incident: Incident) -> None:
    addresses = {row.customer_email for row in incident.orders}
    assert len(addresses) == 420
    assert all(address.endswith("@buyers.example") for address in addresses)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="not an aware UTC datetime"):
        demo_rows(SEED, NOW.replace(tzinfo=None))


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    later=st.timedeltas(timedelta(days=-3000), timedelta(days=20_000)),
)
def test_any_seed_at_any_moment_can_be_written_into_a_book(seed: int, later: timedelta) -> None:
    now = NOW + later
    incident = demo_rows(seed, now)
    book = Book(clock=MovableClock(now))
    incident.write_book(book)
    assert max(row.created_at for row in incident.orders) < now
    assert max(row.created_at for row in incident.refunds) < now
    assert {row.order_id for row in incident.refunds} <= {row.row_id for row in incident.orders}
    assert Counter(map(in_short, decisions_of(incident))) == Counter(MEANT)
