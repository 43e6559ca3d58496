"""The PSP's own page about a row: its address, and where a browser may be opened."""

import pytest

from reconcile_tui.screens.psp_page import NoPage, may_open, page_address
from tests.builders import a_refund, an_order, an_orphan

PAYMENTS = "https://psp.example/payments/{payment_id}"
REFUNDS = "https://psp.example/payments/{payment_id}/refunds/{refund_id}"


def test_the_ids_stand_in_the_address() -> None:
    assert page_address(PAYMENTS, an_order()) == "https://psp.example/payments/pay_1"
    assert page_address(REFUNDS, a_refund()) == "https://psp.example/payments/pay_1/refunds/ref_1"


def test_a_hostile_id_stays_an_id() -> None:
    address = page_address(PAYMENTS, an_order(payment_id="../x?y=1#z {refund_id}\x1b\ud800"))
    assert address == "https://psp.example/payments/..%2Fx%3Fy%3D1%23z%20%7Brefund_id%7D%1B%3F"


def test_what_is_missing_is_said() -> None:
    with pytest.raises(NoPage, match="RECONCILE_PSP_PAGE"):
        page_address(None, an_order())
    with pytest.raises(NoPage, match="no payment id"):
        page_address(PAYMENTS, an_order(payment_id=None))
    with pytest.raises(NoPage, match="no refund id"):
        page_address(REFUNDS, an_orphan())
    with pytest.raises(NoPage, match="no web address"):
        page_address("file:///etc/passwd?{payment_id}", an_order())


@pytest.mark.parametrize(
    ("environment", "platform", "may"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({}, "darwin", True),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "linux", False),
        ({"SSH_TTY": "/dev/ttys003"}, "darwin", False),
    ],
)
def test_a_browser_opens_where_it_is_seen(environment: dict[str, str], platform: str, *, may: bool) -> None:
    assert may_open(environment, platform) is may
