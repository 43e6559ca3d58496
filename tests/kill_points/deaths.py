"""Deaths: one incident after the other, healed by a process that is killed somewhere, and by a later one."""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.store.tables import journal
from tests.kill_points.forked import KILLED, Zygote
from tests.kill_points.orders import Act, Order
from tests.properties.incidents import INCIDENTS, End, empty
from tests.shop_endpoint.behaviours import Behaviour, Work
from tests.shop_endpoint.endpoint import ShopEndpoint
from tests.world import World

SECONDS: Final = {"webhook_grace": 0.4, "settle_timeout": 1.0}
"""Limits of the processes: each look at the clock is a point, and most of them are alike."""

TRIES: Final = 10

PAUSE: Final = timedelta(seconds=150)
"""Longer than a lease, after whatever a process waited for."""


class AtTheShop(StrEnum):
    """Points that lie at the other end of the wire: the shop has the event, and no answer was sent."""

    COMMITTED = "shop:committed"
    ARRIVED = "shop:arrived"
    """It is committed after the process' death, before the next process comes."""
    AT_WORK = "shop:at-work"
    """It is committed after the next process has come and gone."""


@dataclass(frozen=True)
class Aftermath:
    """How an incident ended, wherever its first process died.

    Attributes:
        end: without what was `fixed`, where a process may not know that it was its own event.
        closed: the events of which the journal says that their row shows them, each time it says so.
        deeds: what the shop's own handler did, each time it did it.
        event_ids: how many different events the shop got of each row.
    """

    end: End
    closed: list[tuple[str, str, str, int]]
    deeds: list[tuple[str, str, str]]
    event_ids: dict[str, int]

    @property
    def stands(self) -> tuple[object, ...]:
        """What must be the same whoever was faster: the process, or the real webhook."""
        end = self.end
        return (end.rows, self.deeds, end.attention, end.leases, end.unfinished)


@dataclass(kw_only=True)
class Deaths:
    """Processes on one world. `shop`: its own handler; None: they dispatch into the database."""

    world: World
    zygote: Zygote
    shop: ShopEndpoint | None
    incident: str
    act: Act = Act.TICK
    phases: Sequence[str] = ()
    orphans: str = "person"
    suffix: str = ""
    let: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._arrange, phases = INCIDENTS[self.incident]
        self.phases = self.phases or [phase.value for phase in phases]

    async def undisturbed(self) -> tuple[list[str], Aftermath]:
        """The points of a process that lives, and how it ends then."""
        order = await self._arranged()
        assert await self.zygote.run(order) == 0
        points = self.zygote.points()
        if any("http:POST hooks" in point for point in points):
            points += list(AtTheShop)
        return points, await self._afterwards()

    async def killed_at(self, point: str) -> Aftermath:
        """How it ends when the first process dies there.

        Rows of a batch go side by side: whether the second one needs a connection of its own, say, depends on
        who is faster, so a process that lived is followed by another.

        Raises:
            AssertionError: none of several came there.
        """
        for _ in range(TRIES):
            order = await self._arranged()
            if point in list(AtTheShop):
                code = await self._killed_from_outside(order, AtTheShop(point))
            else:
                code = await self.zygote.run(replace(order, doomed=point))
            self.zygote.points()
            if code == KILLED:
                return await self._afterwards()
        raise AssertionError(f"never came to {point}")

    async def _killed_from_outside(self, order: Order, point: AtTheShop) -> int:
        shop, never, self.let = self._endpoint(), asyncio.Event(), asyncio.Event()
        work = Work.DONE if point is AtTheShop.COMMITTED else Work.LATER
        shop.behaviours.script(Behaviour(work=work, let=self.let, held=never))

        async def kill(pid: int) -> None:
            await shop.arrived(1)
            if point is AtTheShop.COMMITTED:
                await shop.settled()
            os.kill(pid, signal.SIGKILL)

        code = await self.zygote.run(order, meanwhile=kill)
        if point is AtTheShop.ARRIVED:
            self.let.set()
            await shop.settled()
        return code

    async def _arranged(self) -> Order:
        """The incident in an empty shop, and the process that is to heal it."""
        await empty(self.world.store.database)
        if self.shop is not None:
            await self.shop.forget()
        number = next(self.world.processes)
        self.suffix = f"{number}n"
        return self._order(f"process-{number}", await self._arrange(self.world, self.suffix))

    async def _afterwards(self) -> Aftermath:
        """Time passes, and another process ticks twice."""
        self.world.clock.advance(PAUSE)
        order = self._order(f"process-{next(self.world.processes)}", [])
        later = replace(order, act=Act.TICK, ticks=2, pause=PAUSE.total_seconds())
        assert await self.zygote.run(later) == 0
        self.zygote.points()
        self.world.clock.advance(2 * PAUSE)
        return await self._aftermath()

    async def _aftermath(self) -> Aftermath:
        database = self.world.store.database
        if self.shop is None:
            end = await End.of(database, self.suffix)
            return Aftermath(end=end, closed=end.fixed, deeds=[], event_ids={})
        self.let.set()
        await self.shop.settled()
        ids: dict[str, set[str]] = {}
        for received in self.shop.received:
            assert received.genuine
            assert received.event is not None
            ids.setdefault(self._plain(received.event.object_id), set()).add(received.event.event_id)
        return Aftermath(
            end=replace(await End.of(database, self.suffix), fixed=[]),
            closed=await self._closed(),
            deeds=sorted((self._plain(d.row_id), d.before, d.after) for d in await self.shop.deeds()),
            event_ids={object_id: len(its) for object_id, its in ids.items()},
        )

    async def _closed(self) -> list[tuple[str, str, str, int]]:
        closing = [outcome for outcome in Outcome if outcome.closes]
        query = select(journal).where(journal.c.outcome.in_(closing))

        async def unit(connection: AsyncConnection) -> list[tuple[str, str, str, int]]:
            return sorted(
                (self._plain(row.row_id), self._plain(row.psp_id), row.event, row.attempt)
                for row in await connection.execute(query)
            )

        return await self.world.store.database.read(unit)

    def _order(self, holder: str, row_ids: list[str]) -> Order:
        world = self.world
        return Order(
            holder=holder,
            database=world.url.render_as_string(hide_password=False),
            psp=world.psp.url,
            api_key=world.psp.api_key,
            now=world.clock.now().isoformat(),
            told=str(self.zygote.told),
            shop=self.shop.url if self.shop is not None else None,
            act=self.act,
            phases=list(self.phases),
            row_ids=row_ids,
            orphans=self.orphans,
            seconds=SECONDS,
        )

    def _endpoint(self) -> ShopEndpoint:
        if self.shop is None:
            raise RuntimeError("there is no endpoint")
        return self.shop

    def _plain(self, text: str) -> str:
        return text.replace(self.suffix, "N")
