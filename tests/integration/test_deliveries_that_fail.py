"""A delivery that fails backs off as a failed read does, and the third in a row needs a person (rule 8)."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.phases import ORDERS, ORPHANS, REFUNDS
from reconcile_tui.core.store.row_leases import take
from tests.world import World, outcomes, ref

WORDS = "the shop has a trigger of its own"


async def shop_refuses(world: World, *, rows: str) -> None:
    """From now on the shop's database refuses changes of orders with such ids."""
    if world.url.get_backend_name() == "sqlite":
        raises = f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        statements = [f"CREATE TRIGGER trouble BEFORE UPDATE ON orders WHEN NEW.id LIKE '{rows}' {raises}"]
    else:
        body = f"BEGIN IF NEW.id LIKE '{rows}' THEN RAISE EXCEPTION '{WORDS}'; END IF; RETURN NEW; END"
        statements = [
            f"CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
            "CREATE TRIGGER trouble BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION trouble()",
        ]
    await statements_run(world, *statements)


async def statements_run(world: World, *statements: str) -> None:
    async def unit(connection: AsyncConnection) -> None:
        for statement in statements:
            await connection.execute(text(statement))

    await world.store.database.write(unit)


async def shop_agrees_again(world: World) -> None:
    on = "" if world.url.get_backend_name() == "sqlite" else " ON orders"
    await statements_run(world, f"DROP TRIGGER trouble{on}")


async def tried(world: World, *, ticks: int) -> list[int]:
    """In which of so many ticks, an interval apart, the event of `o-1` was tried."""
    came = []
    for tick in range(ticks):
        before = len(await world.history("o-1"))
        await world.tick()
        if len(await world.history("o-1")) > before:
            came.append(tick)
        world.later("60m")
    return came


async def test_an_event_that_the_shops_database_refuses_is_tried_ever_more_seldom(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await shop_refuses(world, rows="o-1")

    assert await tried(world, ticks=12) == [0, 1, 2, 4, 8]


async def test_the_third_refusal_in_a_row_needs_a_person_and_says_why(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await shop_refuses(world, rows="o-1")

    for _ in range(2):
        assert outcomes(await world.tick()) == {"o-1": "undelivered"}
        assert await world.attention() == {}
    report = await world.tick()

    assert report.counts["raised.undeliverable"] == 1
    [item] = await world.store.attention.open_items(limit=10)
    assert (item.ref, item.reason, item.facts["undelivered"]) == (ref("o-1"), "undeliverable", WORDS)
    [last] = (await world.history("o-1"))[-1:]
    assert (last.outcome, last.detail) == (Outcome.UNDELIVERED, WORDS)

    await shop_agrees_again(world)
    world.later("2h")
    assert outcomes(await world.tick()) == {"o-1": "fixed"}
    assert await world.attention() == {}


async def test_sixty_rows_that_are_refused_leave_slots_to_all_others(world: World) -> None:
    """The watch too: what we failed, and was paid after all, is noticed."""
    world.set(batch_limit=10)
    await world.order("o-failed", psp="failed")
    await world.tick()
    for number in range(12):
        await world.order(f"o-x{number}", psp="succeeded")
    await shop_refuses(world, rows="o-x%")
    await world.tick()
    await world.tick()
    world.book.payment_becomes("pay_o-failed", "succeeded")
    world.book.payments["pay_o-failed"].learns(world.clock.now())
    world.later("60m")
    await world.order("o-new", psp="succeeded")

    assert outcomes(await world.tick())["o-new"] == "fixed"
    assert (await world.attention())["o-failed"] == "contradiction"


LONG = "the bank of the customer did not accept the refund"


async def error_message_becomes(world: World, column: str) -> None:
    """From now on the shop's column for a refund's error is another one."""
    await statements_run(
        world,
        "ALTER TABLE refunds DROP COLUMN error_message",
        f"ALTER TABLE refunds ADD COLUMN error_message {column}",
    )


@pytest.mark.parametrize(
    ("column", "kept"),
    [
        ("VARCHAR(20) CHECK (length(error_message) <= 20)", LONG[:20]),
        ("TEXT CHECK (length(error_message) <= 20)", None),
    ],
)
async def test_a_text_that_does_not_fit_keeps_no_refund_from_healing(
    world: World, column: str, kept: str | None
) -> None:
    await error_message_becomes(world, column)
    messages = {"r-1": LONG, "r-2": "short", "r-3": LONG}
    for number, (row_id, message) in enumerate(messages.items()):
        await world.paid_order(f"o-{number}")
        await world.refund(row_id, of=f"o-{number}", psp="failed", error_message=message)

    assert outcomes(await world.tick()) == dict.fromkeys(messages, "fixed")
    rows = {row_id: await world.row(row_id) for row_id in messages}
    assert {row["status"] for row in rows.values()} == {"failed"}
    assert [row["error_message"] for row in rows.values()] == [kept, "short", kept]
    assert await world.attention() == {}


async def test_nor_does_it_keep_a_real_webhook_from_being_taken(world: World) -> None:
    await error_message_becomes(world, "TEXT CHECK (length(error_message) <= 20)")
    await world.paid_order("o-1")
    refund_id = await world.refund("r-1", psp="failed", error_message=LONG)

    await world.real_webhook(refund_id)

    assert await world.status("r-1") == "failed"
    assert await world.status("o-1") == "completed"


async def test_what_others_act_on_is_not_due(world: World) -> None:
    """It would cost a slot and a read, and end as busy."""
    await world.paid_order("o-paid")
    await world.order("o-1", psp="succeeded")
    await world.order("o-2", psp="processing")
    await world.refund("r-1", of="o-paid", psp="pending")
    await world.orphan("r-2", of="o-paid")
    await world.tick()
    world.later("3h")
    await world.order("o-3", psp="succeeded")
    held = [ref(row_id) for row_id in ("o-2", "o-3", "r-1", "r-2")]
    now = world.clock.now()

    async def unit(connection: AsyncConnection) -> None:
        backend = world.store.database.backend
        expires_at = now + timedelta(minutes=1)
        await take(connection, backend, held, holder="another", now=now, expires_at=expires_at)

    await world.store.database.write(unit)

    async def due() -> set[str]:
        lanes = [
            await world.store.findings.due(phase, now=world.clock.now(), policy=world.policy, limit=50)
            for phase in (ORDERS, REFUNDS, ORPHANS)
        ]
        every = [
            finding
            for found in lanes
            for lane in (found.never_attempted, found.below_cap, found.at_cap, found.watched)
            for finding in lane
        ]
        return {finding.ref.row_id for finding in every}

    assert await due() == set()
    world.later("1m")
    assert await due() == {each.row_id for each in held}
