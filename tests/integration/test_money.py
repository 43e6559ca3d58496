"""The money is what the PSP says it is: what was given back or is disputed is not paid by itself (rule 6)."""

from typing import Any

import pytest

from reconcile_tui.core.decisions import Event, Reason, Sync
from reconcile_tui.core.frozen_plan import freeze, hold
from reconcile_tui.core.store.journal_entries import Step
from reconcile_tui.demo import shop
from tests.world import World, outcomes

GIVEN_BACK = {"o-1": "given_back"}
DESPITE = Sync(event=Event.PAYMENT_SUCCEEDED, despite=Reason.GIVEN_BACK)


async def a_paid_order(world: World, **payment: Any) -> None:
    """An order that hangs although it was paid, 42.00 EUR."""
    await world.order("o-1", psp="succeeded", **payment)


def support_refunds(world: World, refund_id: str = "ref_support", **refund: Any) -> None:
    """Somebody gives the money back in the PSP's control center; the shop knows nothing of it."""
    facts: dict[str, Any] = {"payment": "pay_o-1", "status": "succeeded", "amount": 4200}
    world.book.refund(refund_id, **(facts | refund))


@pytest.mark.parametrize(("status", "amount"), [("succeeded", 4200), ("pending", 1)])
async def test_what_was_paid_and_given_back_is_for_a_person(world: World, status: str, amount: int) -> None:
    await a_paid_order(world)
    support_refunds(world, status=status, amount=amount)

    assert outcomes(await world.tick()) == {}

    assert await world.status("o-1") == "pending"
    assert await world.attention() == GIVEN_BACK
    [item] = await world.store.attention.open_items(limit=1)
    assert [(it["refund_id"], it["amount"]) for it in item.facts["psp"]["given_back"]] == [
        ("ref_support", amount)
    ]


async def test_a_refund_that_failed_changes_nothing(world: World) -> None:
    await a_paid_order(world)
    support_refunds(world, status="failed")

    assert outcomes(await world.tick()) == {"o-1": "fixed"}


@pytest.mark.parametrize("of_the_shop", ["its id", "its name", "its own id"])
async def test_a_refund_that_a_local_row_claims_changes_nothing(world: World, of_the_shop: str) -> None:
    """By the PSP's id, or, where the answer with the id was lost, by the shop's own id."""
    await a_paid_order(world)
    match of_the_shop:
        case "its id":
            await world.refund("r-1", refund_id="ref_1", status="succeeded", psp="succeeded", amount=1000)
        case "its name":
            await world.orphan("r-1", stuck_for="1m", amount=1000)
            support_refunds(world, amount=1000, metadata={"shop_refund_id": "r-1"})
        case _:
            await world.orphan("r-1", stuck_for="1m", amount=1000)
            support_refunds(world, "r-1", amount=1000)

    assert outcomes(await world.tick())["o-1"] == "fixed"
    assert "o-1" not in await world.attention()


@pytest.mark.parametrize(
    "claims",
    [
        "another order's",
        "a failed one",
        "one for two",
        "one with another id",
        "one of less",
        "a name of less",
    ],
)
async def test_a_row_that_does_not_tell_of_this_refund_claims_nothing(world: World, claims: str) -> None:
    await a_paid_order(world)
    await world.order("o-2", status="completed")
    match claims:
        case "another order's":
            await world.refund("r-1", of="o-2", refund_id="ref_support", status="succeeded")
            support_refunds(world)
        case "a failed one":
            await world.refund("r-1", refund_id="ref_support", status="failed")
            support_refunds(world)
        case "one of less":
            await world.refund("r-1", refund_id="ref_support", status="succeeded", amount=100)
            support_refunds(world)
        case "a name of less":
            await world.orphan("r-1", stuck_for="1m", amount=100)
            support_refunds(world, amount=1000, metadata={"shop_refund_id": "r-1"})
        case "one for two":
            await world.orphan("r-1", stuck_for="1m", amount=1000)
            for one in ("ref_a", "ref_b"):
                support_refunds(world, one, amount=1000, metadata={"shop_refund_id": "r-1"})
        case _:
            await world.refund("r-1", refund_id="ref_other", status="succeeded", psp="succeeded", amount=1000)
            support_refunds(world, amount=1000, metadata={"shop_refund_id": "r-1"})

    assert "o-1" not in outcomes(await world.tick())
    assert (await world.attention())["o-1"] == "given_back"


@pytest.mark.parametrize("status", ["dispute_opened", "dispute_won"])
async def test_a_dispute_speaks_against_the_money_until_it_is_won(world: World, status: str) -> None:
    await a_paid_order(world)
    world.book.dispute("pay_o-1", status=status)

    is_paid = status == "dispute_won"
    assert outcomes(await world.tick()) == ({"o-1": "fixed"} if is_paid else {})
    assert await world.attention() == ({} if is_paid else {"o-1": "disputed"})


async def test_an_operator_applies_it_knowingly(world: World) -> None:
    await a_paid_order(world)
    support_refunds(world)
    await world.tick()

    reconciler = world.reconciler()
    plan = await world.plan("o-1", reconciler=reconciler)
    assert [row.decision for row in plan.rows] == [DESPITE]
    assert await world.attention() == GIVEN_BACK, "a plan that nobody applied changes nothing"
    assert outcomes(await reconciler.apply(plan)) == {"o-1": "fixed"}

    assert await world.status("o-1") == "completed"
    assert await world.attention() == {}
    intended = next(entry for entry in await world.history("o-1") if entry.step is Step.INTENDED)
    assert intended.despite is Reason.GIVEN_BACK
    assert intended.psp is not None
    assert intended.psp["given_back"][0]["refund_id"] == "ref_support"
    world.later("100h")
    await world.tick()
    assert await world.attention() == {}, "it was decided, by a person"


async def test_what_an_operator_finds_first_needs_a_person_although_they_leave_it(world: World) -> None:
    await a_paid_order(world)
    support_refunds(world)

    await world.plan("o-1")

    assert await world.attention() == GIVEN_BACK
    assert outcomes(await world.tick()) == {}


async def test_what_is_given_back_after_the_plan_is_changed(world: World) -> None:
    await a_paid_order(world)
    reconciler = world.reconciler()
    plan = await world.plan("o-1", reconciler=reconciler)
    frozen = freeze(plan)
    support_refunds(world)
    world.later("31s")

    held = hold(frozen, await world.plan("o-1"))
    assert [str(it) for it in held.changed[plan.rows[0].ref]] == [
        "PSP given back: none → ref_support succeeded 4200 EUR"
    ]
    assert outcomes(await reconciler.apply(plan)) == {"o-1": "changed"}
    assert await world.status("o-1") == "pending"


async def test_a_claim_that_is_gone_at_the_last_moment_withholds_the_event(world: World) -> None:
    await a_paid_order(world)
    await world.refund("r-1", refund_id="ref_1", status="succeeded", psp="succeeded", amount=1000)
    reconciler = world.reconciler()
    plan = await world.plan("o-1", reconciler=reconciler)
    await world.delete(shop.refunds, "r-1")

    assert outcomes(await reconciler.apply(plan)) == {"o-1": "changed"}

    assert await world.status("o-1") == "pending"
    assert await world.attention() == GIVEN_BACK


@pytest.mark.parametrize("why", ["given_back", "disputed"])
async def test_a_real_webhook_that_shows_it_is_withheld_and_the_next_check_says_so(
    world: World, why: str
) -> None:
    await a_paid_order(world)
    if why == "given_back":
        support_refunds(world)
    else:
        world.book.dispute("pay_o-1")

    assert await world.real_webhook("pay_o-1") == "withheld"
    assert await world.status("o-1") == "pending"
    await world.tick()
    assert await world.attention() == {"o-1": why}


async def test_a_real_webhook_whose_refund_is_the_shops_own_is_applied(world: World) -> None:
    await a_paid_order(world)
    await world.refund("r-1", refund_id="ref_1", status="succeeded", psp="succeeded", amount=1000)

    assert await world.real_webhook("pay_o-1") == "applied"


async def test_several_orders_and_their_claims_are_kept_apart(world: World) -> None:
    """One transaction carries many rows: each is judged by its own refunds."""
    for n in range(4):
        await world.order(f"o-{n}", psp="succeeded")
        world.book.refund(f"ref_{n}", payment=f"pay_o-{n}", amount=1000)
        if n % 2:
            await world.refund(f"r-{n}", of=f"o-{n}", refund_id=f"ref_{n}", status="succeeded", amount=1000)

    assert outcomes(await world.tick()) == {"o-1": "fixed", "o-3": "fixed"}
    assert await world.attention() == {"o-0": "given_back", "o-2": "given_back"}
