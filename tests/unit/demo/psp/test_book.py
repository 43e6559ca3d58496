"""The book: truth moves at its moments, knowledge follows only when it is made to."""

from datetime import UTC, datetime, timedelta

import pytest

from reconcile_tui.core.statuses import PaymentStatus
from reconcile_tui.demo.psp import Book, MovableClock
from reconcile_tui.demo.psp.events import event_type

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def a_book() -> Book:
    return Book(clock=MovableClock(NOW))


def test_truth_is_what_was_written_down_for_the_moment() -> None:
    entry = a_book().payment(
        "pay_1",
        status="processing",
        then=[(timedelta(days=3), "succeeded"), (timedelta(days=1), "failed")],
    )
    later = [timedelta(0), timedelta(days=1), timedelta(days=2), timedelta(days=3), timedelta(days=9)]
    told = [entry.truth(NOW + by).status for by in later]
    assert told == ["processing", "failed", "failed", "succeeded", "succeeded"]


def test_a_moment_may_be_given_as_such_and_a_naive_one_is_utc() -> None:
    naive = datetime(2026, 11, 21, 12, 0)  # noqa: DTZ001 - what is tested
    entry = a_book().payment("pay_1", status="failed", then=[(naive, "succeeded")])
    assert entry.truth(NOW + timedelta(hours=23)).status == "failed"
    assert entry.truth(NOW + timedelta(hours=24)).status == "succeeded"


def test_truth_can_move_while_the_story_runs_and_nobody_knows_until_asked() -> None:
    book = a_book()
    entry = book.payment("pay_1", status="processing", amount=1000)
    book.payment_becomes("pay_1", "partially_captured", amount_received=400)
    assert entry.truth(NOW).amount_received == 400
    assert entry.known.status == "processing"
    assert entry.learns(NOW)
    assert (entry.known.status, entry.known_since) == ("partially_captured", NOW)
    assert not entry.learns(NOW), "the same is no news"


def test_hyperswitch_hears_the_truth_of_the_moment_not_of_the_day_it_is_looked_at() -> None:
    entry = a_book().payment(
        "pay_1",
        known="processing",
        status="failed",
        then=[(timedelta(hours=2), "succeeded")],
        learns_at=[timedelta(hours=1)],
    )
    entry.hears_of_itself(NOW + timedelta(days=1))
    assert (entry.known.status, entry.known_since) == ("failed", NOW + timedelta(hours=1))


def test_a_refund_takes_what_is_not_said_from_its_payment() -> None:
    book = a_book()
    book.payment("pay_1", amount=7000, currency="JPY", connector="adyen")
    refund = book.refund("ref_1", payment="pay_1").constants
    assert (refund.amount, refund.currency, refund.connector) == (7000, "JPY", "adyen")
    assert [entry.constants.refund_id for entry in book.refunds_of("pay_1")] == ["ref_1"]


def test_an_id_is_taken_once() -> None:
    book = a_book()
    book.payment("pay_1")
    book.refund("ref_1", payment="pay_1")
    with pytest.raises(ValueError, match="pay_1"):
        book.payment("pay_1")
    with pytest.raises(ValueError, match="ref_1"):
        book.refund("ref_1", payment="pay_1")
    with pytest.raises(KeyError):
        book.refund("ref_2", payment="pay_9")


@pytest.mark.parametrize(
    ("status", "received", "capturable"),
    [
        ("succeeded", 1100, 0),
        ("processing", None, 1100),
        ("requires_capture", None, 1100),
        ("partially_captured", 550, 0),
        ("partially_captured_and_capturable", 550, 550),
        ("failed", None, 0),
        ("cancelled", None, 0),
    ],
)
def test_amounts_follow_from_the_status_and_the_net_amount(
    status: str, received: int | None, capturable: int
) -> None:
    facts = a_book().payment("pay_1", status=status, amount=1000, net_amount=1100).known
    assert (facts.amount_received, facts.amount_capturable) == (received, capturable)


def test_five_statuses_send_no_event() -> None:
    silent = {
        status.value for status in PaymentStatus if event_type(a_book().payment("p", status=status)) is None
    }
    assert silent == {
        "requires_payment_method",
        "requires_confirmation",
        "partially_captured_and_processing",
        "conflicted",
        "review",
    }
