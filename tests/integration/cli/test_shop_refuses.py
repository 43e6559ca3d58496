"""A shop that refuses or ignores events: how each command says so, and exit code 8."""

from collections.abc import AsyncIterator
from functools import partial

import pytest

from reconcile_tui.cli.applying import apply_file
from reconcile_tui.cli.execution import Command
from reconcile_tui.cli.once import once
from reconcile_tui.cli.planning import plan_rows
from reconcile_tui.cli.status import show_status
from reconcile_tui.cli.syncing import sync_rows
from tests.integration.cli.conftest import Stage
from tests.integration.cli.over_http import over_http
from tests.shop_endpoint.behaviours import refuses, says_yes_and_does_nothing
from tests.shop_endpoint.endpoint import ShopEndpoint

IDS = tuple(f"o-{number}" for number in range(5))
QUESTION = "is the secret or the profile right?"


@pytest.fixture
async def shop(stage: Stage) -> AsyncIterator[ShopEndpoint]:
    for row_id in IDS:
        await stage.world.order(row_id, psp="succeeded")
    async with over_http(stage) as shop:
        yield shop


async def commands(stage: Stage) -> dict[str, Command]:
    planned = await stage.perform(
        partial(plan_rows, ids=IDS, filter_text=None, phases=None, limit=None, reason=None, dry_run=False)
    )
    file = stage.folder / "plan.json"
    file.write_text(planned.out, encoding="utf-8")
    return {
        "once": partial(once, phases=None, dry_run=False, drain=False),
        "sync": partial(sync_rows, ids=IDS, yes=True, reason="a test", dry_run=False),
        "apply": partial(apply_file, source=str(file), yes=True, reason="a test", again=False),
    }


@pytest.mark.parametrize("face", ["once", "sync", "apply"])
async def test_three_refusals_end_it_with_8_and_ask_for_the_secret(
    stage: Stage, shop: ShopEndpoint, face: str
) -> None:
    shop.behaviours.always(refuses(422))

    end = await stage.perform((await commands(stage))[face])

    assert (end.code, len(shop.received)) == (8, 3), end.err + end.out
    assert f"the shop refuses the events: {QUESTION} (HTTP 422, 3 in a row)" in one_line(end.out)


@pytest.mark.parametrize("status", [401, 403, 422])
async def test_one_row_that_its_handler_refuses_keeps_no_other_from_being_healed(
    stage: Stage, shop: ShopEndpoint, status: int
) -> None:
    shop.behaviours.always(refuses(status), of=f"pay_{IDS[2]}")

    end = await stage.perform((await commands(stage))["once"])

    assert [await stage.world.status(row_id) for row_id in IDS].count("completed") == len(IDS) - 1
    assert end.code == 3, end.out


async def test_a_shop_that_accepts_and_ignores_ends_it_with_8_and_status_says_so(
    stage: Stage, shop: ShopEndpoint
) -> None:
    shop.behaviours.always(says_yes_and_does_nothing())

    end = await stage.perform((await commands(stage))["once"], RECONCILE_SETTLE_TIMEOUT="1s")

    assert (end.code, len(shop.received)) == (8, 3), end.err + end.out
    assert f"the shop accepts the events and does nothing: {QUESTION} (HTTP 200, 3 in a row)" in one_line(
        end.out
    )
    told = await stage.perform(show_status)
    assert "The shop took no more events" in one_line(told.out)
    assert QUESTION in one_line(told.out)


def one_line(page: str) -> str:
    """A page without its line breaks, which depend on the width."""
    return " ".join(page.split())
