"""Alerts as people get them: once an incident and once when it ends, whoever looks and however often."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import structlog

from reconcile_tui.alerts.alerter import CLAIM, Alerter, Messenger, Told
from reconcile_tui.alerts.levels import Thresholds
from reconcile_tui.alerts.message import AlertPlace
from reconcile_tui.alerts.webhook import AlertWebhook
from reconcile_tui.core.alerts import AlertName
from reconcile_tui.core.standing import standing
from reconcile_tui.demo import shop
from tests.integration.alerts.receiver import Receiver, receiver
from tests.world import World


class Incident:
    """A shop whose orders hang, and the people who are told."""

    def __init__(self, world: World, people: Receiver, webhook: AlertWebhook) -> None:
        self.world = world
        self.people = people
        self.webhook = webhook
        self.thresholds = Thresholds(backlog=4, attention=2)

    def daemon(self, messenger: Messenger | None = None) -> Alerter:
        """A process of its own, as far as it remembers nothing."""
        return Alerter(
            database=self.world.store.database,
            alerts=self.world.store.alerts,
            messenger=messenger or self.webhook,
            thresholds=self.thresholds,
            place=AlertPlace(context="prod", production=True),
            log=structlog.get_logger(),
        )

    async def look(self, alerter: Alerter | None = None) -> Told:
        return await (alerter or self.daemon()).look(await standing(self.world.store, self.world.policy))

    async def orders_hang(self, *row_ids: str) -> None:
        for row_id in row_ids:
            await self.world.order(row_id, psp="processing")

    async def orders_heal(self, *row_ids: str) -> None:
        for row_id in row_ids:
            await self.world.change(shop.orders, row_id, status="completed")


@pytest.fixture
async def incident(world: World) -> AsyncIterator[Incident]:
    async with AsyncExitStack() as stack:
        people = await stack.enter_async_context(receiver())
        webhook = AlertWebhook(people.url)
        stack.push_async_callback(webhook.aclose)
        yield Incident(world, people, webhook)


async def test_a_backlog_is_told_once_when_it_begins_and_once_when_it_ends(incident: Incident) -> None:
    await incident.orders_hang("o-1", "o-2", "o-3")
    assert (await incident.look()).lasting == frozenset()

    await incident.orders_hang("o-4", "o-5")
    for _ in range(3):
        assert (await incident.look()).lasting == {AlertName.BACKLOG}
    [began] = incident.people.texts
    assert "*5 rows stuck* (alerted from 4 on)" in began
    assert "Money at risk: 210.00 EUR" in began

    await incident.orders_heal("o-5")
    assert (await incident.look()).lasting == {AlertName.BACKLOG}
    await incident.orders_heal("o-4")
    for _ in range(3):
        assert (await incident.look()).lasting == frozenset()

    [_, ended] = incident.people.texts
    assert "*Over: 3 rows stuck* (5 at the peak)" in ended
    assert await incident.world.store.alerts.all() == {}


async def test_the_next_incident_is_told_again(incident: Incident) -> None:
    await incident.orders_hang("o-1", "o-2", "o-3", "o-4")
    await incident.look()
    await incident.orders_heal("o-1", "o-2", "o-3", "o-4")
    await incident.look()

    await incident.orders_hang("o-5", "o-6", "o-7", "o-8")
    await incident.look()

    assert len(incident.people.texts) == 3


async def test_what_waits_on_the_customer_alerts_nobody(incident: Incident) -> None:
    for number in range(6):
        await incident.world.order(f"o-{number}", psp="requires_payment_method")
    await incident.world.tick(phases=["orders"])

    assert (await incident.look()).lasting == frozenset()
    assert incident.people.texts == []


async def test_attention_that_nobody_acknowledged_is_told(incident: Incident) -> None:
    for number in range(2):
        await incident.world.order(f"o-{number}", psp="partially_captured")
    await incident.world.tick()

    assert (await incident.look()).lasting == {AlertName.ATTENTION}
    [text] = incident.people.texts
    assert "*2 rows in need of a person*" in text
    assert "`reconcile-tui --context prod list attention`" in text


async def test_orphans_that_the_cap_withheld_are_told_at_once(incident: Incident) -> None:
    incident.thresholds = Thresholds(backlog=100, attention=100)
    incident.world.set(orphan_auto_limit=1)
    for number in (1, 2):
        await incident.world.paid_order(f"o-{number}")
        await incident.world.orphan(f"r-{number}", of=f"o-{number}")
    await incident.world.tick()

    assert (await incident.look()).lasting == {AlertName.ORPHAN_CAP}
    [text] = incident.people.texts
    assert "*2 orphan refunds withheld" in text


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_a_message_that_was_refused_is_sent_again_after_the_next_look(
    incident: Incident, status: int
) -> None:
    await incident.orders_hang("o-1", "o-2", "o-3", "o-4")
    incident.people.status = status
    assert (await incident.look()).failed == 1

    incident.people.status = 200
    assert (await incident.look()).arrived == 1
    assert (await incident.look()).arrived == 0

    assert len(incident.people.texts) == 2


async def test_one_that_ended_before_a_message_arrived_is_told_once_as_over(incident: Incident) -> None:
    await incident.orders_hang("o-1", "o-2", "o-3", "o-4")
    incident.people.status = 503
    await incident.look()
    await incident.orders_heal("o-1", "o-2")
    incident.people.status = 200

    await incident.look()
    await incident.look()

    assert len(incident.people.texts) == 2
    assert "*Over: 2 rows stuck* (4 at the peak)" in incident.people.texts[1]


async def test_two_daemons_that_look_at_once_tell_once(incident: Incident) -> None:
    await incident.orders_hang("o-1", "o-2", "o-3", "o-4")

    await asyncio.gather(*(incident.look() for _ in range(4)))
    await incident.look()

    assert len(incident.people.texts) == 1


async def test_while_one_daemon_tells_another_leaves_it_and_takes_over_when_it_never_comes_back(
    incident: Incident,
) -> None:
    class Stopped:
        """A messenger whose process is stopped in the middle of the POST."""

        def __init__(self) -> None:
            self.posting = asyncio.Event()

        async def post(self, text: str) -> str | None:
            self.posting.set()
            await asyncio.Event().wait()
            raise AssertionError

    await incident.orders_hang("o-1", "o-2", "o-3", "o-4")
    stopped = Stopped()
    first = asyncio.create_task(incident.look(incident.daemon(stopped)))
    await stopped.posting.wait()
    assert await incident.look() == Told(lasting=frozenset({AlertName.BACKLOG}))
    assert incident.people.texts == []

    incident.world.clock.advance(CLAIM)
    assert (await incident.look()).arrived == 1

    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert len(incident.people.texts) == 1
