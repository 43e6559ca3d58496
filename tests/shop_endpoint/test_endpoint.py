"""The endpoint over real HTTP: each way in which a shop can lose, delay or fake what it does."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from tests.shop_endpoint.behaviours import (
    Behaviour,
    answers_late,
    fails_after_committing,
    loses_the_answer,
    loses_the_request,
    never_answers,
    redirects,
    refuses,
    says_yes_and_does_nothing,
    takes_seconds,
    works_later,
)
from tests.shop_endpoint.endpoint import ShopEndpoint
from tests.shop_endpoint.webhook_handler import Verdict
from tests.world import World

LOST = None


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


@pytest.fixture
async def stuck(world: World) -> str:
    """A stuck order, its payment's webhook lost."""
    return await world.order("o-1", psp="succeeded")


async def post(
    client: aiohttp.ClientSession, endpoint: ShopEndpoint, world: World, *, patience: float = 30
) -> int | None:
    """Post the real webhook; the status of the answer, or None where there was none."""
    webhook = world.psp.webhook_of("pay_o-1")
    try:
        async with client.post(
            endpoint.url,
            data=webhook.body,
            headers=webhook.headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=patience),
        ) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError):
        return LOST


@dataclass(frozen=True)
class Case:
    """A behaviour, the status that the client hears, and whether the order is completed."""

    behaviour: Behaviour
    status: int | None
    applied: bool


CASES = {
    "as it should": Case(Behaviour(), 200, True),
    "loses the answer": Case(loses_the_answer(), LOST, True),
    "loses the request": Case(loses_the_request(), LOST, False),
    "says yes and does nothing": Case(says_yes_and_does_nothing(), 200, False),
    "fails after committing": Case(fails_after_committing(), 500, True),
    "is away": Case(refuses(503, retry_after="120"), 503, False),
    "refuses": Case(refuses(422), 422, False),
    "redirects": Case(redirects("http://127.0.0.1:1/"), 307, False),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.usefixtures("stuck")
async def test_work_and_answer_go_their_own_ways(
    world: World, endpoint: ShopEndpoint, client: aiohttp.ClientSession, case: Case
) -> None:
    endpoint.behaviours.script(case.behaviour)

    assert await post(client, endpoint, world) == case.status
    assert await world.status("o-1") == ("completed" if case.applied else "pending")
    assert [request.genuine for request in endpoint.received] == [True]

    assert await post(client, endpoint, world) == 200, "the script is over"
    assert endpoint.received[-1].verdict is (Verdict.DUPLICATE if case.applied else Verdict.APPLIED)
    assert [deed.row_id for deed in await endpoint.deeds()] == ["o-1"]


@pytest.mark.usefixtures("stuck")
async def test_an_answer_comes_when_the_test_lets_it(
    world: World, endpoint: ShopEndpoint, client: aiohttp.ClientSession
) -> None:
    held = asyncio.Event()
    endpoint.behaviours.script(answers_late(held))
    request = asyncio.create_task(post(client, endpoint, world))
    [received] = await endpoint.arrived(1)
    await endpoint.settled()

    assert (received.verdict, received.answered) == (Verdict.APPLIED, None)
    held.set()
    assert await request == 200


@pytest.mark.usefixtures("stuck")
async def test_an_answer_takes_time_on_the_endpoints_clock(
    world: World, endpoint: ShopEndpoint, client: aiohttp.ClientSession
) -> None:
    endpoint.behaviours.always(takes_seconds(7))
    before = world.clock.monotonic()

    assert await post(client, endpoint, world) == 200
    assert world.clock.monotonic() == before + 7


@pytest.mark.usefixtures("stuck")
async def test_a_client_gives_up_on_what_never_answers_and_the_work_is_done(
    world: World, endpoint: ShopEndpoint, client: aiohttp.ClientSession
) -> None:
    endpoint.behaviours.script(never_answers())

    assert await post(client, endpoint, world, patience=0.2) is LOST
    assert await world.status("o-1") == "completed"


@pytest.mark.usefixtures("stuck")
async def test_work_is_done_after_the_answer_when_the_test_lets_it(
    world: World, endpoint: ShopEndpoint, client: aiohttp.ClientSession
) -> None:
    let = asyncio.Event()
    endpoint.behaviours.script(works_later(let))

    assert await post(client, endpoint, world) == 202
    assert await world.status("o-1") == "pending"
    let.set()
    await endpoint.settled()
    assert await world.status("o-1") == "completed"


@pytest.mark.usefixtures("stuck")
async def test_a_wrong_secret_is_refused(
    world: World, endpoint: ShopEndpoint, client: aiohttp.ClientSession
) -> None:
    endpoint.handler.secret = "the shop's developers changed it"

    assert await post(client, endpoint, world) == 401
    assert [request.genuine for request in endpoint.received] == [False]
    assert await endpoint.taken() == {}


@pytest.mark.usefixtures("stuck")
async def test_one_object_is_treated_otherwise_than_the_others(
    world: World, endpoint: ShopEndpoint, client: aiohttp.ClientSession
) -> None:
    endpoint.behaviours.always(refuses(503))
    endpoint.behaviours.always(Behaviour(), of="pay_o-1")

    assert await post(client, endpoint, world) == 200
    endpoint.behaviours.stop(of="pay_o-1")
    assert await post(client, endpoint, world) == 503


@pytest.mark.usefixtures("stuck")
async def test_an_event_that_comes_ten_times_at_once_is_applied_once(
    world: World, endpoint: ShopEndpoint, client: aiohttp.ClientSession
) -> None:
    answers = await asyncio.gather(*(post(client, endpoint, world) for _ in range(10)))

    assert answers == [200] * 10
    assert sorted(request.verdict or "" for request in endpoint.received) == ["applied"] + ["duplicate"] * 9
    assert [deed.row_id for deed in await endpoint.deeds()] == ["o-1"]
    assert list((await endpoint.taken()).values()) == [Verdict.APPLIED]


async def test_the_psps_own_webhooks_arrive_over_http(world: World, endpoint: ShopEndpoint) -> None:
    await world.order("o-1", psp="succeeded")
    webhook = world.psp.webhook_of("pay_o-1")

    await endpoint.deliver(webhook.body, webhook.headers)

    assert endpoint.received[0].event_id == webhook.event_id
    assert await world.status("o-1") == "completed"
