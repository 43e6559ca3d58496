"""How long a server asks to wait, in both spellings."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.psp.retry_after import LONGEST_WAIT, http_date, seconds_to_wait
from tests.unit.psp.steered_clock import START


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 3 ", 3.0),
        (format_datetime(START + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(START - timedelta(hours=1), usegmt=True), 0.0),
        ("86400", 15 * 60.0),
        ("1" + "0" * 20, 15 * 60.0),
        ("9" * 400, LONGEST_WAIT.total_seconds()),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT.total_seconds()),
    ],
)
def test_a_wait_is_read_in_seconds_and_as_a_date(header: str, seconds: float) -> None:
    assert seconds_to_wait(header, now=START) == seconds


@pytest.mark.parametrize("header", [None, "", "-5", "soon", "1e9", "٣", "Fri, 99 Nov 2026 10:00:00 GMT"])
def test_what_cannot_be_read_asks_for_no_wait(header: str | None) -> None:
    assert seconds_to_wait(header, now=START) is None


@given(st.text(max_size=60))
def test_no_header_breaks_it(header: str) -> None:
    wait = seconds_to_wait(header, now=START)

    assert wait is None or 0 <= wait <= LONGEST_WAIT.total_seconds()


def test_a_date_header_is_utc() -> None:
    assert http_date("Fri, 20 Nov 2026 12:00:00 GMT") == START
    assert http_date("yesterday") is None
