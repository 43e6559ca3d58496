"""Dashboards to test: the real application over the real desk, on a world whose time stands still.

    async with opened_dashboard(world) as pilot:
        await pilot.press("s")

A snapshot opens its world inside the application's own loop: `dashboard_over(url, arrange)`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import URL
from textual.pilot import Pilot

from reconcile_tui.app import ReconcileApp
from reconcile_tui.core.policy import Actor
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.store.store import Store
from reconcile_tui.demo.filling import fill
from reconcile_tui.demo.history import remember
from reconcile_tui.demo.incident import SEED, demo_rows
from reconcile_tui.desk.heard import Heard
from reconcile_tui.desk.lists import StoreLists
from reconcile_tui.desk.opening import desk_over
from reconcile_tui.screens.choices import Choices
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.desk.place import Place
from reconcile_tui.screens.triage.first_line import FirstLine
from reconcile_tui.screens.triage.row_panel.panel import RowPanel
from tests.builders import NOW
from tests.clocks import SkippingClock
from tests.situations import LIMITS
from tests.world import ALICE, World

USUAL: Final = (120, 40)
SMALL: Final = (80, 24)
LARGE: Final = (200, 60)

Arrange = Callable[[World], Awaitable[None]]


class _HearsNothing(StoreLists):
    """Lists whose database tells of nothing: they are read again only when somebody asks."""

    async def announcements(self) -> AsyncIterator[None]:
        nothing: tuple[None, ...] = ()
        for item in nothing:
            yield item


def desk_of(
    world: World, *, actor: Actor = ALICE, hears: bool = False, store: Store | None = None, **place: Any
) -> Desk:
    """A desk over a process of its own in this world. It reads again only when asked: nothing moves alone.

    Args:
        hears: read again when the database tells that something was written, too.
        store: of connections of its own; the world's where None.
    """
    heard = Heard()
    budget = LocalBudget(rate=None, at_once=16, clock=world.clock)
    facts: dict[str, Any] = {
        "context": "shop-eu",
        "production": True,
        "database": "postgresql://reconcile@db.example/shop",
        "psp": "https://psp.example",
        "refresh": timedelta(hours=1),
        "stale_after": timedelta(hours=2),
    }
    at = Place(actor=actor, policy=world.policy, **(facts | place))
    desk = desk_over(
        at,
        reconciler=world.reconciler(budget=budget, listener=heard, store=store),
        budget=budget,
        heard=heard,
        limits=LIMITS,
        clock=world.clock,
    )
    if hears:
        return desk
    lists = _HearsNothing(
        store=store or world.store, policy=world.policy, budget=budget, limits=LIMITS, clock=world.clock
    )
    return replace(desk, lists=lists)


def dashboard_over(
    url: URL, arrange: Arrange, *, clock: SkippingClock | None = None, **place: Any
) -> ReconcileApp:
    """The application over a world at `url` that opens, and is arranged, within its own loop."""

    @asynccontextmanager
    async def opens() -> AsyncIterator[Desk]:
        async with World.at(url) as world:
            await arrange(world)
            yield desk_of(world, **place)

    return ReconcileApp(opens, clock=clock or SkippingClock(NOW))


async def the_demo(world: World) -> None:
    """The demo's incident, at this world's moment: 92 rows that hang, and the trade around them."""
    incident = demo_rows(SEED, world.clock.now())
    await fill(world.store.database, incident)
    await remember(world.store, incident.remembered)
    incident.write_book(world.book)


@asynccontextmanager
async def opened_dashboard(
    world: World,
    *,
    size: tuple[int, int] = USUAL,
    desk: Desk | None = None,
    choices: Choices | None = None,
    toasts: bool = False,
    **place: Any,
) -> AsyncIterator[Pilot[int]]:
    """The application over a world that is open already, with everything read once.

    Args:
        toasts: what is told in passing is shown, too.
    """
    its_desk = desk or desk_of(world)
    its_desk = replace(its_desk, place=replace(its_desk.place, **place))

    @asynccontextmanager
    async def opens() -> AsyncIterator[Desk]:
        yield its_desk

    app = ReconcileApp(opens, clock=world.clock, choices=choices)
    async with app.run_test(size=size, notifications=toasts) as pilot:
        await until(pilot, lambda: app.live.rounds > 0 and not app.live.is_looking)
        yield pilot
    if app.failure is not None:
        raise app.failure


async def read_again(pilot: Pilot[int]) -> None:
    """The lists follow the database once more."""
    live = app_of(pilot).live
    rounds = live.rounds
    live.refresh_now()
    await until(pilot, lambda: live.rounds > rounds and not live.is_looking)


async def settled(pilot: Pilot[int]) -> None:
    """Every answer that is under way came, and nothing on the screen changes any more."""
    app, before = app_of(pilot), ""
    lines = [line for screen in app.screen_stack for line in screen.query(FirstLine)]
    panels = [panel for screen in app.screen_stack for panel in screen.query(RowPanel)]
    await until(pilot, lambda: app.live.overview is None or all(line.is_current for line in lines))
    await until(pilot, lambda: app.live.overview is None or _is_read(app))
    await until(pilot, lambda: all(map(_has_its_history, panels)))
    for _ in range(400):
        await app.errands.ended()
        await pilot.pause(0.02)
        seen = app.export_screenshot(simplify=True)
        if seen == before:
            return
        before = seen
    raise AssertionError("the screen does not come to rest")


def _is_read(app: ReconcileApp) -> bool:
    """Whether the list that is seen was read, or cannot be."""
    roster = app.live.roster
    return app.live.trouble is not None or roster is None or roster.was_read


def _has_its_history(panel: RowPanel) -> bool:
    """Whether the history came, which is asked for once the cursor rests."""
    known = panel.known
    return known is None or known.history is not None or known.history_failed


async def until(pilot: Pilot[int], condition: Callable[[], bool], *, turns: int = 2000) -> None:
    """Let the application work until `condition` holds, and what it leads to is painted.

    Raises:
        AssertionError: it never does.
    """
    for _ in range(turns):
        if condition():
            await pilot.pause()
            return
        await pilot.pause(0.005)
    raise AssertionError("what was waited for did not come")


def app_of(pilot: Pilot[int]) -> ReconcileApp:
    """The application under test."""
    assert isinstance(pilot.app, ReconcileApp)
    return pilot.app
