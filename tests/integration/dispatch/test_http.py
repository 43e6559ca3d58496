"""Delivering to the shop's own handler: what is sent, when, and what is believed of the answer."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace

from reconcile_tui.core.dispatch.http import SIGNATURE_HEADER, SYNTHETIC_HEADER
from tests.integration.dispatch.conftest import Delivering
from tests.shop_endpoint.behaviours import (
    Behaviour,
    fails_after_committing,
    loses_the_answer,
    loses_the_request,
    refuses,
    says_yes_and_does_nothing,
)
from tests.world import outcomes


async def test_an_event_is_signed_as_the_psp_signs_and_the_shop_heals_itself(delivering: Delivering) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")

    report = await delivering.tick()

    assert outcomes(report) == {"o-1": "fixed"}
    assert await world.status("o-1") == "completed"
    [received] = delivering.shop.received
    assert received.genuine
    assert received.headers[SYNTHETIC_HEADER] == "1"
    assert SIGNATURE_HEADER in received.headers
    body = json.loads(received.body)
    assert body["event_type"] == "payment_succeeded"
    assert body["content"]["object"]["payment_id"] == "pay_o-1"
    assert await world.steps("o-1") == ["intended", "delivered", "fixed"]
    assert "HTTP 200 in " in str((await world.history("o-1"))[1].detail)


async def test_the_answer_500_after_a_commit_is_a_fix(delivering: Delivering) -> None:
    await delivering.world.order("o-1", psp="succeeded")
    delivering.shop.behaviours.script(fails_after_committing())

    assert outcomes(await delivering.tick()) == {"o-1": "fixed"}


async def test_a_lost_answer_is_settled_by_reading_the_row(delivering: Delivering) -> None:
    await delivering.world.order("o-1", psp="succeeded")
    delivering.shop.behaviours.script(loses_the_answer())

    assert outcomes(await delivering.tick()) == {"o-1": "fixed"}


async def test_a_lost_request_is_in_doubt_and_the_next_tick_sends_the_same_event(
    delivering: Delivering,
) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")
    delivering.shop.behaviours.script(loses_the_request())

    assert outcomes(await delivering.tick()) == {"o-1": "in_doubt"}
    assert await world.status("o-1") == "pending"
    world.later("61s")
    assert (await delivering.tick()).settled == 1

    assert await world.status("o-1") == "completed"
    first, second = delivering.shop.received
    assert first.event_id == second.event_id
    assert await world.steps("o-1") == ["intended", "in_doubt", "delivered", "fixed"]


async def test_a_yes_without_effect_is_loud_and_sent_again_by_an_operator_alone(
    delivering: Delivering,
) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")
    delivering.shop.behaviours.script(says_yes_and_does_nothing())

    assert outcomes(await delivering.tick()) == {"o-1": "unchanged"}
    assert await world.attention() == {"o-1": "no_effect"}
    world.later("13h")
    assert outcomes(await delivering.tick()) == {"o-1": "unchanged"}
    assert len(delivering.shop.received) == 1

    assert outcomes(await delivering.sync("o-1", again=True)) == {"o-1": "fixed"}
    first, second = delivering.shop.received
    assert first.event_id != second.event_id


async def test_a_wrong_secret_ends_the_phase_after_one_event(delivering: Delivering) -> None:
    for number in range(12):
        await delivering.world.order(f"o-{number}", psp="succeeded")
    delivering.signed_with("another-secret")

    report = await delivering.tick()

    assert delivering.posts == [401]
    assert sorted(outcomes(report).values()) == ["refused"] * 11 + ["undelivered"]
    assert report.slices[0].shut is not None
    assert report.slices[0].shut.status == 401


async def test_a_wrong_address_ends_the_phase_after_three(delivering: Delivering) -> None:
    for number in range(12):
        await delivering.world.order(f"o-{number}", psp="succeeded")
    delivering.shop.behaviours.always(refuses(404))

    report = await delivering.tick()

    assert delivering.posts == [404, 404, 404]
    assert sorted(outcomes(report).values()) == ["refused"] * 9 + ["undelivered"] * 3


async def test_a_row_that_the_real_webhook_ends_while_the_shop_refuses_ours_is_overtaken(
    delivering: Delivering,
) -> None:
    world = delivering.world
    await world.order("o-1", psp="succeeded")
    held = asyncio.Event()
    delivering.shop.behaviours.script(refuses_late(401, held))
    tick = asyncio.create_task(delivering.tick())
    await delivering.shop.arrived(1)
    await delivering.shop.deliver(*real_webhook(delivering, "pay_o-1"))
    held.set()

    assert outcomes(await tick) == {"o-1": "overtaken"}


def refuses_late(status: int, held: asyncio.Event) -> Behaviour:
    """Says no when it is let."""
    return replace(refuses(status), held=held)


def real_webhook(delivering: Delivering, payment_id: str) -> tuple[bytes, Mapping[str, str]]:
    """The PSP's own event, as it would send it."""
    webhook = delivering.world.psp.webhook_of(payment_id)
    return webhook.body, webhook.headers
