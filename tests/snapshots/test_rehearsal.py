"""The cards of a rehearsal, as they are seen."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import URL
from textual.pilot import Pilot

from reconcile_tui.app import ReconcileApp
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.money import Money
from reconcile_tui.core.statuses import Kind
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.desk.rehearsal import RehearsedRow
from reconcile_tui.screens.rehearsal.cards import Briefing, ScoreCard
from reconcile_tui.screens.triage.first_line import FirstLine
from tests.builders import NOW
from tests.clocks import SkippingClock
from tests.dashboards import SMALL, USUAL, app_of, desk_of, read_again, until
from tests.world import World


class Healed:
    """A rehearsal that somebody won already."""

    reported = "Support: customers paid with Adyen since 01:47 UTC and their orders still say pending."

    async def rows(self) -> Sequence[RehearsedRow]:
        healed = {"is_open": False, "can_heal": True, "by_person": True}
        left = {"is_open": True, "can_heal": False}
        mistake = "failed as never sent, and its refund exists at the PSP"
        return [
            *(_row(n, Money(4210 * n, "EUR"), **healed) for n in range(1, 31)),
            *(_row(n, Money(51430, "JPY"), **healed) for n in range(31, 36)),
            *(_row(n, None, **(healed | {"by_person": False})) for n in range(36, 40)),
            *(_row(n, None, why_left="the amounts differ", **left) for n in range(40, 43)),
            *(_row(n, None, why_left="waits for the customer", **left) for n in range(43, 48)),
            _row(48, None, mistake=mistake, **healed),
        ]


def _row(number: int, money: Money | None, **facts: Any) -> RehearsedRow:
    return RehearsedRow(ref=RowRef(Kind.REFUND, f"RF-{5100 + number}"), money=money, **facts)


def rehearsal_over(url: URL) -> ReconcileApp:
    @asynccontextmanager
    async def opens() -> AsyncIterator[Desk]:
        async with World.at(url) as world:
            await world.order("o-1", stuck_for="2h", psp="succeeded")
            yield replace(desk_of(world, context="demo", production=False), rehearsal=Healed())

    return ReconcileApp(opens, clock=SkippingClock(NOW))


async def briefed(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, Briefing))
    await read_again(pilot)
    live = app_of(pilot).live
    await until(pilot, lambda: bool(live.looks) and not live.is_looking)
    first_line = pilot.app.screen_stack[-2].query_one(FirstLine)
    await until(pilot, lambda: first_line.is_current)


async def scored(pilot: Pilot[int]) -> None:
    await briefed(pilot)
    await pilot.press("x")
    await until(pilot, lambda: isinstance(pilot.app.screen, ScoreCard))


class TestCards:
    @pytest.mark.parametrize("size", [USUAL, SMALL], ids=["usual", "small"])
    def test_what_was_reported(self, snap_compare: Any, shop_url: URL, size: tuple[int, int]) -> None:
        assert snap_compare(rehearsal_over(shop_url), terminal_size=size, run_before=briefed)

    def test_the_score(self, snap_compare: Any, shop_url: URL) -> None:
        assert snap_compare(rehearsal_over(shop_url), terminal_size=USUAL, run_before=scored)
