"""The program with a shop whose own webhook handler gets the events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.integration.cli.conftest import Stage
from tests.shop_endpoint.endpoint import SECRET, ShopEndpoint


@asynccontextmanager
async def over_http(stage: Stage) -> AsyncIterator[ShopEndpoint]:
    """The shop's endpoint; the stage's runs deliver to it, after the shortest grace."""
    async with ShopEndpoint(stage.world.url, clock=stage.world.clock) as shop:
        stage.env.update(
            RECONCILE_DISPATCH="http",
            RECONCILE_WEBHOOK_URL=shop.url,
            RECONCILE_WEBHOOK_GRACE="1s",
            HYPERSWITCH_WEBHOOK_KEY=SECRET,
            HYPERSWITCH_MERCHANT_ID="merchant_demo",
        )
        yield shop
