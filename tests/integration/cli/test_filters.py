"""`--filter`: the same rows are listed and planned, and a line that means nothing is pointed at."""

import json
from functools import partial

import pytest

from reconcile_tui.cli.documents import ListDocument
from reconcile_tui.cli.execution import Command
from reconcile_tui.cli.listing import list_rows
from reconcile_tui.cli.once import once
from tests.integration.cli.conftest import Stage
from tests.integration.cli.plan_files import plan

LOOK = partial(once, phases=None, dry_run=False, drain=False)


def listing(only: str | None, *, limit: int = 50) -> Command:
    return partial(list_rows, names=(), limit=limit, filter_text=only)


async def listed(stage: Stage, only: str | None, *, limit: int = 50) -> dict[str, list[str]]:
    """The ids in each list that has any."""
    document = await document_of(stage, only, limit=limit)
    return {section.name: [row.id for row in section.rows] for section in document.sections if section.rows}


async def document_of(stage: Stage, only: str | None, *, limit: int = 50) -> ListDocument:
    run = await stage.perform(listing(only, limit=limit), as_json=True)
    return ListDocument.model_validate(json.loads(run.out))


async def test_every_list_holds_only_the_rows_that_are_meant(stage: Stage) -> None:
    world = stage.world
    await world.order("o-1", psp="processing", amount=9000, connector="adyen")
    await world.order("o-2", psp="requires_customer_action", amount=9000, connector="adyen")
    await world.order("o-3", psp="partially_captured", amount=9000, connector="stripe")
    await world.paid_order("o-4", connector="adyen")
    await world.refund("r-1", of="o-4", psp="pending", amount=100)
    await stage.perform(LOOK, RECONCILE_MODE="observe")

    assert await listed(stage, "connector:adyen") == {
        "orders": ["o-1"],
        "refunds": ["r-1"],
        "customer": ["o-2"],
    }
    assert await listed(stage, "o-4") == {"refunds": ["r-1"]}
    assert await listed(stage, "why:partial_capture") == {"orders": ["o-3"], "attention": ["o-3"]}
    assert await listed(stage, "adyen -status:processing amount>=90") == {
        "customer": ["o-2"],
    }
    assert await listed(stage, "") == await listed(stage, None)


async def test_sums_are_those_of_the_rows_that_are_meant_whatever_the_limit(stage: Stage) -> None:
    for number in range(3):
        await stage.world.order(f"o-{number}", psp="processing", amount=1000 * (number + 1))

    document = await document_of(stage, "amount>=20", limit=1)
    [orders] = [section for section in document.sections if section.name == "orders"]

    assert (orders.total_rows, [row.id for row in orders.rows]) == (2, ["o-1"])
    assert [money.minor for money in document.money_at_risk] == [5000]
    assert document.filter == "amount>=20"


async def test_the_page_says_what_it_is_limited_to(stage: Stage) -> None:
    run = await stage.perform(listing("class:ORDER age>2h"))

    assert "Only class:order age>2h" in run.out


@pytest.mark.parametrize("command", [listing("konnector:adyen so-1"), plan(only="konnector:adyen so-1")])
async def test_what_means_nothing_is_pointed_at(stage: Stage, command: Command) -> None:
    run = await stage.perform(command)

    assert (run.code, run.out) == (2, "")
    said, line, marks, known = run.err.splitlines()[:4]
    assert said == "The filter cannot be read: there is no such key."
    assert (line, marks) == ("  konnector:adyen so-1", "  ^^^^^^^^^")
    assert known.startswith("  Known: id, kind, class, status, local, connector")
