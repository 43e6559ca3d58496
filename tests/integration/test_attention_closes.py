"""Attention closes by a fresh look that agrees, never by the row's status alone (design rule 12)."""

from datetime import timedelta

import pytest

from reconcile_tui.core.policy import Mode
from reconcile_tui.core.tellings import Warned, WarningKind
from reconcile_tui.demo import shop
from tests.in_turn import in_turn
from tests.world import World, decisions, outcomes


async def test_a_mismatch_that_the_shops_own_handler_completed_stays(world: World) -> None:
    await world.order("o-1", psp="succeeded", amount=4200)
    await world.change(shop.orders, "o-1", amount=5200)
    await world.tick()
    await world.change(shop.orders, "o-1", status="completed")

    assert decisions(await world.tick()) == {"o-1": "attention"}, "the row is looked at at once"
    assert await world.attention() == {"o-1": "amount_mismatch"}
    world.later("13h")
    assert decisions(await world.tick()) == {"o-1": "attention"}, "and again, as long as it is so"

    await world.change(shop.orders, "o-1", amount=4200)
    world.later("13h")
    assert decisions(await world.tick()) == {"o-1": "already_resolved"}
    assert await world.attention() == {}
    world.later("13h")
    assert decisions(await world.tick()) == {}, "nobody looks at a row that is settled"


async def test_what_was_given_back_stays_where_the_shop_completed_the_order_all_the_same(
    world: World,
) -> None:
    await world.order("o-1", psp="succeeded")
    world.book.refund("ref_support", payment="pay_o-1", amount=4200)
    await world.tick()
    await world.change(shop.orders, "o-1", status="completed")
    await world.tick()
    assert await world.attention() == {"o-1": "given_back"}

    await world.refund("r-1", refund_id="ref_support", status="succeeded")
    world.later("13h")
    await world.tick()
    assert await world.attention() == {}


async def test_a_contradiction_that_a_person_mended_closes(world: World) -> None:
    await world.order("o-1", psp="failed")
    await world.tick()
    assert await world.status("o-1") == "failed"
    world.book.payment_becomes("pay_o-1", "succeeded")
    world.book.payments["pay_o-1"].learns(world.clock.now())
    world.later("61m")
    await world.tick()
    assert await world.attention() == {"o-1": "contradiction"}

    world.later("100h")
    await world.tick()
    assert await world.attention() == {"o-1": "contradiction"}, "long after the watch"

    await world.change(shop.orders, "o-1", status="completed")
    world.later("13h")
    await world.tick()
    assert await world.attention() == {}


async def test_a_refund_that_was_completed_with_another_amount_stays(world: World) -> None:
    await world.paid_order("o-1")
    await world.refund("r-1", psp="succeeded", amount=4200)
    await world.change(shop.refunds, "r-1", amount=3200)
    await world.tick()
    await world.change(shop.refunds, "r-1", status="succeeded")
    await world.tick()
    assert await world.attention() == {"r-1": "amount_mismatch"}

    await world.change(shop.refunds, "r-1", amount=4200)
    world.later("13h")
    await world.tick()
    assert await world.attention() == {}


@pytest.mark.parametrize("is_there", [True, False])
async def test_an_orphan_that_a_person_calls_paid_is_looked_up_before_that_is_believed(
    world: World, is_there: bool
) -> None:
    await world.paid_order("o-1", stuck_for="3h")
    await world.orphan("r-1", amount=1000)
    for n in range(2):
        world.book.refund(f"ref_{n}", payment="pay_o-1", amount=1000, created=-timedelta(minutes=9))
    await world.tick()
    assert await world.attention() == {"r-1": "orphan_ambiguous"}

    await world.change(shop.refunds, "r-1", status="succeeded")
    if not is_there:
        for n in range(2):
            world.book.refund_becomes(f"ref_{n}", "failed")
            world.book.refunds[f"ref_{n}"].learns(world.clock.now())
    await world.tick()

    assert await world.attention() == ({} if is_there else {"r-1": "contradiction"})


async def test_two_orders_of_one_payment_are_not_both_settled_by_it(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await world.order("o-2", payment_id="pay_o-1")
    await world.tick()
    for row_id in ("o-1", "o-2"):
        await world.change(shop.orders, row_id, status="completed")
    await world.tick()
    assert await world.attention() == {"o-1": "shared_psp_id", "o-2": "shared_psp_id"}

    await world.change(shop.orders, "o-2", status="cancelled", payment_id="")
    world.later("13h")
    await world.tick()
    assert await world.attention() == {}


async def test_a_look_that_asked_no_processor_closes_nothing(world: World) -> None:
    """Observing, what is read is what the PSP knew last."""
    await world.order("o-1", psp="succeeded", amount=4200)
    await world.change(shop.orders, "o-1", amount=5200)
    await world.tick()
    await world.change(shop.orders, "o-1", status="completed", amount=4200)

    world.set(mode=Mode.OBSERVE)
    assert decisions(await world.tick()) == {"o-1": "already_resolved"}
    assert await world.attention() == {"o-1": "amount_mismatch"}
    assert decisions(await world.tick()) == {}, "and it is not asked at every tick"

    world.set(mode=Mode.HEAL)
    world.later("13h")
    await world.tick()
    assert await world.attention() == {}


async def test_a_row_that_the_shop_has_no_more_closes_and_that_is_told(world: World) -> None:
    await world.order("o-1", psp="succeeded", amount=4200)
    await world.change(shop.orders, "o-1", amount=5200)
    await world.tick()
    await world.delete(shop.orders, "o-1")

    await world.tick()

    assert await world.attention() == {}
    told = [it.detail for it in world.told if isinstance(it, Warned) and it.kind is WarningKind.GONE]
    assert told == ["order o-1 is gone from the shop: its attention item was closed"]


async def test_an_item_whose_row_was_never_read_is_looked_at(world: World) -> None:
    """An item that an earlier version kept, or whose schedule was closed, does not stay for ever."""
    await world.order("o-1", status="failed", psp="succeeded")
    assert await world.real_webhook("pay_o-1") == "contradicts"
    await world.tick()
    assert await world.attention() == {"o-1": "contradiction"}
    await world.forget_checks()

    await world.change(shop.orders, "o-1", status="completed")
    await world.tick(drain=True)

    assert await world.attention() == {}


async def test_an_order_without_its_payment_id_needs_nobody(world: World) -> None:
    await world.order("o-1", psp="succeeded", amount=4200)
    await world.change(shop.orders, "o-1", amount=5200)
    await world.tick()

    await world.change(shop.orders, "o-1", payment_id="")
    world.later("13h")
    await world.tick()

    assert await world.attention() == {}


@in_turn("ends", cases=["succeeds", "fails"])
async def test_a_refund_that_succeeded_is_watched_and_its_failure_is_at_the_top(
    world: World, ends: str
) -> None:
    """Days later the bank sends it back, and Hyperswitch learns it only when it asks the processor."""
    await world.order("o-0", psp="conflicted", stuck_for="1h")
    await world.paid_order("o-1")
    await world.refund("r-1", psp="succeeded")
    assert outcomes(await world.tick()) == {"r-1": "fixed"}
    if ends == "fails":
        world.book.refund_becomes("ref_r-1", "failed", at=timedelta(days=2))

    looks = 0
    for _ in range(20):
        world.later("241m")
        looks += "r-1" in decisions(await world.tick())
        if "r-1" in await world.attention():
            break

    if ends == "succeeds":
        assert looks <= 10, "a healthy refund costs few reads"
        assert list(await world.attention()) == ["o-0"]
        return
    assert list(await world.attention()) == ["r-1", "o-0"], "the contradiction stands at the top"
    assert await world.status("r-1") == "succeeded", "a final row is never moved"
    await world.change(shop.refunds, "r-1", status="failed")
    world.later("13h")
    await world.tick()
    assert list(await world.attention()) == ["o-0"]


async def test_a_refund_that_a_real_webhook_brought_to_succeeded_is_watched(world: World) -> None:
    await world.paid_order("o-1")
    await world.refund("r-1", psp="succeeded", stuck_for="1m")
    assert await world.real_webhook("ref_r-1") == "applied"
    assert decisions(await world.tick()) == {}, "not at once: nothing is wrong with it"
    world.book.refund_becomes("ref_r-1", "failed", at=timedelta(hours=1))

    world.later("25h")
    await world.tick()

    assert await world.attention() == {"r-1": "contradiction"}
