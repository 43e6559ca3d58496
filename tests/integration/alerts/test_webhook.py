"""The webhook: a failure is words, in bounded time, and nothing of the secret address is in them."""

import asyncio
import socket
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from reconcile_tui.alerts.webhook import AlertWebhook
from reconcile_tui.core.http_client import DIRECT, Outbound
from reconcile_tui.core.proxies import Proxy
from tests.integration.alerts.receiver import PATH, receiver
from tests.tls import AUTHORITY, certificate
from tests.tunnel import tunnels


async def posted(
    url: SecretStr, *, within: timedelta = timedelta(seconds=5), outbound: Outbound = DIRECT
) -> str | None:
    webhook = AlertWebhook(url, timeout=within, outbound=outbound)
    try:
        return await webhook.post("63 rows stuck")
    finally:
        await webhook.aclose()


async def test_a_message_that_arrives_has_nothing_to_say() -> None:
    async with receiver() as people:
        assert await posted(people.url) is None
        assert people.texts == ["63 rows stuck"]


@pytest.mark.parametrize("status", [307, 400, 403, 404, 429, 500])
async def test_every_other_answer_is_a_failure_and_a_redirect_is_not_followed(status: int) -> None:
    async with receiver() as people:
        people.status = status

        assert await posted(people.url) == f"the webhook answered {status}"
        assert len(people.texts) == 1


async def test_nobody_there_is_a_failure_that_does_not_show_the_address() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    failed = await posted(SecretStr(f"http://127.0.0.1:{port}{PATH}"))

    assert failed is not None
    assert "cannot be reached" in failed
    assert PATH not in failed
    assert str(port) not in failed


async def test_silence_is_a_failure_in_bounded_time() -> None:
    async def silent(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    app = web.Application()
    app.router.add_post(PATH, silent)
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0.0)
    try:
        url = SecretStr(str(server.make_url(PATH)))
        assert await posted(url, within=timedelta(milliseconds=50)) == "no answer within 0.05 s"
    finally:
        await server.close()


async def test_a_certificate_is_judged_as_the_settings_say_and_the_reason_is_told() -> None:
    async with receiver(tls=certificate()) as people:
        assert await posted(people.url, outbound=Outbound(ca_file=AUTHORITY)) is None
        failed = await posted(people.url)

    assert failed is not None
    assert failed.startswith("the webhook cannot be reached: its certificate is not trusted")
    assert "127.0.0.1" not in failed


async def test_a_message_goes_through_the_proxy() -> None:
    async with receiver(tls=certificate("other_host")) as people, tunnels(people.address) as proxy:
        way = Outbound(ca_file=AUTHORITY, proxy=Proxy.parsed(proxy.address))
        assert await posted(SecretStr(f"https://shop.example{PATH}"), outbound=way) is None

    assert (proxy.wanted, people.texts) == (["shop.example:443"], ["63 rows stuck"])
