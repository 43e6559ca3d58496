"""Whatever a foreign text quotes, no card number and no customer's address stands in the tool's tables."""

import json
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.store.tables import metadata
from reconcile_tui.demo.psp.answers import error
from reconcile_tui.demo.psp.faults import OtherField, OtherStatus, Reply
from tests.world import World, outcomes

CARD, EMAIL, IBAN, PHONE = "4242424242424242", "anna@example.org", "DE89370400440532013000", "+491712345678"
SAID = f"card 4242 4242 4242 4242 / {CARD} of {EMAIL}, {IBAN}, {PHONE} was declined"
ID = "5555555555554444"
"""An id that would pass for a card's number."""


async def kept(world: World) -> str:
    """Everything that the tool wrote down, and the shop's tables beside it."""

    async def unit(connection: AsyncConnection) -> str:
        rows = [
            [str(value) for value in row]
            for table in metadata.sorted_tables
            for row in await connection.execute(table.select())
        ]
        return json.dumps(rows, ensure_ascii=False)

    return await world.store.database.read(unit)


def quotes_nothing_of_a_customer(told: str) -> bool:
    digits = "".join(each for each in told if each.isdigit())
    return CARD not in digits and all(each not in told for each in (EMAIL, IBAN, PHONE))


async def test_what_the_psp_says_of_a_payment_or_refund_is_kept_without_its_customer(world: World) -> None:
    failed: dict[str, Any] = {"error_code": f"card {CARD}", "error_message": SAID, "connector": EMAIL}
    await world.order("o-1", psp="failed", **failed)
    await world.order("o-2", psp="partially_captured", **failed)
    await world.paid_order("o-3")
    await world.refund("r-3", of="o-3", psp="failed", error_message=SAID)
    await world.order(ID, payment_id=f"pay_{ID}", psp="succeeded")
    await world.order("o-5", psp="succeeded")
    world.psp.faults.always("pay_o-5", OtherStatus(f"held for {EMAIL}"))
    await world.order("o-6", psp="requires_merchant_action")
    world.psp.faults.always("pay_o-6", OtherField("cancellation_reason", SAID))

    report = await world.tick()

    assert outcomes(report)[ID] == outcomes(report)["o-1"] == outcomes(report)["r-3"] == "fixed"
    told = await kept(world)
    assert quotes_nothing_of_a_customer(told), told
    assert told.count(f"pay_{ID}") > 1
    assert "was declined" in told
    refund = await world.row("r-3")
    assert quotes_nothing_of_a_customer(str(refund["error_message"]))
    assert "was declined" in str(refund["error_message"])


async def test_what_the_psp_or_the_database_refuses_with_is_kept_without_its_customer(world: World) -> None:
    await world.order("o-1", payment_id=ID, psp="succeeded")
    await world.order("o-2", psp="succeeded")
    refusal = error(400, "invalid_request", "IR_07", f"payment {ID}: {SAID}")
    world.psp.faults.always(ID, Reply(refusal))
    world.psp.faults.always("pay_o-2", Reply(error(502, "connector", "CE_00", SAID)))

    await world.tick()

    told = await kept(world)
    assert quotes_nothing_of_a_customer(told), told
    assert ID in told
    assert "was declined" in told


async def test_what_the_shops_database_refuses_with_is_kept_without_its_customer(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    await refuses_changes(world, f"{SAID} (order {ID})")

    assert outcomes(await world.tick()) == {"o-1": "undelivered"}

    told = await kept(world)
    assert quotes_nothing_of_a_customer(told), told
    assert "was declined" in told


async def refuses_changes(world: World, why: str) -> None:
    """From now on the shop's database lets nobody change an order, and says so in these words."""
    if world.url.get_backend_name() == "sqlite":
        raises = f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
        statements = [f"CREATE TRIGGER trouble BEFORE UPDATE ON orders {raises}"]
    else:
        raises = f"$$ BEGIN RAISE EXCEPTION '{why}'; END $$"
        statements = [
            f"CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS {raises}",
            "CREATE TRIGGER trouble BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION trouble()",
        ]

    async def unit(connection: AsyncConnection) -> None:
        for statement in statements:
            await connection.execute(text(statement))

    await world.store.database.write(unit)
