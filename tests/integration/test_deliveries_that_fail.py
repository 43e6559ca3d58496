"""A delivery that fails backs off as a failed read does, and the third in a row needs a person (rule 8)."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.outcomes import Outcome
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
