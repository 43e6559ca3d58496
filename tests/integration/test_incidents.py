"""Incidents by example: what has gone wrong in shops, and what the reconciler makes of it."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from reconcile_tui.core.findings import Check
from reconcile_tui.core.psp.hyperswitch import HyperswitchReader
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.store.checks import CheckedRow
from reconcile_tui.core.tellings import Warned, WarningKind
from reconcile_tui.core.transitions import Effect
from reconcile_tui.demo import shop
from reconcile_tui.demo.psp.faults import connector_error, server_error
from reconcile_tui.demo.psp.keys import OTHER_MERCHANT_KEY, OTHER_PROFILE_KEY
from tests.builders import span
from tests.clocks import SkippingClock
from tests.world import DAEMON, World, decisions, outcomes, ref


async def test_the_shop_cancels_while_we_plan_a_completion(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    plan = await world.plan("o-1")
    await world.change(shop.orders, "o-1", status="cancelled")

    receipt = await world.reconciler().apply(plan)

    assert outcomes(receipt) == {"o-1": "changed"}
    assert await world.status("o-1") == "cancelled"
    assert await world.attention() == {"o-1": "contradiction"}


async def test_two_partial_refunds_in_flight_make_the_order_refunded_with_the_second(world: World) -> None:
    await world.paid_order("o-1", amount=10_000)
    await world.refund("r-1", of="o-1", amount=4_000, psp="succeeded", known="pending")
    await world.refund("r-2", of="o-1", amount=6_000, psp="pending")

    await world.tick()
    assert (await world.status("r-1"), await world.status("o-1")) == ("succeeded", "refund_pending")

    world.book.refund_becomes("ref_r-2", "succeeded")
    world.later("61m")
    await world.tick()
    assert (await world.status("r-2"), await world.status("o-1")) == ("succeeded", "refunded")


async def test_two_partial_refunds_of_one_tick_make_the_order_refunded(world: World) -> None:
    await world.paid_order("o-1", amount=10_000)
    await world.refund("r-1", of="o-1", amount=4_000, psp="succeeded")
    await world.refund("r-2", of="o-1", amount=6_000, psp="succeeded")

    report = await world.tick()

    assert outcomes(report) == {"r-1": "fixed", "r-2": "fixed"}
    assert await world.status("o-1") == "refunded"


async def test_a_failed_partial_refund_leaves_the_order_waiting_for_the_other_one(world: World) -> None:
    await world.paid_order("o-1", amount=10_000)
    await world.refund("r-1", of="o-1", amount=4_000, psp="failed")
    await world.refund("r-2", of="o-1", amount=6_000, psp="pending")

    await world.tick()

    assert (await world.status("r-1"), await world.status("o-1")) == ("failed", "refund_pending")


async def test_failed_then_retried_and_succeeded_then_the_old_payment_failed_arrives(world: World) -> None:
    await world.order("o-1", psp="failed")
    old = world.psp.webhook_of("pay_o-1").body
    world.book.payment_becomes("pay_o-1", "succeeded")
    world.psp.book.payments["pay_o-1"].learns(world.clock.now())
    assert await world.real_webhook("pay_o-1") is Effect.APPLIED

    assert await world.handlers.process_payment_webhook(old) is Effect.CONTRADICTS
    assert await world.status("o-1") == "completed"

    report = await world.tick()
    assert decisions(report) == {"o-1": "already_resolved"}
    assert await world.attention() == {}


async def test_a_second_payment_on_the_same_order_is_asked_for_by_its_new_id(world: World) -> None:
    await world.order("o-1", payment_id="pay_first", psp="failed")
    plan = await world.plan("o-1")
    world.book.payment("pay_second", status="succeeded", amount=4200)
    await world.change(shop.orders, "o-1", payment_id="pay_second")

    receipt = await world.reconciler().apply(plan)
    assert outcomes(receipt) == {"o-1": "changed"}
    assert await world.status("o-1") == "pending"

    assert outcomes(await world.tick()) == {"o-1": "fixed"}
    assert await world.status("o-1") == "completed"


async def test_an_orphan_whose_refund_lies_three_minutes_before_its_row_is_for_a_person(world: World) -> None:
    await world.paid_order("o-1", stuck_for="3h")
    await world.orphan("r-1", of="o-1", stuck_for="10m")
    world.book.refund("ref_x", payment="pay_o-1", amount=4200, created=-timedelta(minutes=13))

    report = await world.tick()

    assert outcomes(report) == {}
    assert await world.status("r-1") == "pending"
    assert await world.attention() == {"r-1": "orphan_unclaimed_refund"}


async def test_an_orphan_whose_refund_exists_is_adopted_and_then_synced(world: World) -> None:
    await world.paid_order("o-1", stuck_for="3h")
    await world.orphan("r-1", of="o-1", stuck_for="40m")
    world.book.refund("ref_x", payment="pay_o-1", amount=4200, created=-timedelta(minutes=39))

    report = await world.tick()
    assert outcomes(report) == {"r-1": "fixed"}
    assert (await world.row("r-1"))["hyperswitch_refund_id"] == "ref_x"
    assert await world.status("r-1") == "pending"

    assert outcomes(await world.tick()) == {"r-1": "fixed"}
    assert (await world.status("r-1"), await world.status("o-1")) == ("succeeded", "refunded")


async def test_a_drain_adopts_an_orphan_and_syncs_it_in_one_go(world: World) -> None:
    await world.paid_order("o-1", stuck_for="3h")
    await world.orphan("r-1", of="o-1", stuck_for="40m")
    world.book.refund(
        "ref_x",
        payment="pay_o-1",
        amount=4200,
        metadata={"shop_refund_id": "r-1"},
        created=-timedelta(minutes=39),
    )

    await world.tick(drain=True)

    assert (await world.status("r-1"), await world.status("o-1")) == ("succeeded", "refunded")


async def test_two_orphans_that_fit_one_refund_are_both_left_to_a_person(world: World) -> None:
    await world.paid_order("o-1", amount=10_000, stuck_for="3h")
    await world.orphan("r-1", of="o-1", amount=2_000, stuck_for="10m")
    await world.orphan("r-2", of="o-1", amount=2_000, stuck_for="9m")
    world.book.refund("ref_x", payment="pay_o-1", amount=2_000, created=-timedelta(minutes=9))

    assert outcomes(await world.tick()) == {}
    assert await world.attention() == {"r-1": "orphan_ambiguous", "r-2": "orphan_ambiguous"}


async def test_six_orphans_in_one_tick_are_all_left_to_an_operator_who_may_fail_them(world: World) -> None:
    names = [str(n) for n in range(1, 7)]
    for n in names:
        await world.paid_order(f"o-{n}")
        await world.orphan(f"r-{n}", of=f"o-{n}", stuck_for="10m")

    assert outcomes(await world.tick()) == {}
    assert await world.attention() == {f"r-{n}": "orphan_cap" for n in names}
    assert WarningKind.ORPHAN_CAP in {told.kind for told in world.told if isinstance(told, Warned)}

    world.later("13h")
    await world.change(shop.refunds, "r-1", status="failed")
    assert outcomes(await world.tick()) == {}, "five are left, and they stay with the operators"

    receipt = await world.sync(*(f"r-{n}" for n in names[1:]))
    assert set(outcomes(receipt).values()) == {"fixed"}
    assert {await world.status(f"r-{n}") for n in names} == {"failed"}


async def test_five_orphans_in_one_tick_are_failed(world: World) -> None:
    for n in range(1, 6):
        await world.paid_order(f"o-{n}")
        await world.orphan(f"r-{n}", of=f"o-{n}", stuck_for="10m")

    assert set(outcomes(await world.tick()).values()) == {"fixed"}
    assert {await world.status(f"o-{n}") for n in range(1, 6)} == {"completed"}


async def test_the_eight_day_old_order_is_for_an_operator(world: World) -> None:
    await world.order("o-1", stuck_for="8d", psp="succeeded")

    assert outcomes(await world.tick()) == {}
    assert await world.attention() == {"o-1": "too_old"}

    assert outcomes(await world.sync("o-1")) == {"o-1": "fixed"}
    assert await world.status("o-1") == "completed"
    assert await world.attention() == {}


async def test_failed_by_us_and_paid_two_days_later_is_at_the_top_of_attention(world: World) -> None:
    await world.order("o-1", psp="failed")
    await world.order("o-2", stuck_for="1h", psp="conflicted")
    await world.tick()
    assert await world.status("o-1") == "failed"

    world.book.payment_becomes("pay_o-1", "succeeded", at=timedelta(days=2))
    world.book.payments["pay_o-1"].learns(world.clock.now() + timedelta(days=2))
    for _ in range(5):
        world.later("12h")
        await world.tick()

    assert await world.status("o-1") == "failed", "a final row is never moved"
    items = await world.store.attention.open_items(limit=10)
    assert [(item.ref.row_id, item.reason) for item in items] == [
        ("o-1", "contradiction"),
        ("o-2", "conflicted"),
    ]


async def test_an_orphan_that_we_failed_and_whose_refund_shows_up_later_is_a_contradiction(
    world: World,
) -> None:
    await world.paid_order("o-1", stuck_for="3h")
    await world.orphan("r-1", of="o-1", stuck_for="10m")
    world.book.refund(
        "ref_late",
        payment="pay_o-1",
        amount=4200,
        created=-timedelta(minutes=9),
        listed_at=timedelta(hours=5),
    )
    await world.tick()
    assert await world.status("r-1") == "failed"

    for _ in range(8):
        world.later("60m")
        await world.tick()

    assert await world.attention() == {"r-1": "contradiction"}


async def test_a_skewed_clock_warns_and_stops_the_orphan_phase(world: World) -> None:
    await world.paid_order("o-1")
    await world.orphan("r-1", of="o-1", stuck_for="20m")
    await world.order("o-2", psp="succeeded")
    world.database_clock.skew = timedelta(seconds=61)

    report = await world.tick()

    assert outcomes(report) == {"o-2": "fixed"}
    assert await world.status("r-1") == "pending"
    assert [told.kind for told in world.told if isinstance(told, Warned)] == [WarningKind.CLOCK_SKEW]

    world.database_clock.skew = timedelta(seconds=59)
    assert outcomes(await world.tick()) == {"r-1": "fixed"}


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        ("61s", "the database's clock is 61 s ahead of this machine's"),
        ("-61400ms", "the database's clock is 61.4 s behind this machine's"),
    ],
)
async def test_the_warning_names_the_clock_of_the_database_and_which_way_it_is_off(
    world: World, ahead: str, words: str
) -> None:
    await world.paid_order("o-1")
    await world.orphan("r-1", of="o-1", stuck_for="20m")
    world.database_clock.skew = span(ahead)

    await world.tick()

    [told] = [each for each in world.told if isinstance(each, Warned)]
    assert words in told.detail


async def test_the_warning_names_the_clock_of_the_psp_though_no_answer_of_it_is_used(world: World) -> None:
    """The answers are dropped for the skew that they tell, and so it was told as 0 s."""
    await world.paid_order("o-1")
    await world.orphan("r-1", of="o-1", stuck_for="20m")
    budget = LocalBudget(rate=None, at_once=4, clock=world.clock)
    reader = HyperswitchReader(
        base_url=world.psp.url,
        api_key=SecretStr(world.psp.api_key),
        budget=budget,
        clock=SkippingClock(world.clock.now() + timedelta(seconds=95)),
        jitter=lambda: 0.0,
    )
    world.readers.append(reader)

    report = await world.reconciler(psp=reader, budget=budget).run_once(DAEMON)

    assert decisions(report) == {"r-1": "unreadable"}
    [told] = [each for each in world.told if isinstance(each, Warned)]
    assert told.kind is WarningKind.CLOCK_SKEW
    assert "the PSP's clock is 95 s behind this machine's" in told.detail
    assert "0 s" not in told.detail.replace("95 s", "")


async def test_an_operator_under_a_skewed_clock_fails_no_orphan_either(world: World) -> None:
    await world.paid_order("o-1")
    await world.orphan("r-1", of="o-1", stuck_for="20m")
    world.database_clock.skew = -timedelta(minutes=2)

    assert outcomes(await world.sync("r-1")) == {}
    assert await world.status("r-1") == "pending"


async def test_a_key_of_another_merchant_changes_nothing_and_its_404s_are_no_verdicts(world: World) -> None:
    for n in range(12):
        await world.order(f"o-{n}", psp="succeeded")
    await world.paid_order("o-paid")
    await world.orphan("r-1", of="o-paid", stuck_for="10m")
    before = await world.rows()
    world.api_key = OTHER_MERCHANT_KEY

    report = await world.tick()

    assert outcomes(report) == {}
    assert await world.rows() == before
    assert [piece.tripped.reason for piece in report.slices if piece.tripped] == ["not_found_share"]
    assert {row_id for row_id in await world.attention() if row_id.startswith("o-")} == set()

    world.api_key = None
    assert set(outcomes(await world.tick()).values()) == {"fixed"}


async def test_a_refused_key_ends_the_tick_with_one_line(world: World) -> None:
    world.set(reads_at_once=3)
    for n in range(20):
        await world.order(f"o-{n}", psp="succeeded")
    await world.paid_order("o-paid")
    await world.orphan("r-1", of="o-paid", stuck_for="10m")
    before = await world.rows()
    world.api_key = "snd_not_the_key_of_anybody"

    report = await world.tick()

    assert outcomes(report) == {}
    assert await world.rows() == before
    assert len(world.psp.traffic.seen) <= 3, "no question begins once the key is known to be refused"
    assert [piece.tripped.reason for piece in report.slices if piece.tripped] == ["unauthorised"] * 3


async def test_a_key_of_another_profile_sees_no_refunds_and_fails_no_orphan(world: World) -> None:
    await world.paid_order("o-1", stuck_for="3h")
    await world.orphan("r-1", of="o-1", stuck_for="10m")
    world.book.refund("ref_x", payment="pay_o-1", amount=4200, created=-timedelta(minutes=9))
    world.api_key = OTHER_PROFILE_KEY

    await world.tick()

    assert await world.status("r-1") == "pending"


async def test_a_psp_that_is_down_for_a_tick_changes_nothing_and_the_next_tick_heals(world: World) -> None:
    for n in range(15):
        await world.order(f"o-{n:02}", psp="succeeded")
    before = await world.rows()
    world.psp.faults.always("*", server_error(503))

    report = await world.tick()

    assert outcomes(report) == {}
    assert await world.rows() == before
    [tripped] = [piece.tripped for piece in report.slices if piece.tripped]
    assert tripped.reason == "psp_down"

    world.psp.faults.stop("*")
    world.later("60m")
    assert set(outcomes(await world.tick()).values()) == {"fixed"}
    assert {row["status"] for row in (await world.rows()).values()} == {"completed"}


async def test_a_new_order_is_healed_within_two_ticks_behind_5000_that_process_for_ever(world: World) -> None:
    await _five_thousand_that_process_for_ever(world)
    for n in range(50):
        await world.order(f"o-error-{n:02}", stuck_for="5h", psp="succeeded", known="processing")
        world.psp.faults.always(f"pay_o-error-{n:02}", connector_error())
    await world.tick()
    world.later("60m")
    await world.order("o-new", stuck_for="31m", psp="succeeded")

    await world.tick()
    world.later("60m")
    await world.tick()

    assert await world.status("o-new") == "completed"


async def _five_thousand_that_process_for_ever(world: World) -> None:
    """Rows checked before, each due again now."""
    at = world.clock.now() - timedelta(hours=20)
    rows = [
        {
            "id": f"o-forever-{n:04}",
            "status": "pending",
            "payment_id": f"pay_forever_{n:04}",
            "amount": 4200,
            "currency": "EUR",
            "customer_email": "carla.cliente@example.com",
            "created_at": at,
            "updated_at": at,
        }
        for n in range(5000)
    ]
    for row in rows:
        world.book.payment(str(row["payment_id"]), status="processing", amount=4200, created=at)
    await world.insert_many(shop.orders, rows)
    checks = [
        CheckedRow(
            ref=ref(str(row["id"])),
            check=Check(
                psp_id=str(row["payment_id"]),
                reads=4,
                opens=4,
                last_read_at=at,
                next_due=world.clock.now(),
                psp_status="processing",
            ),
        )
        for row in rows
    ]
    await world.store.bookkeeping.record(checks, [], now=world.clock.now())


async def test_what_somebody_mends_by_hand_leaves_the_attention_list(world: World) -> None:
    await world.order("o-1", psp="succeeded", amount=4200)
    await world.change(shop.orders, "o-1", amount=9900)
    await world.tick()
    assert await world.attention() == {"o-1": "amount_mismatch"}

    await world.change(shop.orders, "o-1", status="completed", amount=4200)
    await world.tick()

    assert await world.attention() == {}


async def test_a_breaker_that_opens_on_orders_does_not_keep_the_refunds_from_being_healed(
    world: World,
) -> None:
    for n in range(12):
        await world.order(f"o-{n}", psp="succeeded")
        world.psp.faults.always(f"pay_o-{n}", server_error(500))
    await world.paid_order("o-paid")
    await world.refund("r-1", of="o-paid", psp="succeeded")

    assert outcomes(await world.tick()) == {"r-1": "fixed"}


async def test_what_is_wrong_with_a_second_payment_is_on_the_attention_list_at_once(world: World) -> None:
    await world.order("o-1", payment_id="pay_first", psp="processing")
    await world.tick()
    world.book.payment("pay_second", status="succeeded", amount=9900)
    await world.change(shop.orders, "o-1", payment_id="pay_second")

    await world.tick()

    assert await world.attention() == {"o-1": "amount_mismatch"}
