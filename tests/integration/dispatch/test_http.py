"""Delivering to the shop's own handler: what is sent, when, and what is believed of the answer."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from reconcile_tui.core.dispatch.http import SIGNATURE_HEADER, SYNTHETIC_HEADER
from reconcile_tui.core.tellings import Telling, Warned
from tests.clocks import RealWaits
from tests.in_turn import in_turn
from tests.integration.dispatch.conftest import Delivering
from tests.shop_endpoint.behaviours import (
    Behaviour,
    fails_after_committing,
    loses_the_answer,
    loses_the_request,
    redirects,
    refuses,
    says_yes_and_does_nothing,
    works_later,
)
from tests.world import DAEMON, outcomes


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
    assert await world.steps("o-1") == ["intended", "in_doubt", "resumed", "delivered", "fixed"]


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


WRONG_SECRETS = {
    **{
        f"is refused with {status}": partial(refuses, status)
        for status in (400, 402, 405, 406, 409, 410, 415, 422)
    },
    "is redirected": partial(redirects, "/login", 302),
    "makes the handler fail": partial(refuses, 500),
    "is told to come later": partial(refuses, 429),
    "is accepted and ignored": says_yes_and_does_nothing,
    "is queued and ignored": partial(refuses, 202),
}


@in_turn("behaviour", cases=WRONG_SECRETS.values(), ids=WRONG_SECRETS)
async def test_a_secret_that_may_be_wrong_costs_three_events(
    delivering: Delivering, behaviour: Callable[[], Behaviour]
) -> None:
    world = delivering.world
    for number in range(6):
        await world.order(f"o-{number}", psp="succeeded")
        await world.order(f"p-{number}", status="refund_pending", psp="succeeded")
        await world.refund(f"r-{number}", of=f"p-{number}", psp="succeeded")
    delivering.shop.behaviours.always(behaviour())
    warned: list[Telling] = []

    report = await world.reconciler(dispatcher=delivering.dispatcher(), listener=warned.append).run_once(
        DAEMON
    )

    told = Counter(outcomes(report).values())
    in_trouble = {429, 500} & set(delivering.posts)
    assert len(delivering.shop.received) == (6 if in_trouble else 3)
    assert told["undelivered"] + told["unchanged"] == len(delivering.shop.received)
    assert told["refused"] == 12 - len(delivering.shop.received)
    orders = report.slices[0].shut
    assert orders is not None
    assert orders.count == 3
    [words, *_] = [each.detail for each in warned if isinstance(each, Warned)]
    assert ("is the secret right?" if in_trouble else "is the secret or the profile right?") in words


async def test_a_shop_that_never_took_anything_gets_nothing_of_the_next_phase(delivering: Delivering) -> None:
    world = delivering.world
    for number in range(3):
        await world.order(f"o-{number}", psp="succeeded")
    await world.order("p-1", status="refund_pending", psp="succeeded")
    await world.refund("r-1", of="p-1", psp="succeeded")
    delivering.shop.behaviours.always(refuses(422))

    report = await delivering.tick()

    assert delivering.posts == [422] * 3
    assert outcomes(report)["r-1"] == "refused"
    delivering.shop.behaviours.stop()
    delivering.world.later("61m")
    assert set(outcomes(await delivering.tick()).values()) == {"fixed"}


@pytest.mark.parametrize("status", [400, 422, 500])
async def test_rows_that_the_shop_will_not_have_do_not_end_the_phase_once_another_was_fixed(
    delivering: Delivering, status: int
) -> None:
    world = delivering.world
    for number in range(8):
        await world.order(f"o-{number}", stuck_for=f"{200 - number}m", psp="succeeded")
    for number in (1, 2, 3, 4, 5):
        delivering.shop.behaviours.always(refuses(status), of=f"pay_o-{number}")

    report = await delivering.tick()

    assert Counter(outcomes(report).values()) == {"fixed": 3, "undelivered": 5}
    assert report.slices[0].shut is None


async def test_rows_that_the_shop_would_not_have_are_tried_last_the_next_time(delivering: Delivering) -> None:
    world = delivering.world
    for number in range(8):
        await world.order(f"o-{number}", stuck_for=f"{200 - number}m", psp="succeeded")
    for number in range(3):
        delivering.shop.behaviours.always(refuses(422), of=f"pay_o-{number}")
    assert Counter(outcomes(await delivering.tick()).values()) == {"undelivered": 3, "refused": 5}

    world.later("61m")

    assert Counter(outcomes(await delivering.tick()).values()) == {"undelivered": 3, "fixed": 5}


async def test_a_handler_that_answers_with_an_error_and_does_its_work_is_not_taken_for_one_that_refuses(
    delivering: Delivering,
) -> None:
    for number in range(6):
        await delivering.world.order(f"o-{number}", psp="succeeded")
    delivering.shop.behaviours.always(fails_after_committing(422))

    assert set(outcomes(await delivering.tick()).values()) == {"fixed"}


async def test_a_queue_is_awaited_once_and_then_gets_all(delivering: Delivering) -> None:
    world, shop, let = delivering.world, delivering.shop, asyncio.Event()
    world.clock = RealWaits(world.clock.now())
    world.set(webhook_grace=timedelta(0))
    for number in range(8):
        await world.order(f"o-{number}", psp="succeeded")
    shop.behaviours.always(works_later(let))

    tick = asyncio.create_task(delivering.tick())
    await shop.arrived(3)
    # A fourth one would be on its way within the time of a few looks at the rows.
    await asyncio.sleep(0.3)
    assert len(shop.received) == 3
    let.set()

    assert set(outcomes(await tick).values()) == {"fixed"}
    assert len(shop.received) == 8


async def test_what_an_operator_syncs_ends_after_three_as_well(delivering: Delivering) -> None:
    for number in range(8):
        await delivering.world.order(f"o-{number}", psp="succeeded")
    delivering.shop.behaviours.always(says_yes_and_does_nothing())

    receipt = await delivering.sync(*(f"o-{number}" for number in range(8)))

    assert len(delivering.shop.received) == 3
    assert Counter(row.result.outcome for row in receipt.rows) == {"unchanged": 3, "refused": 5}
    assert receipt.shut is not None


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
