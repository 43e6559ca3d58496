"""Messages: what an alert says, and what it never says."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from reconcile_tui.alerts.levels import Thresholds, levels
from reconcile_tui.alerts.message import AlertPlace, escaped, message
from reconcile_tui.core.alerts import Alert, AlertName, News
from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.money import Money
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.slow_backlog import SlowBacklog
from reconcile_tui.core.standing import Standing
from reconcile_tui.core.store.attention import AttentionTally
from reconcile_tui.core.store.findings import Backlog
from tests.builders import NOW

PROD = AlertPlace(context="shop <prod> & co", production=True)
ESCAPED = "shop &lt;prod&gt; &amp; co"
BEGAN = "2026-11-20 10:35 UTC"
THRESHOLDS = Thresholds(backlog=50, attention=10)


def a_backlog(rows: int, *money: Money, oldest: timedelta | None = None) -> Backlog:
    return Backlog(rows=rows, money=money, oldest=NOW - oldest if oldest else None)


def a_standing(*, orders: int = 41, reasons: Counter[Reason] | None = None) -> Standing:
    return Standing(
        at=NOW,
        orders=a_backlog(orders, Money(421000, "EUR"), Money(51430, "JPY"), oldest=timedelta(hours=9)),
        customer=a_backlog(1200),
        refunds=a_backlog(12, Money(500, "EUR"), oldest=timedelta(hours=30)),
        orphans=a_backlog(10),
        attention=AttentionTally(
            open=reasons or Counter({Reason.AMOUNT_MISMATCH: 3}),
            acknowledged=1,
            money=(),
            money_of_final=(),
            oldest=None,
        ),
    )


def said(
    name: AlertName, standing: Standing, place: AlertPlace = PROD, *, ended: bool = False, peak: int = 63
) -> str:
    alert = Alert(
        name=name, since=NOW - timedelta(minutes=85), peak=peak, told_at=NOW, ended_at=NOW if ended else None
    )
    news = News.ENDED if ended else News.BEGAN
    return message(alert, news, levels(standing, THRESHOLDS)[name], standing, place)


def test_a_backlog_is_told_with_rows_by_class_money_per_currency_age_and_what_to_run() -> None:
    assert said(AlertName.BACKLOG, a_standing()).splitlines() == [
        f"reconcile-tui · {ESCAPED} · *PRODUCTION*: *63 rows stuck* (alerted from 50 on), since {BEGAN}.",
        "Orders 41 · refunds 12 · orphans 10 · attention 2 · waiting for the customer 1,200",
        "Money at risk: 4,215.00 EUR · 51,430 JPY",
        "The oldest has been stuck for 1 day 6 h.",
        f'Next: `reconcile-tui --context "{ESCAPED}" list`',
    ]


def test_a_backlog_that_takes_long_is_told_with_its_time_and_what_is_faster() -> None:
    slow = SlowBacklog(due={PhaseName.ORDERS: 4812}, batch=50, interval=timedelta(hours=1))

    [told] = [
        line
        for line in said(AlertName.BACKLOG, replace(a_standing(), slow=slow)).splitlines()
        if "4,812" in line
    ]

    assert told == (
        "4,812 orders are due; at 50 an hour this takes 4 days. "
        "Faster: RECONCILE_DRAIN=true, or reconcile-tui --once --drain."
    )


def test_its_end_says_how_long_it_lasted_and_how_bad_it_was() -> None:
    lines = said(
        AlertName.BACKLOG, a_standing(orders=0), AlertPlace(context=None, production=False), ended=True
    )

    assert lines.splitlines()[0] == (
        f"reconcile-tui: *Over: 22 rows stuck* (63 at the peak), after 1 h 25 min, "
        f"from {BEGAN} to 2026-11-20 12:00 UTC."
    )
    assert "Next" not in lines


def test_each_alert_names_its_own_next_step() -> None:
    place = AlertPlace(context="prod", production=True)
    reasons = Counter({Reason.ORPHAN_CAP: 8, Reason.NOT_FOUND: 4})

    attention = said(AlertName.ATTENTION, a_standing(reasons=reasons), place)
    orphans = said(AlertName.ORPHAN_CAP, a_standing(reasons=reasons), place)

    assert "*11 rows in need of a person*" in attention
    assert "`reconcile-tui --context prod list attention`" in attention
    assert (
        "*8 orphan refunds withheld: too many for a daemon to fail in one interval* (alerted at once)"
        in orphans
    )
    assert "`reconcile-tui --context prod list orphans`" in orphans


def test_nothing_in_a_name_becomes_a_link_or_calls_everybody() -> None:
    place = AlertPlace(context="<!channel> \x1b[31m", production=False)

    assert "<" not in said(AlertName.BACKLOG, a_standing(), place)
    assert "\x1b" not in said(AlertName.BACKLOG, a_standing(), place)
    assert escaped("a <b> & &amp;") == "a &lt;b&gt; &amp; &amp;amp;"
