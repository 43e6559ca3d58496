"""`init-db`, `demo-db` and `settings`: the two databases, and what is in force."""

import json
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import URL

from reconcile_tui.cli.choices import ListName
from reconcile_tui.cli.demo_db import make_demo_db
from reconcile_tui.cli.documents import DemoDbDocument, InitDbDocument, SettingsDocument
from reconcile_tui.cli.init_db import init_database, print_indexes
from reconcile_tui.cli.listing import list_rows
from reconcile_tui.cli.once import once
from reconcile_tui.cli.settings_shown import show_settings
from reconcile_tui.cli.shop_indexes import shop_indexes
from reconcile_tui.cli.showing import show_rows
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.mapping import DEMO_SHOP, OrdersMapping, RefundsMapping, ShopMapping
from reconcile_tui.core.store.shop import Shop
from reconcile_tui.demo.shop import create_shop
from tests.integration.cli.conftest import Stage

WORDS = {
    "pending": ("open", "new"),
    "completed": ("paid",),
    "failed": ("broken",),
    "refund_pending": ("refunding",),
    "refunded": ("refunded",),
}
SHOPS = {
    "demo": DEMO_SHOP,
    "other": ShopMapping(
        orders=OrdersMapping(table="shop_order", pending_since="opened_at", words=WORDS),
        refunds=RefundsMapping(table="shop_refund", refund_id="psp_id"),
    ),
}


async def test_the_tools_tables_are_made_once_and_it_says_from_where_to_where(
    stage: Stage, tmp_path: Path
) -> None:
    url = await a_shop(tmp_path / "new.sqlite3")

    first = await stage.perform(init_database, as_json=True, DATABASE_URL=url)
    second = await stage.perform(init_database, DATABASE_URL=url)

    document = InitDbDocument.model_validate(json.loads(first.out))
    assert document.version_before is None
    assert document.version_after is not None
    assert second.code == 0
    assert f"at version {document.version_after} already" in second.out


async def a_shop(path: Path) -> str:
    """The URL of a file with the demo shop's tables alone."""
    url = URL.create("sqlite", database=str(path))
    database = Database(url)
    try:
        await create_shop(database)
    finally:
        await database.close()
    return url.render_as_string()


async def test_where_no_shop_is_nothing_is_made(stage: Stage, tmp_path: Path) -> None:
    mistyped, empty = tmp_path / "shp.sqlite3", tmp_path / "empty.sqlite3"
    sqlite3.connect(empty).close()

    missing = await stage.perform(init_database, DATABASE_URL=f"sqlite:///{mistyped}")
    none = await stage.perform(init_database, DATABASE_URL=f"sqlite:///{empty}")

    assert (missing.code, none.code) == (5, 5)
    assert "There is no such database file." in missing.err
    assert not mistyped.exists()
    assert "The shop's tables are not there: orders, refunds. Nothing was made." in none.err
    assert empty.read_bytes() == b""


async def test_a_demo_shop_is_made_and_then_healable(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "demo.sqlite3"
    url = URL.create("sqlite", database=str(path)).render_as_string()

    made = await stage.perform(partial(make_demo_db, target=str(path)), as_json=True)
    again = await stage.perform(partial(make_demo_db, target=str(path)))
    await stage.perform(init_database, DATABASE_URL=url)
    listed = await stage.perform(partial(list_rows, names=[ListName.ORDERS], limit=5), DATABASE_URL=url)

    document = DemoDbDocument.model_validate(json.loads(made.out))
    with closing(sqlite3.connect(path)) as database:
        [(orders,)] = database.execute("SELECT count(*) FROM orders")
    assert document.orders == orders > 100
    assert (again.code, again.out) == (6, "")
    assert "orders and refunds already" in again.err
    assert listed.code == 0
    assert "Stuck orders" in listed.out


async def test_a_demo_shop_in_a_place_that_is_none_is_refused_without_repeating_a_password(
    stage: Stage,
) -> None:
    run = await stage.perform(partial(make_demo_db, target="mysql://root:sw0rdfish@db/shop"))

    assert (run.code, run.out) == (2, "")
    assert "sw0rdfish" not in run.err


async def test_settings_say_where_each_value_came_from_and_hide_secrets(stage: Stage) -> None:
    (stage.folder / "reconcile.toml").write_text("[context.prod]\nbatch_limit = 7\n")

    run = await stage.perform(show_settings, as_json=True, HYPERSWITCH_WEBHOOK_KEY="sw0rdfish-sw0rdfish")

    document = SettingsDocument.model_validate(json.loads(run.out))
    by_name = {each.name: each for each in document.settings}
    assert by_name["RECONCILE_BATCH_LIMIT"].value == "7"
    assert "[context.prod]" in by_name["RECONCILE_BATCH_LIMIT"].origin
    assert by_name["HYPERSWITCH_ENABLED"].origin.startswith("environment")
    assert document.contexts == ("prod",)
    assert "sw0rdfish" not in run.out + run.err
    assert stage.world.psp.api_key not in run.out + run.err


async def test_a_name_that_means_nothing_is_warned_of_on_stderr(stage: Stage) -> None:
    run = await stage.perform(show_settings, RECONCILE_BATCH_LIMITS="7")

    assert run.code == 0
    assert "RECONCILE_BATCH_LIMITS" in run.err
    assert "RECONCILE_BATCH_LIMIT" in run.err


async def test_no_key_and_no_customer_comes_out_of_a_whole_run(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.world.order("o-2", psp="partially_captured")

    runs = [
        await stage.perform(
            partial(once, phases=None, dry_run=False, drain=False), RECONCILE_LOG_LEVEL="debug"
        ),
        await stage.perform(partial(show_rows, asked="o-2", forced=True), as_json=True),
    ]

    for run in runs:
        assert stage.world.psp.api_key not in run.out + run.err
        assert "carla.cliente@example.com" not in run.out + run.err


@pytest.mark.parametrize("shop", SHOPS)
async def test_the_recommended_indexes_are_those_the_queries_use(shop: str, database_url: URL) -> None:
    mapping = SHOPS[shop]
    database = Database(database_url)
    try:
        statements = shop_indexes(Shop.of(mapping), database.dialect)
    finally:
        await database.close()

    [pending] = [
        each
        for each in statements
        if each.split(" ON ")[1].startswith(mapping.orders.table) and "WHERE" in each
    ]
    words = ", ".join(f"'{word}'" for word in mapping.orders.words["pending"])
    assert words in pending
    assert all(each.startswith("CREATE INDEX ") and ";" not in each for each in statements)
    assert all(
        ("CONCURRENTLY" in each) == (database_url.get_backend_name() == "postgresql") for each in statements
    )
    assert len({each.split(" ON ")[0] for each in statements}) == 5


async def test_the_printed_indexes_can_be_run_as_they_are(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "bare.sqlite3"

    run = await stage.perform(print_indexes, DATABASE_URL=await a_shop(path))

    with closing(sqlite3.connect(path)) as connection:
        before = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'index'").fetchone()
        connection.executescript(run.out)
        after = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'index'").fetchone()
    assert run.code == 0
    assert before == after, "the demo shop has the recommended indexes already"


async def test_a_demo_sends_nothing_to_the_shop_and_the_channel_that_the_environment_names(
    stage: Stage,
) -> None:
    run = await stage.run(
        "--demo",
        "settings",
        "--json",
        RECONCILE_DISPATCH="http",
        RECONCILE_WEBHOOK_URL="https://shop.example.com/hooks",
        RECONCILE_ALERT_URL="https://hooks.example.com/alerts",
        HYPERSWITCH_WEBHOOK_KEY="a-real-key",
    )

    values = {each["name"]: each["value"] for each in json.loads(run.out)["settings"]}
    assert values["RECONCILE_DISPATCH"] == "database"
    assert values["RECONCILE_WEBHOOK_URL"] == values["RECONCILE_ALERT_URL"] == "not set"
