"""A zone that nobody said: each face tells that orphans are not checked, why, and what to set."""

import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL

from reconcile_tui.alerts.levels import Thresholds, levels
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.once import once
from reconcile_tui.cli.status import show_status
from reconcile_tui.core.alerts import AlertName
from reconcile_tui.core.health import ConcernKind, Health, health
from reconcile_tui.core.store.mapping import ShopMapping
from reconcile_tui.demo import shop
from reconcile_tui.metrics.backlog import BacklogCollector, Count
from reconcile_tui.screens.header.header import Header
from tests.builders import span
from tests.dashboards import LARGE, SMALL, app_of, opened_dashboard
from tests.integration.cli.conftest import Stage
from tests.situations import LIMITS
from tests.world import World

KEPT = "created_at of refunds has no time zone. Orphan refunds are not checked until you set mapping.timezone"


async def a_tick(work: Work) -> int:
    return await once(work, phases=None, dry_run=False, drain=False)


async def an_orphan(world: World) -> None:
    await world.paid_order("o-1", stuck_for="2h")
    await world.orphan("r-1", of="o-1", stuck_for="1h")
    await world.order("o-2", stuck_for="2h", psp="succeeded")


async def how(world: World) -> Health:
    return await health(world.store, world.policy, LIMITS)


class TestTheCommandLine:
    async def test_once_heals_the_rest_and_says_so_and_status_says_it_again(self, stage: Stage) -> None:
        await an_orphan(stage.world)

        tick = await stage.perform(a_tick, RECONCILE_TIMEZONE="")
        assert tick.code == 3
        assert KEPT in " ".join(tick.out.split())
        assert "reconcile.row_times" in tick.err
        assert await stage.world.status("o-2") == "completed"
        assert await stage.world.status("r-1") == "pending"

        status = await stage.perform(show_status, as_json=True, RECONCILE_TIMEZONE="")
        [concern] = [it for it in json.loads(status.out)["concerns"] if it["kind"] == "row_times"]
        assert concern["words"].startswith(KEPT)
        assert "RECONCILE_TIMEZONE" in concern["next_step"]

    @pytest.mark.parametrize(
        "said", [{"RECONCILE_TIMEZONE": "UTC"}, {"RECONCILE_ORPHANS_TRUST_CLOCK": "true"}]
    )
    async def test_a_zone_that_is_said_or_a_clock_that_is_trusted_has_it_checked(
        self, stage: Stage, said: dict[str, str]
    ) -> None:
        await an_orphan(stage.world)

        stage.env |= {"RECONCILE_TIMEZONE": ""} | said
        tick = await stage.perform(a_tick)

        assert KEPT not in tick.out
        assert await stage.world.status("r-1") == "failed"

    async def test_the_mapping_says_it_in_the_file(self, stage: Stage) -> None:
        await an_orphan(stage.world)
        (stage.folder / "reconcile.toml").write_text('[mapping]\ntimezone = "UTC"\n')

        await stage.perform(a_tick, RECONCILE_TIMEZONE="")

        assert await stage.world.status("r-1") == "failed"

    @pytest.mark.parametrize(
        ("env", "toml", "named"),
        [
            ("America/NewYork", "", "RECONCILE_TIMEZONE"),
            ("", '[mapping]\ntimezone = "America/NewYork"\n', "mapping.timezone"),
        ],
    )
    async def test_a_misspelt_zone_ends_with_2_and_the_one_that_was_meant(
        self, stage: Stage, env: str, toml: str, named: str
    ) -> None:
        (stage.folder / "reconcile.toml").write_text(toml)

        status = await stage.perform(show_status, RECONCILE_TIMEZONE=env)

        assert status.code == 2
        assert named in status.err
        assert "did you mean America/New_York?" in status.err


class TestEverybodyElse:
    @pytest.fixture
    async def world(self, shop_url: URL) -> AsyncIterator[World]:
        async with World.at(shop_url, mapping=ShopMapping()) as world:
            await an_orphan(world)
            await world.order("o-3", stuck_for="1h")
            ahead = world.clock.now() + span("30d")
            await world.change(shop.orders, "o-3", created_at=ahead)
            yield world

    async def test_health_metrics_and_alerts_tell_the_same(self, world: World) -> None:
        came = await how(world)

        told = {each.kind for each in came.concerns}
        assert {ConcernKind.ROW_TIMES, ConcernKind.FUTURE_ROWS} <= told
        collector = BacklogCollector()
        collector.count = Count(standing=came.situation.standing, pauses=0)
        samples = {
            (sample.name, *sample.labels.values()): sample.value
            for metric in collector.collect()
            for sample in metric.samples
        }
        assert samples["reconcile_orphans_unchecked",] == 1
        assert samples["reconcile_future_rows", "order"] == 1
        assert samples["reconcile_future_rows", "refund"] == 0
        level = levels(came.situation.standing, Thresholds(backlog=9, attention=9))[AlertName.ROW_TIMES]
        assert level.begins

    async def test_what_a_tick_proved_is_no_concern_of_others(self, world: World) -> None:
        for number in (1, 2, 3):
            await world.paid_order(f"o-1{number}", stuck_for="3h")
            await world.refund(f"r-1{number}", of=f"o-1{number}", stuck_for=f"{number}h", psp="succeeded")
        assert (await world.tick()).counts["times.refund.proven"] == 3

        assert ConcernKind.ROW_TIMES not in {each.kind for each in (await how(world)).concerns}

    @pytest.mark.parametrize(
        ("size", "words"),
        [
            (LARGE, "Orphan refunds are not checked: no time zone for refunds"),
            (SMALL, "ORPHANS OFF"),
        ],
    )
    async def test_the_header_says_it_on_every_width(
        self, world: World, size: tuple[int, int], words: str
    ) -> None:
        async with opened_dashboard(world, size=size) as pilot:
            header = app_of(pilot).screen.query_one(Header)
            assert words in header.render().plain
