"""The script of faults: what comes first, what lasts, what a share means."""

from datetime import UTC, datetime

import pytest

from reconcile_tui.demo.psp.asked import Asked, Endpoint
from reconcile_tui.demo.psp.chance import seeded
from reconcile_tui.demo.psp.faults import Faults, Reset, Truncated, busy, server_error


def a_read(of: str = "pay_1", *, forced: bool = False) -> Asked:
    return Asked(
        at=datetime(2026, 11, 20, tzinfo=UTC),
        method="GET",
        path=f"/payments/{of}",
        endpoint=Endpoint.PAYMENT,
        object_id=of,
        query={"force_sync": "true"} if forced else {},
    )


def test_a_script_is_followed_one_request_at_a_time() -> None:
    faults = Faults()
    faults.script("pay_1", Reset(), None, busy())
    befell = [faults.befalls(a_read(of)) for of in ("pay_2", "pay_1", "pay_1", "pay_1", "pay_1")]
    assert befell == [None, Reset(), None, busy(), None]


@pytest.mark.parametrize("where", ["pay_1", "/payments/pay_1", "payment", "forced", "*"])
def test_requests_are_named_by_object_path_endpoint_force_or_all(where: str) -> None:
    faults = Faults()
    faults.always(where, Reset())
    assert [faults.befalls(a_read(forced=True)) for _ in range(2)] == [Reset(), Reset()]
    faults.stop(where)
    assert faults.befalls(a_read(forced=True)) is None


@pytest.mark.parametrize("where", ["pay_2", "/payments/pay_2", "refund", "refund_list"])
def test_other_requests_are_left_alone(where: str) -> None:
    faults = Faults()
    faults.always(where, Reset())
    faults.always("forced", Reset())
    assert faults.befalls(a_read()) is None


def test_a_script_goes_before_what_lasts_and_that_before_shares() -> None:
    faults = Faults()
    faults.share(1, server_error())
    faults.always("payment", Truncated())
    faults.script("*", Reset())
    befell = [faults.befalls(a_read()) for _ in range(2)]
    faults.stop("payment")
    assert [*befell, faults.befalls(a_read())] == [Reset(), Truncated(), server_error()]


def test_a_share_is_about_that_share_and_the_same_whatever_the_order() -> None:
    def befallen(order: range) -> set[int]:
        faults = Faults(seeded(7))
        faults.share(0.2, Reset())
        return {n for n in order if faults.befalls(a_read(f"pay_{n}"))}

    forwards, backwards = befallen(range(1000)), befallen(range(999, -1, -1))
    assert forwards == backwards
    assert 150 < len(forwards) < 250


def test_a_share_may_spare_a_request_that_is_made_again() -> None:
    faults = Faults(seeded(7))
    faults.share(0.5, Reset())
    assert {faults.befalls(a_read()) for _ in range(50)} == {Reset(), None}
