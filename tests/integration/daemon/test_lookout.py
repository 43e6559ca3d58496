"""The lookout: who has the turn shows and tells what is stuck; whatever goes wrong ends nothing."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from reconcile_tui.alerts.alerter import Alerter
from reconcile_tui.alerts.levels import Thresholds
from reconcile_tui.alerts.message import AlertPlace
from reconcile_tui.daemon.lookout import EVERY, Lookout
from reconcile_tui.errors import explain_error
from tests.integration.metrics.measured import Measured
from tests.world import World

ROWS = 'reconcile_backlog_rows{class="orders"}'
ACTIVE = 'reconcile_alert_active{alert="backlog"}'


@dataclass
class People:
    texts: list[str] = field(default_factory=list)
    failure: str | None = None

    async def post(self, text: str) -> str | None:
        self.texts.append(text)
        return self.failure


class Post:
    """A lookout, and the people that it tells. `has_turn` is the test's to change."""

    def __init__(self, world: World) -> None:
        self.it = Measured(world)
        self.people = People()
        self.has_turn = True
        self.lookout = Lookout(
            store=world.store,
            policy=world.policy,
            clock=world.clock,
            has_turn=lambda: self.has_turn,
            metrics=self.it.metrics,
            alerter=Alerter(
                database=world.store.database,
                alerts=world.store.alerts,
                messenger=self.people,
                thresholds=Thresholds(backlog=2, attention=10),
                place=AlertPlace(context=None, production=True),
                log=structlog.get_logger(),
            ),
            explain=explain_error,
            log=structlog.get_logger(),
        )


@pytest.fixture
async def post(world: World) -> Post:
    for number in (1, 2):
        await world.order(f"o-{number}", psp="processing")
    return Post(world)


async def test_what_it_counts_is_shown_and_told(post: Post) -> None:
    await post.lookout.look()

    assert (post.it.now[ROWS], post.it.now[ACTIVE]) == (2, 1)
    assert post.it.now['reconcile_alert_posts_total{result="arrived"}'] == 1
    assert len(post.people.texts) == 1


async def test_who_has_no_turn_shows_nothing_and_tells_nobody(post: Post) -> None:
    await post.lookout.look()

    post.has_turn = False
    await post.lookout.look()

    assert ROWS not in post.it.now
    assert post.it.now[ACTIVE] == 0
    assert len(post.people.texts) == 1


async def test_a_message_that_does_not_arrive_is_counted(post: Post) -> None:
    post.people.failure = "the webhook answered 500"

    await post.lookout.look()

    assert post.it.now['reconcile_alert_posts_total{result="failed"}'] == 1
    assert post.it.now[ACTIVE] == 1


async def test_it_looks_after_each_tick_and_a_failed_one_is_counted(post: Post) -> None:
    await post.lookout.after_tick(await post.it.tick())
    assert (post.it.now[ROWS], post.it.now["reconcile_tick_failures_total"]) == (2, 0)

    await post.lookout.after_tick(RuntimeError("the database is away"))

    assert post.it.now["reconcile_tick_failures_total"] == 1


async def test_a_database_that_is_away_is_logged_and_ends_nothing(world: World) -> None:
    async def orders_are_lost(connection: AsyncConnection) -> None:
        await connection.execute(text("ALTER TABLE orders RENAME TO lost"))

    post = Post(world)
    await world.store.database.write(orders_are_lost)

    with capture_logs() as logs:
        await post.lookout.look()

    [line] = [line for line in logs if line["log_level"] == "warning"]
    assert line["event"] == "reconcile.lookout.failed"
    assert line["why"] == "The shop's tables are not as the mapping says."


async def test_it_looks_every_minute(post: Post) -> None:
    """The clock of these tests has slept already when somebody sleeps: a third look ends it."""
    world, looks = post.it.world, 0
    began = world.clock.now()

    def has_turn() -> bool:
        nonlocal looks
        looks += 1
        if looks == 3:
            raise asyncio.CancelledError
        return False

    lookout = Lookout(
        store=world.store,
        policy=world.policy,
        clock=world.clock,
        has_turn=has_turn,
        metrics=None,
        alerter=None,
        explain=explain_error,
        log=structlog.get_logger(),
    )
    with pytest.raises(asyncio.CancelledError):
        await lookout.run()

    assert (looks, world.clock.now() - began) == (3, 3 * EVERY)
    assert timedelta(minutes=1) == EVERY
