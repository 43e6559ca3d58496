"""A currency is one currency however the shop writes its code: every sum and every filter holds all of it."""

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import URL

from reconcile_tui.cli.listing import list_rows
from reconcile_tui.cli.once import once
from reconcile_tui.cli.status import show_status
from reconcile_tui.core.money import Money
from reconcile_tui.core.standing import standing
from tests.integration.cli.conftest import Stage, a_stage

TICK = partial(once, phases=None, dry_run=False, drain=False)


@pytest.fixture
async def any_stage(database_url: URL, tmp_path: Path) -> AsyncIterator[Stage]:
    """A shop on each of the two databases."""
    async with a_stage(database_url, tmp_path) as stage:
        yield stage


async def test_codes_in_any_case_are_one_sum_on_every_face(any_stage: Stage) -> None:
    world = any_stage.world
    for row_id, currency, amount, psp in (
        ("o-1", "eur", 15_000, "processing"),
        ("o-2", "EUR", 700, "processing"),
        ("o-3", "Eur", 100, "partially_captured"),
        ("o-4", "jpy", 900, "processing"),
    ):
        await world.order(row_id, currency=currency, amount=amount)
        world.book.payment(
            f"pay_{row_id}", status=psp, amount=amount, currency=currency.upper(), created=world.clock.now()
        )

    ticked = json.loads((await any_stage.perform(TICK, as_json=True)).out)

    sums = {"EUR": 15_800, "JPY": 900}
    assert {money["currency"]: money["minor"] for money in ticked["left"]["money_at_risk"]} == sums
    waits = [each for each in ticked["receipt"]["open"] if each["key"] == "waits.processor"]
    assert {money["currency"]: money["minor"] for money in waits[0]["money"]} == {"EUR": 15_700, "JPY": 900}
    status = json.loads((await any_stage.perform(show_status, as_json=True)).out)
    assert {money["currency"]: money["minor"] for money in status["money_at_risk"]} == sums
    listed = json.loads((await any_stage.perform(partial(list_rows, names=(), limit=50), as_json=True)).out)
    assert listed["money_at_risk"] == status["money_at_risk"]
    only = partial(list_rows, names=(), limit=50, filter_text="currency:eur")
    meant = json.loads((await any_stage.perform(only, as_json=True)).out)
    assert [(money["minor"], money["currency"]) for money in meant["money_at_risk"]] == [(15_800, "EUR")]
    stands = await standing(world.store, world.policy)
    assert stands.attention.money == (Money(100, "EUR"),)
    assert stands.orders.commonest == ("EUR", "JPY")
