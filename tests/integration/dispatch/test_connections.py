"""How an event comes to the shop's endpoint: whom the tool trusts, through which proxy, and what it says."""

from dataclasses import replace

import pytest
from pydantic import SecretStr
from sqlalchemy import URL

from reconcile_tui.core.http_client import Outbound
from reconcile_tui.core.proxies import Proxy
from tests.integration.dispatch.conftest import a_delivering_world
from tests.shop_endpoint.endpoint import PATH, ShopEndpoint
from tests.tls import AUTHORITY, certificate
from tests.tunnel import tunnels
from tests.world import outcomes


async def test_a_shop_behind_an_authority_of_its_own_is_reached_through_the_proxy(shop_url: URL) -> None:
    async with a_delivering_world(shop_url) as delivering:
        world = delivering.world
        await world.order("o-1", psp="succeeded")
        shop = ShopEndpoint(shop_url, clock=world.clock, tls=certificate("other_host"))
        async with shop, tunnels(shop.url) as proxy:
            delivering.address = replace(delivering.address, url=SecretStr(f"https://shop.example{PATH}"))
            delivering.outbound = Outbound(ca_file=AUTHORITY, proxy=Proxy.parsed(proxy.address))

            assert outcomes(await delivering.tick()) == {"o-1": "fixed"}

    assert proxy.wanted == ["shop.example:443"]


@pytest.mark.parametrize(
    ("shown", "trusted", "why"),
    [
        ("server", None, "its certificate is not trusted: if it comes from an authority of your own, set"),
        ("expired", AUTHORITY, "its certificate has expired"),
        ("other_host", AUTHORITY, "its certificate is for another host"),
    ],
)
async def test_a_certificate_that_is_not_accepted_gets_no_event_and_says_why(
    shop_url: URL, shown: str, trusted: str | None, why: str
) -> None:
    async with a_delivering_world(shop_url) as delivering:
        world = delivering.world
        await world.order("o-1", psp="succeeded")
        async with ShopEndpoint(shop_url, clock=world.clock, tls=certificate(shown)) as shop:
            delivering.address = replace(delivering.address, url=SecretStr(shop.url))
            delivering.outbound = Outbound(ca_file=trusted)

            assert outcomes(await delivering.tick()) == {"o-1": "undelivered"}
            assert shop.received == []

        detail = str((await world.history("o-1"))[-1].detail)
    assert detail.startswith(f"the shop's endpoint cannot be reached: {why}")
