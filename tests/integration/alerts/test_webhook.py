"""The webhook: a failure is words, in bounded time, and nothing of the secret address is in them."""

import asyncio
import socket
from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from reconcile_tui.alerts.webhook import AlertWebhook
from tests.integration.alerts.receiver import PATH, receiver


async def posted(url: SecretStr, *, within: timedelta = timedelta(seconds=5)) -> str | None:
    webhook = AlertWebhook(url, timeout=within)
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
