"""Time proof: when the shop's dates may be trusted, and when an orphan's age is a guess."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.time_proof import (
    Basis,
    Column,
    Comparison,
    DateKind,
    Doubt,
    Observation,
    ShopTimes,
    TableFacts,
    TableTimes,
    judged,
)
from tests.builders import NOW, span

NAIVE, ZONED = DateKind.NAIVE, DateKind.ZONED


def facts(kind: DateKind = NAIVE, *more: DateKind, **rest: Any) -> TableFacts:
    columns = [
        Column(name=name, kind=each)
        for name, each in zip(("created_at", "pending_since"), (kind, *more), strict=False)
    ]
    return TableFacts(table="refunds", columns=tuple(columns), **rest)


def compared(*differences: str | timedelta, psp: datetime = NOW - timedelta(hours=2)) -> list[Comparison]:
    """Rows that lie this far from the PSP's dates: "-5h" looks five hours too old."""
    return [
        Comparison(ref=RowRef(Kind.REFUND, f"r-{n}"), here=psp + _span(each), psp=psp)
        for n, each in enumerate(differences)
    ]


def observed(*ages: str) -> list[Observation]:
    """Looks an hour apart, each with a newer newest row, of these ages."""
    looks = [NOW - timedelta(hours=len(ages) - n) for n in range(len(ages))]
    return [Observation(at=at, newest=at - span(age)) for at, age in zip(looks, ages, strict=True)]


def verdict(of: TableFacts, *, zone: str | None = None, now: datetime = NOW, **evidence: Any) -> TableTimes:
    return judged(Kind.REFUND, of, zone=zone, now=now, **evidence)


class TestWhatTheTypeAndTheMappingSay:
    @pytest.mark.parametrize(
        ("kind", "zone", "basis", "doubt"),
        [
            (ZONED, None, Basis.ZONED, None),
            (ZONED, "America/New_York", Basis.ZONED, None),
            (NAIVE, None, Basis.UNPROVEN, Doubt.NO_ZONE),
            (NAIVE, "America/New_York", Basis.SAID, None),
            (NAIVE, "UTC", Basis.SAID, None),
            (DateKind.DAYS, None, Basis.UNPROVEN, Doubt.NO_ZONE),
            (DateKind.DAYS, "UTC", Basis.SAID, None),
            (DateKind.UNREADABLE, "UTC", Basis.UNPROVEN, Doubt.UNREADABLE),
            (DateKind.UNSEEN, None, Basis.UNSEEN, None),
            (DateKind.UNSEEN, "UTC", Basis.SAID, None),
            (DateKind.UNKNOWN, None, Basis.UNPROVEN, Doubt.UNKNOWN),
            (DateKind.UNKNOWN, "UTC", Basis.SAID, None),
        ],
    )
    def test_a_column_is_trusted_by_its_zone(
        self, kind: DateKind, zone: str | None, basis: Basis, doubt: Doubt | None
    ) -> None:
        came = verdict(facts(kind), zone=zone)

        assert (came.basis, came.doubt) == (basis, doubt)

    def test_the_least_trusted_of_two_columns_decides(self) -> None:
        came = verdict(facts(ZONED, NAIVE))

        assert (came.basis, came.column) == (Basis.UNPROVEN, "pending_since")

    def test_a_second_column_without_any_value_decides_nothing(self) -> None:
        assert verdict(facts(ZONED, DateKind.UNSEEN)).basis is Basis.ZONED

    def test_a_second_column_without_a_zone_is_proven_by_nothing(self) -> None:
        came = verdict(facts(NAIVE, NAIVE), compared=compared("0s", "0s", "0s", "0s"))

        assert came.basis is Basis.UNPROVEN


class TestThePspsDates:
    def test_three_rows_beside_their_payments_prove_utc(self) -> None:
        came = verdict(facts(), compared=compared("-2s", "-90s", "10s"))

        assert (came.basis, came.compared) == (Basis.PROVEN, 3)

    @pytest.mark.parametrize(
        "differences",
        [
            (),
            ("-1s", "-1s"),
            ("-8m", "-9m", "-7m"),
            ("-1s", "-1s", "-1s", "-5h", "-5h"),
            ("-1s", "-1s", "-1s", "-22m", "-37m", "-52m"),
        ],
        ids=["none", "two", "far away", "two writers", "no majority"],
    )
    def test_less_proves_nothing(self, differences: tuple[str, ...]) -> None:
        assert verdict(facts(), compared=compared(*differences)).basis is Basis.UNPROVEN

    @pytest.mark.parametrize("offset", ["-5h", "5h30m", "-45m", "13h", "-15m"])
    @pytest.mark.parametrize(("kind", "zone"), [(NAIVE, None), (NAIVE, "Asia/Tokyo"), (ZONED, None)])
    def test_whole_quarter_hours_away_is_wrong(self, kind: DateKind, zone: str | None, offset: str) -> None:
        differences = [_span(offset) - timedelta(seconds=n * 40) for n in range(3)]

        came = verdict(facts(kind), zone=zone, compared=[*compared(*differences), *compared("-37m")[:1]])

        assert (came.basis, came.doubt, came.offset) == (Basis.WRONG, Doubt.PSP, _span(offset))

    def test_a_shop_that_pays_an_hour_after_the_order_is_not_taken_for_another_zone(self) -> None:
        def of_orders(*ages: str, zone: str | None = "UTC", kind: Kind = Kind.ORDER) -> Basis:
            late = compared("-1h", "-1h", "-1h", "-1h")
            return judged(kind, facts(), zone=zone, now=NOW, compared=late, observed=observed(*ages)).basis

        assert of_orders() is Basis.WRONG
        assert of_orders("3h", "4m") is Basis.SAID
        assert of_orders("3h", "4m", zone=None) is Basis.UNPROVEN
        # A refund is sent when it is written; somebody else writes the young ones.
        assert of_orders("3h", "4m", kind=Kind.REFUND) is Basis.WRONG

    def test_days_are_compared_with_no_moment(self) -> None:
        hours_apart = compared("-14h", "-14h", "-14h")

        assert verdict(facts(DateKind.DAYS), zone="UTC", compared=hours_apart).basis is Basis.SAID

    def test_old_dates_tell_nothing(self) -> None:
        last_month = compared("0s", "0s", "0s", psp=NOW - timedelta(days=30))

        assert verdict(facts(), compared=last_month).basis is Basis.UNPROVEN

    def test_what_proved_utc_in_summer_proves_nothing_once_clocks_were_changed(self) -> None:
        change = datetime(2026, 10, 25, 1, tzinfo=UTC)
        before = compared("0s", "0s", "0s", psp=change - timedelta(hours=2))

        assert verdict(facts(), now=change - timedelta(hours=1), compared=before).basis is Basis.PROVEN
        assert verdict(facts(), now=change + timedelta(minutes=1), compared=before).basis is Basis.UNPROVEN

    def test_the_hour_that_a_zone_has_twice_contradicts_nothing(self) -> None:
        twice = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # 01:30 in New York, the second time
        an_hour_off = compared("-1h", "-1h", "-1h", psp=twice)

        came = verdict(facts(), zone="America/New_York", now=twice + timedelta(hours=3), compared=an_hour_off)

        assert came.basis is Basis.SAID


class TestTheDatabasesClock:
    @pytest.mark.parametrize("zone", [None, "America/New_York"])
    def test_a_row_of_the_future_contradicts_the_zone(self, zone: str | None) -> None:
        came = verdict(facts(leads=(span("8h52m"),), future=1), zone=zone)

        assert (came.basis, came.doubt, came.offset) == (Basis.WRONG, Doubt.AHEAD, span("9h"))
        assert came.future == 1

    def test_a_row_of_another_year_is_a_wrong_date_and_no_wrong_zone(self) -> None:
        came = verdict(facts(leads=(timedelta(days=400),), future=1), zone="UTC")

        assert (came.basis, came.future) == (Basis.SAID, 1)

    def test_dates_with_a_zone_are_not_doubted_for_it(self) -> None:
        came = verdict(facts(ZONED, future=2))

        assert (came.basis, came.future) == (Basis.ZONED, 2)

    def test_a_table_that_is_never_younger_than_five_hours_is_not_proven(self) -> None:
        looks = observed("5h3m", "5h1m", "5h9m", "5h2m")

        came = verdict(facts(), compared=compared("0s", "0s", "0s"), observed=looks)

        assert (came.basis, came.offset) == (Basis.UNPROVEN, -span("5h"))

    @pytest.mark.parametrize(
        "ages", [("5h3m", "5h1m", "5h9m"), ("5h3m", "2m", "5h1m", "5h2m"), ("5h9m",) * 4]
    )
    def test_a_slow_table_is_not_suspected(self, ages: tuple[str, ...]) -> None:
        came = verdict(facts(), compared=compared("0s", "0s", "0s"), observed=observed(*ages))

        assert came.basis is Basis.PROVEN


class TestOrphans:
    def test_they_are_kept_by_what_their_own_table_lacks(self) -> None:
        assert ShopTimes(refunds=verdict(facts(NAIVE))).keeps_orphans is not None
        assert ShopTimes(refunds=verdict(facts(ZONED))).keeps_orphans is None
        assert ShopTimes().keeps_orphans is None

    def test_orders_that_contradict_the_zone_contradict_it_for_refunds_too(self) -> None:
        wrong = verdict(facts(), zone="UTC", compared=compared("-5h", "-5h", "-5h"))
        unknown = verdict(facts())

        for orders, kept in ((wrong, True), (unknown, False)):
            said = ShopTimes(orders=orders, refunds=verdict(facts(), zone="UTC"))
            assert (said.keeps_orphans is orders) is kept
        assert ShopTimes(orders=wrong, refunds=verdict(facts(ZONED))).keeps_orphans is None

    @pytest.mark.parametrize("kind", [DateKind.UNREADABLE, DateKind.UNSEEN])
    def test_a_table_that_shows_no_date_keeps_the_first_that_can_be_read(self, kind: DateKind) -> None:
        times = ShopTimes(refunds=verdict(facts(kind)))

        assert times.keeps_orphans is None
        assert times.keeps_orphan is times.refunds

    def test_who_trusts_the_clock_has_them_checked(self) -> None:
        assert ShopTimes(refunds=verdict(facts(NAIVE)), trusted=True).keeps_orphans is None


class TestWhatAnotherProcessKnew:
    """A tick compares rows with the PSP; status does not, and must not say another thing than the tick."""

    def test_what_a_tick_proved_is_proven_where_nothing_else_is_known(self) -> None:
        ticked = ShopTimes(refunds=verdict(facts(), compared=compared("0s", "0s", "0s")))

        assert ticked.counts == {"times.refund.proven": 3}
        seen = ShopTimes(refunds=verdict(facts())).with_a_tick({"refund.proven": 3})
        assert seen == ticked

    def test_what_a_tick_found_wrong_is_wrong_though_the_mapping_says_it(self) -> None:
        wrong = ShopTimes(refunds=verdict(facts(), zone="UTC", compared=compared("-5h", "-5h", "-5h")))

        assert wrong.counts == {"times.refund.psp": -300}
        seen = ShopTimes(refunds=verdict(facts(), zone="UTC")).with_a_tick({"refund.psp": -300})
        assert seen.keeps_orphans is not None
        assert seen.keeps_orphans.offset == -span("5h")

    def test_rows_of_the_future_are_the_present_look_s_to_tell(self) -> None:
        seen = ShopTimes(refunds=verdict(facts(), zone="UTC")).with_a_tick({"refund.ahead": 540})

        assert seen.keeps_orphans is None


@given(
    offset=st.integers(-56, 56).filter(bool),
    delays=st.lists(st.integers(-240, 240), min_size=3, max_size=30),
    said=st.sampled_from([None, "UTC", "Europe/Berlin"]),
)
def test_no_wrong_offset_is_ever_proven(offset: int, delays: list[int], said: str | None) -> None:
    differences = [offset * timedelta(minutes=15) + timedelta(seconds=delay) for delay in delays]

    came = verdict(facts(), zone=said, compared=compared(*differences))

    assert (came.basis, came.offset) == (Basis.WRONG, offset * timedelta(minutes=15))


@given(hours=st.integers(-14, 14), rows=st.integers(0, 40), others=st.integers(0, 40))
def test_two_writers_prove_nothing_together(hours: int, rows: int, others: int) -> None:
    """Whatever their shares: where more than one row says another offset, nobody's dates are proven."""
    mixed = compared(*["0s"] * rows, *[timedelta(hours=hours)] * others)

    came = verdict(facts(), compared=mixed)

    assert came.basis is not Basis.PROVEN or hours == 0 or others < 2


def _span(text: str | timedelta) -> timedelta:
    if isinstance(text, timedelta):
        return text
    return -span(text[1:]) if text.startswith("-") else span(text)
