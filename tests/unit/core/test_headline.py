"""The first line's facts: what broke, since when, how much, and whether it grows."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconcile_tui.core.findings import Check, Finding
from reconcile_tui.core.headline import Cause, Gathering, Headline, Story, Trend, What, by_weight
from reconcile_tui.core.headline_wording import cause_words, headline_text, headline_words, more_words
from reconcile_tui.core.money import Money
from tests.builders import NOW, a_finding, a_refund, an_order, an_orphan

STUCK_AFTER = timedelta(minutes=30)


def causes_of(*findings: Finding) -> tuple[Cause, ...]:
    gathering = Gathering()
    for finding in findings:
        gathering.add(finding)
    causes = [
        cause
        for what in gathering.kinds
        for cause in gathering.causes(what, now=NOW, stuck_after=STUCK_AFTER)
    ]
    return tuple(sorted(causes, key=by_weight))


def read(connector: str | None, *, decision: str = "sync") -> Check:
    return Check(psp_id="pay_1", connector=connector, decision=decision)


def orders(
    minutes: range, *, connector: str | None = "adyen", prefix: str = "o", currency: str = "EUR"
) -> list[Finding]:
    """An order that began to hang in each of these minutes ago."""
    check = read(connector) if connector else None
    return [
        a_finding(an_order(f"{prefix}-{m}", stuck_for=f"{m}m", currency=currency), check=check)
        for m in minutes
    ]


def words(cause: Cause) -> str:
    return cause_words(cause, now=NOW)


def test_an_outage_is_told_with_its_connector_its_onset_and_its_money() -> None:
    [cause] = causes_of(*orders(range(31, 91)))
    assert words(cause) == "payment webhooks from adyen stopped at 10:30 UTC: 60 orders, 2,520.00 EUR"


def test_rows_that_hung_for_days_do_not_move_the_onset() -> None:
    stragglers = [a_finding(an_order(f"s-{d}", stuck_for=f"{d}d"), check=read("adyen")) for d in range(1, 6)]
    [cause] = causes_of(*stragglers, *orders(range(31, 91)))
    assert f"{cause.since:%H:%M}" == "10:30"
    assert (cause.rows, cause.others) == (60, 5)
    assert "(5 more from other times)" in words(cause)


def test_a_trickle_before_the_outage_does_not_move_the_onset_either() -> None:
    [cause] = causes_of(*orders(range(100, 3000, 20), prefix="t"), *orders(range(31, 91)))
    assert abs(cause.since - (NOW - timedelta(minutes=90))) <= timedelta(minutes=1)


def test_a_stray_row_after_an_outage_is_not_the_story() -> None:
    [cause] = causes_of(*orders(range(120, 180)), *orders(range(31, 32), prefix="stray"))
    assert cause.rows == 60
    assert cause.has_ended
    assert words(cause).startswith("payment webhooks from adyen were lost from 09:01 to 10:00 UTC: 60 orders")


def test_the_later_of_two_outages_is_told() -> None:
    [cause] = causes_of(*orders(range(1500, 1600)), *orders(range(31, 71), prefix="later"))
    assert f"{cause.since:%d %H:%M}" == "20 10:50"


def test_rows_that_were_never_read_name_no_connector() -> None:
    [cause] = causes_of(*orders(range(31, 91), connector=None))
    assert words(cause).startswith("payment webhooks stopped at 10:30 UTC")


def test_some_unread_rows_do_not_hide_the_connector_of_all_others() -> None:
    [cause] = causes_of(*orders(range(31, 91)), *orders(range(31, 61), connector=None, prefix="n"))
    assert cause.connectors == ("adyen",)
    assert cause.rows == 90


def test_a_connector_that_few_rows_are_known_of_is_not_named() -> None:
    [cause] = causes_of(*orders(range(31, 34)), *orders(range(31, 91), connector=None, prefix="n"))
    assert cause.connectors == ()


def test_where_no_connector_stands_out_they_are_told_together() -> None:
    three = [orders(range(31, 61), connector=name, prefix=name) for name in ("adyen", "stripe", "nmi")]
    [cause] = causes_of(*(finding for each in three for finding in each))
    assert cause.rows == 90
    assert "from adyen, stripe and 1 more stopped" in words(cause)


def test_who_has_most_older_rows_is_not_named_for_an_outage_of_another() -> None:
    older = [
        each
        for name in ("worldpay", "stripe")
        for each in orders(range(400, 9000, 400), connector=name, prefix=name)
    ]
    meanwhile = orders(range(31, 36), connector="stripe", prefix="s")
    first, *_ = causes_of(*older, *meanwhile, *orders(range(31, 56)))
    assert words(first).startswith("payment webhooks from adyen stopped at 11:05 UTC: 25 orders")


def test_a_connector_with_a_few_rows_is_not_named_beside_those_that_share_an_outage() -> None:
    two = [orders(range(31, 61), connector=name, prefix=name) for name in ("adyen", "stripe")]
    [cause] = causes_of(*two[0], *two[1], *orders(range(31, 34), connector="nmi", prefix="n"))
    assert cause.connectors == ("adyen", "stripe")


def test_the_largest_cause_comes_first() -> None:
    refunds = [a_finding(a_refund(f"r-{m}", stuck_for=f"{m}m")) for m in range(31, 41)]
    orphans = [a_finding(an_orphan(f"x-{m}", stuck_for=f"{m}m")) for m in range(6, 8)]
    causes = causes_of(*refunds, *orphans, *orders(range(31, 91)))
    assert [cause.what for cause in causes] == [What.PAYMENTS, What.REFUNDS, What.ORPHANS]
    assert more_words(causes) == "12 other rows hang"


def test_a_few_rows_are_no_outage() -> None:
    [cause] = causes_of(*orders(range(45, 46)), *orders(range(134, 135)))
    assert words(cause) == "2 orders hang (adyen), the oldest for 2 h 14 min: 84.00 EUR"


def test_what_is_open_at_the_psp_is_no_lost_webhook() -> None:
    check = read("adyen", decision="still_pending")
    rows = [a_finding(an_order(f"o-{m}", stuck_for=f"{m}m"), check=check) for m in range(31, 51)]
    [cause] = causes_of(*rows)
    assert words(cause).startswith("payments from adyen stay open at the PSP since 11:10 UTC: 20 orders")


def test_currencies_are_never_added_and_the_largest_two_are_told() -> None:
    many = [
        finding
        for currency, minutes in (("EUR", 30), ("USD", 20), ("JPY", 10))
        for finding in orders(range(31, 31 + minutes), currency=currency, prefix=currency)
    ]
    [cause] = causes_of(*many)
    assert "1,260.00 EUR, 840.00 USD, +1 currency" in words(cause)


def test_growth_is_told_from_what_came_until_enough_was_seen() -> None:
    trend = Trend()
    [first] = trend.told(causes_of(*orders(range(31, 91))), now=NOW)
    assert words(first).endswith("+1/min")
    [steady] = trend.told(causes_of(*orders(range(31, 91))), now=NOW + timedelta(minutes=2))
    assert words(steady).endswith("steady")
    [shrinking] = trend.told(causes_of(*orders(range(51, 91))), now=NOW + timedelta(minutes=4))
    assert words(shrinking).endswith("-5/min")


def test_what_is_not_stuck_is_no_cause() -> None:
    assert causes_of(a_finding(an_order(status="completed"))) == ()


def a_headline(*causes: Cause, **facts: Any) -> Headline:
    return Headline(at=NOW, read_at=NOW - timedelta(seconds=2), causes=causes, **facts)


def test_where_nothing_hangs_it_says_so_and_when_it_looked() -> None:
    assert headline_words(a_headline(), now=NOW) == ("Nothing hangs. Last looked 2 s ago.",)


def test_what_stops_everything_comes_before_the_rows() -> None:
    paused = Story(words="Everything is paused by bob.", comes_first=True)
    longest, *_ = headline_words(a_headline(*causes_of(*orders(range(31, 91))), story=paused), now=NOW)
    assert longest.startswith("Everything is paused by bob. payment webhooks from adyen stopped")


def test_what_stops_everything_leaves_room_for_what_broke() -> None:
    words = "Everything is paused by bob, without an end: “adyen answers wrong amounts”."
    paused = Story(words=words, brief="PAUSED", comes_first=True)
    told = headline_words(a_headline(*causes_of(*orders(range(31, 91))), story=paused, stuck=60), now=NOW)
    rooms = (160, 120 - len("▲  · i incident"), 80 - len("▲  · i incident"))
    assert [next(each for each in told if len(each) <= room) for room in rooms] == [
        f"{words} payment webhooks from adyen stopped at 10:30 UTC: 60 orders, 2,520.00 EUR",
        "PAUSED · payment webhooks from adyen stopped at 10:30 UTC: 60 orders, 2,520.00 EUR",
        "PAUSED · adyen webhooks stopped 10:30 UTC: 60 orders",
    ]
    assert headline_words(a_headline(story=paused), now=NOW)[1:] == (
        "PAUSED · Nothing hangs. Last looked 2 s ago.",
        "PAUSED",
    )


def test_other_rows_are_told_of_where_the_cause_in_fewer_words_leaves_room() -> None:
    rows = [*orders(range(31, 91)), *(a_finding(an_orphan(f"x-{m}", stuck_for=f"{m}m")) for m in (8, 9))]
    told = headline_words(a_headline(*causes_of(*rows)), now=NOW)
    assert "adyen webhooks stopped 10:30 UTC: 60 orders, 2,520.00 EUR; 2 other rows hang" in told


def test_without_a_database_the_last_figures_are_told_as_such() -> None:
    away = Story(words="The database does not answer.", is_all=True)
    headline = a_headline(story=away, stuck=83, money=(Money(421000, "EUR"),))
    assert headline_words(headline, now=NOW)[0] == (
        "The database does not answer. Last seen: 83 rows hang, 4,210.00 EUR."
    )


def test_a_headline_gets_shorter_from_its_end() -> None:
    headline = a_headline(*causes_of(*orders(range(31, 91))), attention=4)
    long, short, *_, shortest = headline_words(headline, now=NOW)
    assert long == f"{short}; 4 rows need a person"
    assert shortest == "adyen webhooks stopped 10:30 UTC: 60 orders, 2,520.00 EUR"


def test_at_its_shortest_it_still_says_that_there_are_other_currencies_and_whether_it_grows() -> None:
    rows = [
        each
        for currency in ("EUR", "USD", "JPY")
        for each in orders(range(31, 61), currency=currency, prefix=currency)
    ]
    growing = Trend().told(causes_of(*rows), now=NOW)
    *_, brief, _ = headline_words(a_headline(*growing), now=NOW)
    assert brief == "adyen webhooks stopped 11:00 UTC: 90 orders, 1,260.00 EUR +2, +3/min"


def test_each_cause_has_a_form_for_eighty_columns() -> None:
    still_open = read("a-processor", decision="still_pending")
    open_rows = [a_finding(an_order(f"o-{m}", stuck_for=f"{m}m"), check=still_open) for m in range(31, 61)]
    orphans = [
        a_finding(an_orphan(f"x-{m}", stuck_for=f"{m}m"), check=read(f"processor-{m % 3}"))
        for m in range(31, 61)
    ]
    for rows, told in (
        (open_rows, "30 orders open at the PSP since 11:00 UTC: 1,260.00 EUR"),
        (orphans, "30 refunds got no id since 11:00 UTC: "),
    ):
        *_, shortest = headline_words(a_headline(*causes_of(*rows)), now=NOW)
        assert told in shortest
        assert len(shortest) <= 80 - len(" ▲  · i incident ")


def test_for_the_channel_there_are_the_figures_the_place_and_the_time() -> None:
    headline = a_headline(*causes_of(*orders(range(31, 91))), stuck=60, money=(Money(252000, "EUR"),))
    assert headline_text(headline, where="shop-eu (production)", now=NOW).splitlines() == [
        "payment webhooks from adyen stopped at 10:30 UTC: 60 orders, 2,520.00 EUR",
        "In all: 60 rows hang, 2,520.00 EUR.",
        "shop-eu (production), as of 2026-11-20 12:00:00 UTC, 2 s ago",
    ]


@given(st.lists(st.tuples(st.integers(31, 20_000), st.sampled_from(["adyen", "stripe", None])), min_size=1))
def test_every_row_is_counted_once(rows: list[tuple[int, str | None]]) -> None:
    causes = causes_of(
        *(
            a_finding(an_order(f"o-{i}", stuck_for=f"{m}m"), check=read(c) if c else None)
            for i, (m, c) in enumerate(rows)
        )
    )
    assert sum(cause.all_rows for cause in causes) == len(rows)
    for cause in causes:
        assert cause.oldest <= cause.since <= cause.until
        assert "None" not in words(cause)
