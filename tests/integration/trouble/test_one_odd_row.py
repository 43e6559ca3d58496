"""One odd row, or one odd answer, beside healthy ones: they heal, and it is named with what is wrong."""

# ruff: noqa: S608 the values are this file's own

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.findings import LocalRow, RowRef
from reconcile_tui.core.phases import ORDERS, ORPHANS, REFUNDS
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.shop_values import Trouble
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.mapping import IdType, OrdersMapping, RefundsMapping, ShopMapping
from reconcile_tui.demo.psp.faults import OtherField
from tests.builders import NOW
from tests.world import World, decisions, outcomes, ref

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""For types that PostgreSQL alone has: SQLite's columns hold any value, which is tried beside them."""

EARLIER = (NOW - timedelta(minutes=45)).isoformat(" ")

TIMES_ON_SQLITE: Mapping[str, tuple[object, Trouble]] = {
    "null": (None, Trouble.MISSING),
    "garbage": ("yesterday", Trouble.NOT_A_TIME),
    "no such day": ("2026-02-30 10:00:00", Trouble.NOT_A_TIME),
    "no such hour": ("2026-11-20 25:61:00", Trouble.NOT_A_TIME),
    "by dots": ("20.11.2026 11:00", Trouble.NOT_A_TIME),
    "far by dots": ("31.12.2026 11:00", Trouble.NOT_A_TIME),
    "by strokes": ("2026/11/20 11:00:00", Trouble.NOT_A_TIME),
    "now": ("now", Trouble.NOT_A_TIME),
    "unix seconds": (1_763_634_000, Trouble.NOT_A_TIME),
    "unix milliseconds": (1_763_634_000_000, Trouble.NOT_A_TIME),
    "unix seconds as text": ("1763634000", Trouble.NOT_A_TIME),
    "a fraction": (1_763_634_000.5, Trouble.NOT_A_TIME),
    "go's zero": ("0001-01-01T00:00:00Z", Trouble.OUT_OF_RANGE),
    "the epoch": ("1970-01-01 00:00:00", Trouble.OUT_OF_RANGE),
    "a blob": (b"\x00\xff", Trouble.NOT_A_TIME),
}
TIMES_ON_POSTGRESQL: Mapping[str, tuple[object, Trouble]] = {
    "null": (None, Trouble.MISSING),
    "endless before": ("-infinity", Trouble.OUT_OF_RANGE),
    "endless": ("infinity", Trouble.OUT_OF_RANGE),
    "before christ": ("0044-03-15 12:00:00 BC", Trouble.OUT_OF_RANGE),
    "far": ("294276-01-01 00:00:00", Trouble.OUT_OF_RANGE),
    "go's zero": ("0001-01-01 00:00:00", Trouble.OUT_OF_RANGE),
    "the epoch": ("1970-01-01 00:00:00", Trouble.OUT_OF_RANGE),
}
AMOUNTS_ON_SQLITE: Mapping[str, tuple[object, Trouble]] = {
    "a comma": ("12,50", Trouble.NOT_A_NUMBER),
    "words": ("a lot", Trouble.NOT_A_NUMBER),
    "a point": ("12.50", Trouble.NOT_WHOLE),
    "a fraction": (12.5, Trouble.NOT_WHOLE),
    "endless": (float("inf"), Trouble.NOT_WHOLE),
    "a blob": (b"\xff\xfe", Trouble.NOT_A_NUMBER),
    "too large": (2**63 - 1, Trouble.TOO_LARGE),
    "too many digits": ("9" * 40, Trouble.TOO_LARGE),
}
AMOUNTS_ON_POSTGRESQL: Mapping[str, Mapping[str, tuple[str, Trouble]]] = {
    "numeric": {
        "nan": ("NaN", Trouble.NOT_A_NUMBER),
        "endless": ("Infinity", Trouble.NOT_A_NUMBER),
        "decimals": ("42.50", Trouble.NOT_WHOLE),
        "too large": ("1" + "0" * 60, Trouble.TOO_LARGE),
    },
    "double precision": {
        "nan": ("NaN", Trouble.NOT_A_NUMBER),
        "endless": ("-Infinity", Trouble.NOT_A_NUMBER),
        "an exponent": ("1e300", Trouble.NOT_WHOLE),
    },
    "text": {"a comma": ("12,50", Trouble.NOT_A_NUMBER), "words": ("a lot", Trouble.NOT_A_NUMBER)},
    "bigint": {"too large": (str(2**63 - 1), Trouble.TOO_LARGE)},
}


async def execute(world: World, *statements: str, **values: object) -> None:
    async def unit(connection: AsyncConnection) -> None:
        for statement in statements:
            await connection.execute(text(statement), values)

    await world.store.database.write(unit)


async def put(world: World, table: str, column: str, row_id: str, value: object, *, kind: str = "") -> None:
    """Write a value as it is, past every type that the program knows of the column."""
    cast = f"CAST(:value AS {kind})" if kind else ":value"
    await execute(
        world, f"UPDATE {table} SET {column} = {cast} WHERE id = :row_id", value=value, row_id=row_id
    )


async def loosen(world: World, *columns: tuple[str, str, str]) -> None:
    """Let columns of the shop's tables hold what other shops' columns hold."""
    if world.url.get_backend_name() == "sqlite":
        for table, column, _ in columns:
            await _without_affinity(world, table, column)
        return
    for table, column, kind in columns:
        using = f"USING {column}::text::{kind}" if kind else ""
        change = f"ALTER {column} TYPE {kind} {using}," if kind else ""
        await execute(world, f"ALTER TABLE {table} {change} ALTER {column} DROP NOT NULL")


async def _without_affinity(world: World, table: str, column: str) -> None:
    async def unit(connection: AsyncConnection) -> None:
        made = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table"
        sql = (await connection.execute(text(made), {"table": table})).scalar_one()
        kept = [line for line in sql.splitlines() if not line.strip().startswith("FOREIGN KEY")]
        lines = [f"\t{column} BLOB," if _defines(line, column) else line for line in kept]
        lines[-2] = lines[-2].rstrip().rstrip(",")
        await connection.execute(text("PRAGMA writable_schema = ON"))
        change = "UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"
        await connection.execute(text(change), {"sql": "\n".join(lines), "table": table})
        await connection.execute(text("PRAGMA writable_schema = RESET"))

    await world.store.database.write(unit)


def _defines(line: str, column: str) -> bool:
    return line.strip().startswith(f"{column} ")


async def local(world: World, row_id: str) -> LocalRow:
    reference = ref(row_id)
    return (await world.store.findings.rows([reference]))[reference]


async def listed(world: World) -> set[str]:
    """Every row that the lists show, page by page."""
    found: set[str] = set()
    for phase in (ORDERS, REFUNDS, ORPHANS):
        after = None
        while True:
            page = await world.store.findings.page(phase, now=NOW, policy=Policy(), limit=3, after=after)
            found |= {finding.row.row_id for finding in page.findings}
            if (after := page.after) is None:
                break
    return found


def on(world: World, sqlite: Any, postgresql: Any) -> Any:
    return sqlite if world.url.get_backend_name() == "sqlite" else postgresql


async def heals(world: World, healthy: Sequence[str], odd: Mapping[str, tuple[str, Trouble]]) -> None:
    """One tick: the healthy rows are fixed, the odd ones are named, in the tick and in the lists."""
    report = await world.tick()
    fixed = outcomes(report)
    assert {row_id: fixed.get(row_id) for row_id in healthy} == dict.fromkeys(healthy, "fixed")
    decided = decisions(report)
    assert {row_id: decided.get(row_id) for row_id in odd} == dict.fromkeys(odd, "attention")
    assert await world.attention() == dict.fromkeys(odd, "malformed_row")
    assert await listed(world) == set(odd)
    for row_id, (column, trouble) in odd.items():
        row = await local(world, row_id)
        assert [(each.column, each.trouble) for each in row.malformed] == [(column, trouble)], row_id


class TestTimes:
    async def test_an_order_whose_time_cannot_be_read_is_named_and_the_others_heal(
        self, world: World
    ) -> None:
        await loosen(world, ("orders", "created_at", ""))
        await world.order("o-healthy", psp="succeeded")
        odd: dict[str, tuple[str, Trouble]] = {}
        for number, (value, trouble) in enumerate(on(world, TIMES_ON_SQLITE, TIMES_ON_POSTGRESQL).values()):
            await world.order(row_id := f"o-{number}", psp="succeeded")
            await put(world, "orders", "created_at", row_id, value, kind=on(world, "", "timestamptz"))
            odd[row_id] = ("created_at", trouble)
        world.set(batch_limit=200)
        await heals(world, ["o-healthy"], odd)

    async def test_a_refund_and_an_orphan_whose_time_cannot_be_read_are_named_and_the_others_heal(
        self, world: World
    ) -> None:
        await loosen(world, ("refunds", "created_at", ""))
        for name in ("healthy", "orphan"):
            await world.paid_order(f"o-{name}")
        await world.refund("r-healthy", of="o-healthy", psp="succeeded")
        await world.orphan("r-orphan", of="o-orphan")
        odd: dict[str, tuple[str, Trouble]] = {}
        for number, (value, trouble) in enumerate(on(world, TIMES_ON_SQLITE, TIMES_ON_POSTGRESQL).values()):
            for row_id, refund_id in ((f"r-{number}", ""), (f"r-{number}-orphan", None)):
                await world.paid_order(f"o-{row_id}")
                psp = "succeeded" if refund_id is not None else None
                await world.refund(row_id, of=f"o-{row_id}", psp=psp, refund_id=refund_id)
                await put(world, "refunds", "created_at", row_id, value, kind=on(world, "", "timestamptz"))
                odd[row_id] = ("created_at", trouble)
        world.set(batch_limit=400)
        await heals(world, ["r-healthy", "r-orphan"], odd)

    @ON_POSTGRESQL
    @pytest.mark.parametrize("kind", ["timestamp", "text", "date", "bigint"])
    async def test_whatever_type_postgresql_keeps_times_in_no_check_stops(
        self, database_url: URL, kind: str
    ) -> None:
        async with World.at(database_url) as world:
            for row_id, stuck_for in (("o-1", "26h"), ("o-2", "26h")):
                await world.order(row_id, stuck_for=stuck_for, psp="succeeded")
            using = "extract(epoch FROM created_at)::bigint" if kind == "bigint" else f"created_at::{kind}"
            await execute(world, f"ALTER TABLE orders ALTER created_at TYPE {kind} USING {using}")
            report = await world.tick()
            if kind == "bigint":
                assert await world.attention() == dict.fromkeys(("o-1", "o-2"), "malformed_row")
            else:
                assert outcomes(report) == {"o-1": "fixed", "o-2": "fixed"}

    async def test_text_is_compared_as_the_time_that_it_says(self, shop_url: URL) -> None:
        forms = {
            "o-blank": "%Y-%m-%d %H:%M:%S",
            "o-t": "%Y-%m-%dT%H:%M:%S",
            "o-z": "%Y-%m-%dT%H:%M:%SZ",
            "o-ms": "%Y-%m-%dT%H:%M:%S.123Z",
            "o-offset": "%Y-%m-%dT%H:%M:%S+00:00",
        }
        async with World.at(shop_url) as world:
            for row_id, form in forms.items():
                for name, minutes in (("", 90), ("-young", 5)):
                    await world.order(f"{row_id}{name}", psp="succeeded")
                    at = NOW - timedelta(minutes=minutes)
                    await put(world, "orders", "created_at", f"{row_id}{name}", f"{at:{form}}")
            await world.order("o-east", psp="succeeded")
            await put(world, "orders", "created_at", "o-east", "2026-11-20T20:30:00+09:00")
            await world.order("o-west-young", psp="succeeded")
            await put(world, "orders", "created_at", "o-west-young", "2026-11-20T06:55:00-05:00")
            assert await listed(world) == {*forms, "o-east"} - {"o-east"}
            assert outcomes(await world.tick()) == dict.fromkeys(forms, "fixed")
            world.later("31m")
            assert await world.attention() == {}
            assert "o-east" in outcomes(await world.tick())

    async def test_no_form_of_a_date_is_counted_as_stuck_that_the_list_does_not_show(
        self, shop_url: URL
    ) -> None:
        forms = (
            "%F %T+0000",
            "%F %T+00",
            "%F %T +00:00",
            "%F %T UTC",
            "%F %TZ",
            "%FT%T,123",
            "%Ft%T.123456789z",
        )
        async with World.at(shop_url) as world:
            for number, form in enumerate(forms):
                for name, minutes in (("old", 45), ("young", 5)):
                    await world.order(row_id := f"o-{name}-{number}")
                    await put(
                        world, "orders", "created_at", row_id, f"{NOW - timedelta(minutes=minutes):{form}}"
                    )
            backlog = await world.store.findings.backlog(ORDERS, now=NOW, policy=Policy())
            assert backlog.rows == len(await listed(world)) == len(forms)

    async def test_the_oldest_row_is_told_whatever_odd_time_stands_beside_it(self, world: World) -> None:
        await loosen(world, ("orders", "created_at", ""))
        await world.order("o-healthy", stuck_for="45m")
        odd = on(world, TIMES_ON_SQLITE, TIMES_ON_POSTGRESQL)
        for number, (value, _) in enumerate([*odd.values(), *on(world, [("2026-11-19 \x1b", None)], [])]):
            await world.order(row_id := f"o-{number}")
            await put(world, "orders", "created_at", row_id, value, kind=on(world, "", "timestamptz"))
        backlog = await world.store.findings.backlog(ORDERS, now=NOW, policy=Policy())
        assert backlog.oldest == NOW - timedelta(minutes=45)

    @ON_POSTGRESQL
    @pytest.mark.parametrize("kind", ["jsonb", "json", "boolean", "point", "tstzrange", "interval"])
    async def test_a_type_of_postgresqls_that_has_no_order_stops_no_check(
        self, database_url: URL, kind: str
    ) -> None:
        async with World.at(database_url) as world:
            await world.order("o-1", psp="succeeded")
            await world.paid_order("o-2")
            await world.refund("r-1", of="o-2", psp="succeeded")
            await execute(world, "DROP INDEX orders_pending")
            value = {"json": "1", "jsonb": "1", "boolean": "t", "point": "(1,2)", "tstzrange": "empty"}
            using = f"'{value.get(kind, '3 days')}'::{kind}"
            await execute(world, f"ALTER TABLE orders ALTER created_at TYPE {kind} USING {using}")
            assert outcomes(await world.tick()) == {"r-1": "fixed"}
            assert await world.attention() == {"o-1": "malformed_row"}
            assert await listed(world) == {"o-1"}
            backlog = await world.store.findings.backlog(ORDERS, now=NOW, policy=Policy())
            assert (backlog.rows, backlog.oldest) == (1, None)

    async def test_a_time_without_a_zone_is_read_in_the_zone_that_is_said(self, world: World) -> None:
        await loosen(world, ("orders", "created_at", on(world, "", "timestamp")))
        for row_id, written in (("o-old", "2026-11-20 06:15:00"), ("o-young", "2026-11-20 06:45:00")):
            await world.order(row_id, psp="succeeded")
            await put(world, "orders", "created_at", row_id, written, kind=on(world, "", "timestamp"))
        async with World.at(world.url, mapping=ShopMapping(timezone="America/New_York")) as new_york:
            new_york.book.payments.update(world.book.payments)
            page = await new_york.store.findings.page(ORDERS, now=NOW, policy=Policy(), limit=10)
        assert [(f.row.row_id, f.age) for f in page.findings] == [("o-old", timedelta(minutes=45))]


class TestMoney:
    async def test_an_amount_that_cannot_be_read_is_named_and_the_others_heal(self, world: World) -> None:
        if world.url.get_backend_name() != "sqlite":
            for kind, values in AMOUNTS_ON_POSTGRESQL.items():
                await self._tries(world, kind, values)
            return
        await self._tries(world, "", AMOUNTS_ON_SQLITE)

    async def _tries(self, world: World, kind: str, values: Mapping[str, tuple[object, Trouble]]) -> None:
        await execute(world, "DELETE FROM refunds", "DELETE FROM orders", "DELETE FROM reconcile_attention")
        await loosen(world, ("orders", "amount", kind), ("refunds", "amount", kind))
        name = f"healthy-{kind.replace(' ', '-')}"
        await world.order(f"o-{name}", psp="succeeded")
        await world.paid_order(f"o-{name}-refunded")
        await world.refund(f"r-{name}", of=f"o-{name}-refunded", psp="succeeded")
        odd: dict[str, tuple[str, Trouble]] = {}
        for number, (value, trouble) in enumerate(values.values()):
            row_id = f"{number}-{name}"
            await world.order(f"o-{row_id}", psp="succeeded")
            await put(world, "orders", "amount", f"o-{row_id}", value, kind=kind)
            await world.paid_order(f"o-{row_id}-refunded")
            await world.refund(f"r-{row_id}", of=f"o-{row_id}-refunded", psp="succeeded")
            await put(world, "refunds", "amount", f"r-{row_id}", value, kind=kind)
            odd |= {f"o-{row_id}": ("amount", trouble), f"r-{row_id}": ("amount", trouble)}
        await world.paid_order(f"o-{name}-never-sent")
        await world.orphan(f"r-{name}-never-sent", of=f"o-{name}-never-sent")
        await world.paid_order(f"o-odd-{name}-never-sent")
        await world.orphan(f"r-odd-{name}-never-sent", of=f"o-odd-{name}-never-sent")
        await put(world, "refunds", "amount", f"r-odd-{name}-never-sent", value, kind=kind)
        odd[f"r-odd-{name}-never-sent"] = ("amount", trouble)
        await heals(world, [f"o-{name}", f"r-{name}", f"r-{name}-never-sent"], odd)
        backlog = await world.store.findings.backlog(ORDERS, now=NOW, policy=Policy())
        assert (backlog.rows, backlog.money) == (len(values), ())

    async def test_a_currency_that_is_none_is_named_and_the_others_heal(self, world: World) -> None:
        await loosen(world, ("orders", "currency", "text"))
        await world.order("o-healthy", psp="succeeded")
        await world.order("o-lower", psp="succeeded")
        await put(world, "orders", "currency", "o-lower", " eur ")
        odd: dict[str, tuple[str, Trouble]] = {}
        for number, value in enumerate(("€", "EURO", "E R", "12", "\u202eEU", *on(world, (b"\xff",), ()))):
            await world.order(row_id := f"o-{number}", psp="succeeded")
            await put(world, "orders", "currency", row_id, value)
            odd[row_id] = ("currency", Trouble.NOT_A_CURRENCY)
        await heals(world, ["o-healthy", "o-lower"], odd)

    async def test_codes_that_differ_in_case_or_blanks_are_one_currency_in_every_sum(
        self, world: World
    ) -> None:
        await loosen(world, ("orders", "currency", "text"))
        for number, code in enumerate(("EUR", "eur", "Eur ", " EUR")):
            await world.order(row_id := f"o-{number}", amount=10**number)
            await put(world, "orders", "currency", row_id, code)
        backlog = await world.store.findings.backlog(ORDERS, now=NOW, policy=Policy())
        assert (backlog.rows, [str(money) for money in backlog.money]) == (4, ["11.11 EUR"])
        assert backlog.commonest == ("EUR",)


class TestIds:
    async def test_ids_of_any_length_heal(self, world: World) -> None:
        long = "o-" + "x" * 300
        await world.order(long, payment_id="pay_" + "y" * 60, psp="succeeded")
        await world.order("o-2", payment_id="p" * 256)
        await world.order("o-3", payment_id="p" * 5000)
        await world.order("o-4", psp="succeeded")
        report = await world.tick()
        assert outcomes(report) == {long: "fixed", "o-4": "fixed"}
        assert await world.attention() == {"o-2": "bad_request", "o-3": "bad_request"}

    async def test_checks_of_another_id_type_stop_nothing(self, world: World) -> None:
        for row_id in ("abc", "--5", "9" * 25, "-", "1e5"):
            await execute(
                world,
                "INSERT INTO reconcile_checks (kind, row_id, psp_id, reads, failures, opens, next_due,"
                " failed_by_us, version) VALUES ('order', :row_id, 'pay', 1, 0, 1, '2026-11-01', false, 1)",
                row_id=row_id,
            )
        await execute(world, "DROP TABLE refunds", "DROP TABLE orders")
        await execute(
            world,
            "CREATE TABLE orders (id bigint PRIMARY KEY, status text, payment_id text, amount bigint,"
            f" currency text, created_at {on(world, 'text', 'timestamptz')}, updated_at text)",
            "CREATE TABLE refunds (id text PRIMARY KEY, order_id bigint, status text, amount bigint,"
            f" hyperswitch_refund_id text, created_at {on(world, 'text', 'timestamptz')},"
            " error_message text, updated_at text)",
            f"INSERT INTO orders VALUES (7, 'pending', 'pay_7', 4200, 'EUR', '{EARLIER}', NULL)",
        )
        mapping = ShopMapping(orders=OrdersMapping(id_type=IdType.INTEGER), timezone="UTC")
        async with World.at(world.url, mapping=mapping) as numbered:
            numbered.book.payment("pay_7", status="succeeded", amount=4200, currency="EUR")
            assert outcomes(await numbered.tick()) == {"7": "fixed"}
            for foreign in ("--5", "9" * 25, "5", "\x00", "\udc80", "7"):
                found = await numbered.store.findings.look_up(foreign)
                assert found == ([RowRef(Kind.ORDER, "7")] if foreign == "7" else [])

    async def test_a_row_without_an_id_that_can_be_read_is_named_and_the_others_heal(
        self, shop_url: URL
    ) -> None:
        async with World.at(shop_url) as world:
            await world.order("o-1", psp="succeeded")
            await loosen(world, ("orders", "payment_id", ""), ("orders", "id", ""))
            for row_id, value in (("o-blob", b"\x00\xff"), ("o-latin", "CAST(X'E9' AS TEXT)")):
                await world.order(row_id)
                if isinstance(value, bytes):
                    await put(world, "orders", "payment_id", row_id, value)
                else:
                    await execute(world, f"UPDATE orders SET payment_id = {value} WHERE id = '{row_id}'")
            await execute(
                world,
                "INSERT INTO orders SELECT NULL, status, payment_id, amount, currency, customer_email,"
                " created_at, updated_at FROM orders WHERE id = 'o-1'",
                "INSERT INTO orders SELECT X'0102', status, payment_id, amount, currency, customer_email,"
                " created_at, updated_at FROM orders WHERE id = 'o-1'",
            )
            await loosen(world, ("refunds", "hyperswitch_refund_id", ""), ("refunds", "order_id", ""))
            for row_id, column in (("r-blob", "hyperswitch_refund_id"), ("r-no-order", "order_id")):
                await world.paid_order(f"o-{row_id}")
                await world.refund(row_id, of=f"o-{row_id}", psp="succeeded")
                await put(world, "refunds", column, row_id, b"\x00\xff")
            world.book.payment("pay_o-2", status="succeeded", amount=4200, currency="EUR")
            await world.order("o-2")
            report = await world.tick()
            assert outcomes(report) == {"o-2": "fixed"}
            assert (await world.attention())["r-no-order"] == "malformed_row"
            named = await world.store.attention.open_items(limit=100)
            assert {"(None)", "(b'\\x01\\x02')"} <= {item.ref.row_id for item in named}
            assert decisions(await world.tick()) == {}
            world.later("61m")
            await world.tick()
            again = await world.store.attention.open_items(limit=100)
            assert {item.ref: item.since for item in again} == {item.ref: item.since for item in named}
            await execute(world, "DELETE FROM orders WHERE id IS NULL OR typeof(id) = 'blob'")
            await world.tick()
            left = await world.attention()
            assert not {"(None)", "(b'\\x01\\x02')"} & set(left)
            assert {"r-blob", "o-blob", "o-latin"} <= set(left)

    @pytest.mark.parametrize("form", ["NULL", "X'FF{:02x}'", "CAST(X'FF{:02x}' AS TEXT)"])
    async def test_many_rows_without_an_id_leave_the_others_their_places_and_are_told_once(
        self, shop_url: URL, form: str
    ) -> None:
        async with World.at(shop_url) as world:
            world.set(batch_limit=10)
            world.book.payment("pay", status="succeeded", amount=4200)
            await loosen(world, ("orders", "id", ""))
            for number in range(30):
                await _insert_order(world, form.format(number), created_at=f"'{EARLIER}'")
            await world.order("o-1", psp="succeeded", stuck_for="31m")
            assert outcomes(await world.tick()) == {"o-1": "fixed"}
            first = {item.ref: item.since for item in await world.store.attention.open_items(limit=100)}
            world.later("61m")
            again = decisions(await world.tick())
            assert not {ref.row_id for ref in first} & set(again)
            later = {item.ref: item.since for item in await world.store.attention.open_items(limit=100)}
            assert later.items() >= first.items()
            assert len(later) == (1 if form == "NULL" else 9 + 10)

    @pytest.mark.parametrize("limit", [1, 2, 3])
    async def test_pages_go_on_over_ids_and_times_that_cannot_be_read(
        self, shop_url: URL, limit: int
    ) -> None:
        ids = ("NULL", "{}", "'o-{}'", "X'FF3{}'", "CAST(X'FF3{}' AS TEXT)")
        times = ("NULL", "1.5", f"'{EARLIER}'", "CAST(X'FF' AS TEXT)", "X'00FF'")
        async with World.at(shop_url) as world:
            await loosen(world, ("orders", "id", ""), ("orders", "created_at", ""))
            for its_id in ids:
                for number, created_at in enumerate(times):
                    await _insert_order(world, its_id.format(number), created_at=created_at)
            found: list[str] = []
            after = None
            while len(found) < 100:
                page = await world.store.findings.page(
                    ORDERS, now=NOW, policy=Policy(), limit=limit, after=after
                )
                found += [finding.row.row_id for finding in page.findings]
                if (after := page.after) is None:
                    break
            named = [row_id for row_id in found if row_id != "(None)"]
            assert sorted(named) == sorted(
                form.format(number)
                for form in ("{}", "o-{}", "(b'\\xff{}')", "('\\udcff{}')")
                for number in range(len(times))
            )
            assert "(None)" in found

    @ON_POSTGRESQL
    async def test_a_refund_of_the_psps_that_is_nearly_a_uuid_stops_nothing(self, database_url: URL) -> None:
        number = "11111111-1111-1111-1111-11111111111"
        async with World.at(database_url) as world:
            await execute(
                world,
                "DROP TABLE refunds",
                "DROP TABLE orders",
                "CREATE TABLE orders (id uuid PRIMARY KEY, status text, payment_id text, amount bigint,"
                " currency text, created_at timestamptz, updated_at timestamptz)",
                "CREATE TABLE refunds (id uuid PRIMARY KEY, order_id uuid, status text, amount bigint,"
                " hyperswitch_refund_id text, created_at timestamptz, error_message text,"
                " updated_at timestamptz)",
                f"INSERT INTO orders VALUES ('{number}1', 'refund_pending', 'pay_1', 4200, 'EUR',"
                f" '{EARLIER}', NULL)",
                f"INSERT INTO refunds VALUES ('{number}2', '{number}1', 'pending', 4200, NULL, '{EARLIER}',"
                " NULL, NULL)",
            )
        mapping = ShopMapping(
            orders=OrdersMapping(id_type=IdType.UUID),
            refunds=RefundsMapping(id_type=IdType.UUID),
            timezone="UTC",
        )
        nearly = (f"{'a' * 8}-{'a' * 24}-", f"1-{'a' * 31}", f"----{'b' * 32}")
        async with World.at(database_url, mapping=mapping) as world:
            world.book.payment("pay_1", status="succeeded", amount=4200, created=NOW - timedelta(hours=1))
            for refund_id in nearly:
                world.book.refund(refund_id, payment="pay_1", status="succeeded", amount=100, created=NOW)
                assert await world.store.findings.look_up(refund_id) == []
            await world.tick()
            assert await world.attention() == {f"{number}2": "orphan_unclaimed_refund"}


async def _insert_order(world: World, its_id: str, *, created_at: str) -> None:
    """An order of which the id and the time are written as SQL says."""
    await execute(
        world,
        "INSERT INTO orders (id, status, payment_id, amount, customer_email, created_at, updated_at)"
        f" VALUES ({its_id}, 'pending', 'pay', 4200, 'carla@example.com', {created_at}, '{EARLIER}')",
    )


class TestAnswers:
    NASTY: Mapping[str, Mapping[str, object]] = {
        "amount": {"text": "42.00", "null": None, "too large": 2**63, "a fraction": 42.5, "a flag": True},
        "currency": {"lower case": "eur", "none": None, "four": "EURO", "a number": 978},
        "status": {"a number": 5, "null": None, "empty": "", "long": "s" * 200},
        "net_amount": {"text": "42"},
        "amount_received": {"an object": {"minor": 4200}},
        "refunds": {
            "no list": "none",
            "an entry that is none": ["ref_1"],
            "an entry without an amount": [{"refund_id": "ref_1", "payment_id": "pay", "status": "failed"}],
        },
    }

    async def test_a_field_of_an_answer_that_cannot_be_read_is_named_and_the_others_heal(
        self, world: World
    ) -> None:
        await world.order("o-healthy", psp="succeeded")
        odd = set()
        for field, values in self.NASTY.items():
            for name, value in values.items():
                row_id = f"o-{field}-{name}".replace(" ", "-")
                await world.order(row_id, psp="succeeded")
                world.psp.faults.always(f"pay_{row_id}", OtherField(field, value))
                odd.add(row_id)
        report = await world.tick()
        assert outcomes(report) == {"o-healthy": "fixed"}
        assert await world.attention() == dict.fromkeys(odd, "malformed_row")
        items = await world.store.attention.open_items(limit=100)
        assert all("detail" in item.facts["psp"] for item in items)
