"""Shops of other shapes: other tables, columns, words, keys and currencies, through one mapping."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import URL, BigInteger, Column, DateTime, Integer, MetaData, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.amounts import AmountIs
from reconcile_tui.core.store.mapping import (
    IdType,
    MappingInvalid,
    OrdersMapping,
    RefundsMapping,
    ShopMapping,
)
from tests.builders import NOW
from tests.world import World, decisions, outcomes

MAPPING = ShopMapping(
    orders=OrdersMapping(
        table="bestellung",
        id="nr",
        id_type=IdType.INTEGER,
        status="zustand",
        payment_id="hs_zahlung",
        amount="betrag_cent",
        amount_is=AmountIs.NET_AMOUNT,
        currency=None,
        fixed_currency="CHF",
        created_at="angelegt",
        pending_since="wartet_seit",
        updated_at=None,
        words={
            "pending": ("neu", "wartet"),
            "completed": ("bezahlt",),
            "failed": ("gescheitert",),
            "refund_pending": ("erstattung_laeuft",),
            "refunded": ("erstattet",),
        },
    ),
    refunds=RefundsMapping(
        table="erstattung",
        id="nr",
        id_type=IdType.INTEGER,
        order_id="bestellung_nr",
        status="zustand",
        refund_id="hs_erstattung",
        amount="betrag_cent",
        currency="waehrung",
        error_message=None,
        created_at="angelegt",
        updated_at=None,
        words={"pending": ("offen",), "succeeded": ("fertig",), "failed": ("gescheitert",)},
    ),
)
METADATA = MetaData()
ORDERS = Table(
    "bestellung",
    METADATA,
    Column("nr", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("zustand", Text),
    Column("hs_zahlung", Text),
    Column("betrag_cent", BigInteger),
    Column("angelegt", DateTime),
    Column("wartet_seit", DateTime),
)
REFUNDS = Table(
    "erstattung",
    METADATA,
    Column("nr", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("bestellung_nr", BigInteger),
    Column("zustand", Text),
    Column("hs_erstattung", Text),
    Column("betrag_cent", BigInteger),
    Column("waehrung", Text),
    Column("angelegt", DateTime),
)


@pytest.fixture
async def other_shop(database_url: URL) -> AsyncIterator[World]:
    async with World.at(database_url, mapping=MAPPING) as world:

        async def unit(connection: AsyncConnection) -> None:
            await connection.run_sync(METADATA.create_all)

        await world.store.database.write(unit)
        yield world


async def an_order(world: World, nr: int, *, zustand: str = "neu", age: timedelta, **facts: object) -> None:
    values = {
        "nr": nr,
        "zustand": zustand,
        "hs_zahlung": f"pay_{nr}",
        "betrag_cent": 5_000,
        "angelegt": (NOW - age).replace(tzinfo=None),
        "wartet_seit": None,
    }
    await world.insert(ORDERS, **(values | facts))


async def words(world: World) -> dict[int, str]:
    async def unit(connection: AsyncConnection) -> dict[int, str]:
        return {row.nr: row.zustand for row in await connection.execute(select(ORDERS))}

    return await world.store.database.read(unit)


async def test_a_shop_with_its_own_names_is_healed_with_its_own_words(other_shop: World) -> None:
    hour = timedelta(hours=1)
    for nr, zustand in ((1, "neu"), (2, "wartet"), (3, "bezahlt"), (4, "neu")):
        await an_order(other_shop, nr, zustand=zustand, age=hour)
    for nr, status in ((1, "succeeded"), (2, "failed"), (3, "failed"), (4, "cancelled")):
        other_shop.book.payment(f"pay_{nr}", status=status, amount=4_600, net_amount=5_000, currency="CHF")

    report = await other_shop.tick()

    assert outcomes(report) == {"1": "fixed", "2": "fixed", "4": "fixed"}
    assert await words(other_shop) == {1: "bezahlt", 2: "gescheitert", 3: "bezahlt", 4: "gescheitert"}


async def test_age_counts_from_pending_since_where_it_is_set(other_shop: World) -> None:
    recently = (NOW - timedelta(minutes=10)).replace(tzinfo=None)
    await an_order(other_shop, 1, age=timedelta(days=2), wartet_seit=recently)
    await an_order(other_shop, 2, age=timedelta(hours=2))
    for nr in (1, 2):
        other_shop.book.payment(f"pay_{nr}", status="processing", amount=5_000, currency="CHF")

    assert set(decisions(await other_shop.tick())) == {"2"}


async def test_a_row_read_again_later_goes_by_its_integer_key(other_shop: World) -> None:
    await an_order(other_shop, 1, age=timedelta(hours=1))
    other_shop.book.payment("pay_1", status="processing", amount=5_000, currency="CHF")
    await other_shop.tick()
    other_shop.book.payment_becomes("pay_1", "succeeded")
    other_shop.later("61m")

    assert outcomes(await other_shop.tick()) == {"1": "fixed"}


async def test_a_word_that_the_mapping_does_not_know_is_left_alone(other_shop: World) -> None:
    await an_order(other_shop, 1, zustand="in_klaerung", age=timedelta(hours=1))

    assert decisions(await other_shop.tick()) == {}
    assert await words(other_shop) == {1: "in_klaerung"}


async def test_a_refund_whose_own_currency_is_another_than_its_orders_is_for_a_person(
    other_shop: World,
) -> None:
    await an_order(other_shop, 1, zustand="erstattung_laeuft", age=timedelta(hours=3))
    other_shop.book.payment("pay_1", status="succeeded", amount=5_000, currency="CHF")
    other_shop.book.refund("ref_1", payment="pay_1", status="succeeded", amount=5_000, currency="CHF")
    await other_shop.insert(
        REFUNDS,
        nr=7,
        bestellung_nr=1,
        zustand="offen",
        hs_erstattung="ref_1",
        betrag_cent=5_000,
        waehrung="EUR",
        angelegt=(NOW - timedelta(hours=1)).replace(tzinfo=None),
    )

    assert outcomes(await other_shop.tick()) == {}
    assert await other_shop.attention() == {"7": "currency_mismatch"}


@pytest.mark.parametrize(
    ("orders", "complaint"),
    [
        ({"words": {"pending": ("neu",)}}, "has no word"),
        ({"words": {"pendign": ("neu",)}}, "no local status"),
        ({"currency": "waehrung", "fixed_currency": "EUR"}, "not both"),
        ({"currency": None}, "currency"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_by_name(orders: dict[str, object], complaint: str) -> None:
    with pytest.raises(MappingInvalid, match=complaint):
        OrdersMapping(**orders)  # type: ignore[arg-type]


def test_a_word_for_two_statuses_is_refused() -> None:
    doubled = {"pending": ("offen",), "succeeded": ("fertig",), "failed": ("fertig",)}
    with pytest.raises(MappingInvalid, match="fertig means two statuses"):
        RefundsMapping(words=doubled)
