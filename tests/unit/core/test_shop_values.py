"""The door of the shop's values: it answers whatever a column holds, and reads what was written."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.money import Money
from reconcile_tui.core.shop_values import (
    EARLIEST,
    Moment,
    Trouble,
    read_currency,
    read_id,
    read_minor,
    read_moment,
    read_money,
    read_text,
)

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True),
    st.binary(max_size=20),
    st.text(alphabet=st.characters(exclude_categories=()), max_size=30),
    st.from_regex(
        r"\d{1,6}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d{1,2}:\d{1,2}(:\d{1,2})?)?(Z|[+-]\d\d:?\d\d)?", fullmatch=True
    ),
)
NEW_YORK = ZoneInfo("America/New_York")
TIMES = st.datetimes(
    min_value=EARLIEST.replace(tzinfo=None) + timedelta(days=400),
    max_value=EARLIEST.replace(tzinfo=None) + timedelta(days=40_000),
    timezones=st.just(UTC),
)


@given(ANYTHING)
def test_every_value_is_read_or_told(value: object) -> None:
    assert isinstance(read_id(value), str)
    assert isinstance(read_text(value), str | None)
    assert isinstance(read_minor(value), int | Trouble | None)
    assert isinstance(read_currency(value), str | None)
    assert isinstance(read_moment(value, NEW_YORK), Moment | Trouble)
    money, troubles = read_money(value, value)
    assert money is None or not troubles


@given(st.integers(min_value=-(10**18) + 1, max_value=10**18 - 1))
def test_whole_amounts_are_read_as_numbers_and_as_text(minor: int) -> None:
    assert read_minor(minor) == read_minor(str(minor)) == read_minor(f" {minor} ") == minor


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_no_amount_with_a_point_is_rounded(amount: object) -> None:
    read = read_minor(str(amount))
    assert isinstance(read, Trouble) or (isinstance(read, int) and str(amount).lstrip("+").isascii())
    if "." in str(amount):
        assert read is Trouble.NOT_WHOLE


@given(TIMES, st.integers(min_value=-14 * 60, max_value=14 * 60), st.sampled_from(" T"))
def test_a_time_with_an_offset_is_that_moment_in_whatever_zone_the_shop_is(
    moment: datetime, minutes: int, between: str
) -> None:
    there = moment.astimezone(timezone(timedelta(minutes=minutes)))
    read = read_moment(there.isoformat(between), NEW_YORK)
    assert read == Moment(moment, moment)


@given(TIMES)
def test_a_time_without_an_offset_never_looks_older_than_it_is(moment: datetime) -> None:
    local = moment.astimezone(NEW_YORK).replace(tzinfo=None)
    read = read_moment(local.isoformat(" "), NEW_YORK)
    assert isinstance(read, Moment)
    assert moment <= read.latest <= moment + timedelta(hours=1)


@pytest.mark.parametrize(
    ("stored", "zone", "at"),
    [
        ("2026-11-20 07:00:00", NEW_YORK, "2026-11-20T12:00:00"),
        ("2026-07-20 07:00:00", NEW_YORK, "2026-07-20T11:00:00"),
        ("2026-11-01 01:30:00", NEW_YORK, "2026-11-01T06:30:00"),
        ("2026-11-20 12:00:00", UTC, "2026-11-20T12:00:00"),
        ("2026-11-20T12:00", UTC, "2026-11-20T12:00:00"),
        ("2026-11-20 12:00:00.5 UTC", NEW_YORK, "2026-11-20T12:00:00.5"),
        ("2026-11-20 12:00:00+00", NEW_YORK, "2026-11-20T12:00:00"),
        ("2026-11-20t12:00:00z", NEW_YORK, "2026-11-20T12:00:00"),
    ],
)
def test_the_forms_that_databases_and_programs_write(stored: str, zone: ZoneInfo, at: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert read_moment(stored, zone) == Moment(moment, moment)


def test_a_date_is_its_whole_day() -> None:
    read = read_moment("2026-11-20", NEW_YORK)
    assert isinstance(read, Moment)
    assert read.earliest == datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert read.latest == datetime(2026, 11, 21, 4, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    "stored", ["0001-01-01 00:00:00", "1970-01-01", "infinity", "0044-03-15 12:00:00 BC"]
)
def test_a_time_that_means_none_is_no_age(stored: str) -> None:
    assert read_moment(stored, UTC) is Trouble.OUT_OF_RANGE
    assert EARLIEST.year == 1990


@pytest.mark.parametrize(("amount", "currency"), [(None, "EUR"), (4200, None), ("", "EUR"), (4200, "  ")])
def test_what_is_merely_missing_is_no_trouble(amount: object, currency: object) -> None:
    assert read_money(amount, currency) == (None, {})


def test_codes_are_read_in_capitals_without_blanks() -> None:
    assert read_money(4200, "eur ") == (Money(4200, "EUR"), {})
