"""A shop with a webhook handler of its own, beside the world's database and PSP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import URL

from reconcile_tui.core.apply import Receipt
from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.dispatch.endpoint import ShopEndpoint as Address
from reconcile_tui.core.dispatch.http import HttpDispatcher
from reconcile_tui.core.http_client import DIRECT, Outbound
from reconcile_tui.core.policy import Actor
from reconcile_tui.core.reconciler import Reconciler, TickReport
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.mapping import OrphansBy, RefundsMapping
from tests.shop_endpoint.endpoint import SECRET, ShopEndpoint
from tests.world import ALICE, DAEMON, World


@dataclass(kw_only=True)
class Delivering:
    """A world whose events go to the shop's own handler.

    Attributes:
        posts: the status of each POST, None where no answer was heard.
    """

    world: World
    shop: ShopEndpoint
    address: Address
    refunds: RefundsMapping = field(default_factory=RefundsMapping)
    posts: list[int | None] = field(default_factory=list)
    dispatchers: list[HttpDispatcher] = field(default_factory=list)
    outbound: Outbound = DIRECT

    def dispatcher(self, database: Database | None = None) -> HttpDispatcher:
        """A process' own way to the shop."""
        world = self.world
        database = database or world.store.database
        made = HttpDispatcher(
            database=database,
            refunds=self.refunds,
            endpoint=self.address,
            orphans=DatabaseDispatcher(database, world.store.shop),
            clock=world.clock,
            lease=world.policy.lease,
            observe=lambda status, _: self.posts.append(status),
            outbound=self.outbound,
        )
        self.dispatchers.append(made)
        return made

    def reconciler(self) -> Reconciler:
        return self.world.reconciler(dispatcher=self.dispatcher())

    async def tick(self, *, actor: Actor = DAEMON, drain: bool = False) -> TickReport:
        return await self.reconciler().run_once(actor, drain=drain)

    async def sync(self, *row_ids: str, again: bool = False) -> Receipt:
        reconciler = self.reconciler()
        plan = await self.world.plan(*row_ids, reconciler=reconciler, actor=ALICE)
        return await reconciler.apply(plan, again=again)

    def let_orphans(self, orphans: OrphansBy) -> None:
        """The mapping allows it."""
        self.refunds = replace(self.refunds, orphans=orphans)

    def signed_with(self, key: str) -> None:
        """The tool has another secret."""
        self.address = replace(self.address, key=SecretStr(key))


@asynccontextmanager
async def a_delivering_world(url: URL) -> AsyncIterator[Delivering]:
    """See `Delivering`. The PSP's real webhooks go to the same endpoint."""
    open_shops: list[ShopEndpoint] = []

    async def deliver(body: bytes, headers: Mapping[str, str]) -> None:
        for shop in open_shops:
            await shop.deliver(body, headers)

    async with World.at(url, deliver=deliver) as world, ShopEndpoint(url, clock=world.clock) as shop:
        open_shops.append(shop)
        address = Address(
            url=SecretStr(shop.url),
            key=SecretStr(SECRET),
            merchant_id="merchant_demo",
            timeout=timedelta(seconds=2),
        )
        made = Delivering(world=world, shop=shop, address=address)
        try:
            yield made
        finally:
            for dispatcher in made.dispatchers:
                await dispatcher.aclose()


@pytest.fixture
async def delivering(database_url: URL) -> AsyncIterator[Delivering]:
    async with a_delivering_world(database_url) as made:
        yield made
