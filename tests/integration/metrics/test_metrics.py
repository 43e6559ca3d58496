"""Metrics of real ticks: what is served is what happened, from closed lists of labels."""

import re
from datetime import timedelta

from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.standing import standing
from reconcile_tui.metrics.backlog import Count
from tests.integration.metrics.measured import Measured
from tests.world import World


async def test_a_tick_is_counted_by_decision_and_outcome_in_the_class_of_its_rows(world: World) -> None:
    it = Measured(world)
    await world.order("o-1", psp="succeeded")
    await world.order("o-2", psp="processing")
    await world.order("o-3", psp="partially_captured")
    await world.paid_order("o-4")
    await world.refund("r-1", of="o-4", psp="succeeded")
    await world.paid_order("o-5")
    await world.orphan("r-2", of="o-5")

    await it.tick()

    now = it.now
    assert now['reconcile_decisions_total{class="orders",decision="sync"}'] == 1
    assert now['reconcile_decisions_total{class="orders",decision="still_pending"}'] == 1
    assert now['reconcile_decisions_total{class="orders",decision="attention"}'] == 1
    assert now['reconcile_decisions_total{class="orphans",decision="fail_orphan"}'] == 1
    assert now['reconcile_outcomes_total{class="orders",outcome="fixed"}'] == 1
    assert now['reconcile_outcomes_total{class="refunds",outcome="fixed"}'] == 1
    assert now['reconcile_outcomes_total{class="orphans",outcome="fixed"}'] == 1
    assert now["reconcile_tick_duration_seconds_count"] == 1
    assert now["reconcile_tick_started_timestamp_seconds"] == world.clock.now().timestamp()
    assert now['reconcile_psp_reads_total{answer="seen",call="payment"}'] >= 4
    assert now['reconcile_psp_reads_total{answer="seen",call="refund_list"}'] == 1


async def test_what_never_happened_is_there_at_nought_so_that_its_first_time_is_seen(world: World) -> None:
    now = Measured(world).now

    for outcome in Outcome:
        assert now[f'reconcile_outcomes_total{{class="orders",outcome="{outcome}"}}'] == 0
    assert now['reconcile_breaker_trips_total{phase="refunds",reason="psp_down"}'] == 0
    assert now['reconcile_warnings_total{kind="clock_skew"}'] == 0
    assert now['reconcile_webhook_post_duration_seconds_count{status="5xx"}'] == 0


async def test_a_phase_that_the_breaker_ended_stays_open_until_it_runs_well(world: World) -> None:
    it = Measured(world)
    world.set(breaker_minimum=1)
    await world.order("o-1", psp="succeeded")
    right, world.api_key = world.psp.api_key, "snd_wrong"
    await it.tick()
    assert it.now['reconcile_breaker_open{phase="orders"}'] == 1
    assert it.now['reconcile_breaker_trips_total{phase="orders",reason="unauthorised"}'] == 1
    assert it.now['reconcile_psp_read_errors_total{call="payment",kind="unauthorised"}'] == 1

    world.api_key = right
    world.later("2h")
    await it.tick()

    assert it.now['reconcile_breaker_open{phase="orders"}'] == 0
    assert it.now['reconcile_breaker_trips_total{phase="orders",reason="unauthorised"}'] == 1


async def test_the_backlog_is_shown_by_class_with_its_money_by_currency_and_its_age(world: World) -> None:
    it = Measured(world)
    await world.order("o-1", psp="processing", amount=4200, stuck_for="3h")
    await world.order("o-2", psp="requires_payment_method", amount=999, stuck_for="9h")
    await world.order("o-3", psp="processing", amount=700, currency="JPY", stuck_for="2h")
    await world.tick(phases=["orders"])

    it.metrics.backlog.count = Count(standing=await standing(world.store, world.policy), pauses=2)

    now = it.now
    assert now['reconcile_backlog_rows{class="orders"}'] == 2
    assert now['reconcile_backlog_rows{class="customer"}'] == 1
    assert now['reconcile_backlog_rows{class="refunds"}'] == 0
    assert now['reconcile_backlog_oldest_age_seconds{class="orders"}'] == 3 * 3600
    assert now['reconcile_backlog_oldest_age_seconds{class="customer"}'] == 9 * 3600
    assert now['reconcile_backlog_oldest_age_seconds{class="refunds"}'] == 0
    assert now['reconcile_money_at_risk_minor_units{class="orders",currency="EUR"}'] == 4200
    assert now['reconcile_money_at_risk_minor_units{class="orders",currency="JPY"}'] == 700
    assert now["reconcile_pauses"] == 2

    it.metrics.backlog.count = None

    assert [name for name in it.now if name.startswith(("reconcile_backlog", "reconcile_money"))] == []


async def test_no_label_holds_an_id_a_connector_or_foreign_text(world: World) -> None:
    it = Measured(world)
    for status in ("succeeded", "partially_captured", "processing"):
        await world.order(f"o-{status}", psp=status, connector='acme"}\n# evil 1')
    await it.tick()
    it.metrics.backlog.count = Count(standing=await standing(world.store, world.policy), pauses=0)

    values = {
        value
        for name in it.now
        if name.startswith("reconcile_") and not name.startswith("reconcile_daemon_info")
        for label, value in re.findall(r'(\w+)="([^"]*)"', name)
        if label != "le"
    }

    assert {
        value for value in values if not re.fullmatch(r"[a-z0-9_]{1,24}|[A-Z]{3}|[2-5]xx", value)
    } == set()
    assert not any("acme" in name or "o-" in name or "pay_" in name for name in it.now)


async def test_a_post_is_measured_by_the_class_of_its_answer(world: World) -> None:
    it = Measured(world)

    for status in (200, 204, 503, 102, None):
        it.metrics.observe_post(status, 0.2)

    count = 'reconcile_webhook_post_duration_seconds_count{{status="{}"}}'
    assert [it.now[count.format(each)] for each in ("2xx", "5xx", "none")] == [2, 1, 2]


async def test_a_tick_that_failed_is_counted_and_is_not_under_way_any_more(world: World) -> None:
    it = Measured(world)
    await it.tick()
    started = world.told[0]
    it.metrics(started)
    world.later("12m")
    silent = [it.metrics.ticks.silent_for]

    it.metrics.ticks.failed()
    silent.append(it.metrics.ticks.silent_for)

    assert silent == [timedelta(minutes=12), None]
    assert it.now["reconcile_tick_failures_total"] == 1


async def test_a_registry_is_a_daemons_own_and_has_the_process_in_it(world: World) -> None:
    one, other = Measured(world), Measured(world)
    await one.tick()

    assert one.now["reconcile_tick_duration_seconds_count"] == 1
    assert other.now["reconcile_tick_duration_seconds_count"] == 0
    assert other.now["process_resident_memory_bytes"] > 0
    assert other.now['reconcile_daemon_info{dispatch="database",mode="heal",version="1.2.3"}'] == 1
    assert [name for name in other.now if "_created" in name] == []
