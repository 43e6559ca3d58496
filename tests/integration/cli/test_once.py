"""`--once`: what it prints, word for word, and what it leaves alone."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from reconcile_tui.cli.document_parts import PlaceDocument
from reconcile_tui.cli.documents import OnceDocument
from reconcile_tui.cli.once import once_document
from reconcile_tui.cli.once_page import once_page
from reconcile_tui.cli.output import Output, console
from reconcile_tui.cli.warned import Warnings
from reconcile_tui.core.policy import Mode
from tests.integration.cli.conftest import Stage
from tests.world import ALICE, DAEMON, World

GOLDEN = Path(__file__).parent / "golden"
WIDTHS = (80, 200)
MEND = ".venv/bin/python -m tests.docs.once_pages"
PLACE = PlaceDocument(
    context="prod",
    production=True,
    database="postgresql+psycopg://reconcile:***@db.internal/shop",
    psp="https://api.hyperswitch.io",
    psp_unencrypted=False,
)


async def an_incident(world: World) -> None:
    """One row of each kind of end."""
    await world.order("o-1", psp="succeeded", stuck_for="3h8m", amount=421_000, connector="stripe")
    await world.order(
        "o-2", psp="succeeded", stuck_for="2h", amount=51_430, currency="JPY", connector="adyen"
    )
    await world.order("o-3", psp="failed", stuck_for="1h30m", connector="adyen")
    await world.order("o-4", psp="processing", stuck_for="50m", connector="stripe")
    await world.order("o-5", psp="requires_payment_method", stuck_for="45m")
    payment = await world.order("o-6", psp="succeeded", stuck_for="40m", connector="stripe")
    world.book.payments.pop(payment)
    await world.paid_order("o-7", stuck_for="5h", connector="stripe")
    await world.refund("r-1", of="o-7", psp="succeeded", stuck_for="4h")
    await world.paid_order("o-8", stuck_for="5h", connector="stripe")
    await world.orphan("r-2", of="o-8", stuck_for="10m")


async def a_tick(world: World, **options: Any) -> OnceDocument:
    report = await world.tick(**options)
    return once_document(PLACE, DAEMON, report, [])


def printed(document: OnceDocument, *, width: int) -> str:
    stream = io.StringIO()
    output = Output(out=console(stream, width=width), err=console(io.StringIO(), width=width))
    output.show(document, once_page)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize("width", WIDTHS)
async def test_a_tick_is_told_row_by_row_with_the_reason_and_a_receipt(world: World, width: int) -> None:
    await an_incident(world)

    text = printed(await a_tick(world), width=width)

    assert text == (GOLDEN / f"once_{width}.txt").read_text(encoding="utf-8"), f"Mend: {MEND}"
    assert max(map(len, text.splitlines())) <= width


async def test_the_document_agrees_with_the_page_and_is_json(world: World) -> None:
    await an_incident(world)
    document = await a_tick(world)

    again = OnceDocument.model_validate_json(document.model_dump_json())

    assert again == document
    assert document.exit_code == 3
    done = {group.key: group.rows for group in document.receipt.closed}
    assert done == {
        "fixed.payment.succeeded": 2,
        "fixed.payment.failed": 1,
        "fixed.refund.succeeded": 1,
        "fixed.orphan.failed": 1,
    }
    left = {group.key for group in document.receipt.open}
    assert left == {"attention.not_found", "waits.processor", "waits.customer"}


async def test_money_is_summed_per_currency_and_never_across(world: World) -> None:
    await an_incident(world)
    document = await a_tick(world)

    [paid] = [group for group in document.receipt.closed if group.key == "fixed.payment.succeeded"]

    assert {money.currency: money.minor for money in paid.money} == {"EUR": 421_000, "JPY": 51_430}


async def test_a_row_that_a_drain_meets_twice_counts_once(world: World) -> None:
    await world.paid_order("o-1", stuck_for="5h")
    await world.orphan("r-1", of="o-1", stuck_for="10m")
    world.book.refund(
        "ref_x", payment="pay_o-1", status="succeeded", amount=4200, metadata={"shop_refund_id": "r-1"}
    )
    world.later("31m")

    document = await a_tick(world, drain=True)

    assert sum(group.rows for group in document.receipt.closed) == 1
    assert await world.status("r-1") == "succeeded"


async def test_a_dry_run_says_what_would_be_changed_and_changes_nothing(world: World) -> None:
    await an_incident(world)
    before = await world.rows()

    document = await a_tick(world, dry_run=True)

    assert await world.rows() == before
    assert "would.payment.succeeded" in {group.key for group in document.receipt.open}
    assert document.exit_code == 3


async def test_observing_plans_and_applies_nothing(world: World) -> None:
    await world.order("o-1", psp="succeeded")
    world.set(mode=Mode.OBSERVE)

    document = await a_tick(world)

    assert await world.status("o-1") == "pending"
    assert [group.key for group in document.receipt.open] == ["would.payment.succeeded"]


async def test_too_many_orphans_are_one_clear_line(world: World) -> None:
    for number in range(6):
        await world.paid_order(f"o-{number}", stuck_for="5h")
        await world.orphan(f"r-{number}", of=f"o-{number}", stuck_for="10m")

    document = await a_tick(world)

    [warning] = document.receipt.warnings
    assert warning.kind == "orphan_cap"
    assert "6 are left to an operator" in warning.text


async def test_a_warning_that_was_heard_is_not_told_twice(world: World) -> None:
    """The tick itself tells the figures of everything that is withheld."""
    for number in range(6):
        await world.paid_order(f"o-{number}", stuck_for="5h")
        await world.orphan(f"r-{number}", of=f"o-{number}", stuck_for="10m")
    warned = Warnings(lambda _: None)
    report = await world.reconciler(listener=warned).run_once(DAEMON)

    [warning] = once_document(PLACE, DAEMON, report, warned.heard).receipt.warnings

    assert warning.text.startswith("6 orphan refunds are left to an operator: the daemon fails at most 5")


async def test_foreign_text_is_never_markup_and_never_an_escape(world: World) -> None:
    await world.order("o-[red]1[/red]\x1b[31m", payment_id="pay_1", psp="processing", connector="[bold]evil")

    text = printed(await a_tick(world), width=200)

    assert "o-[red]1[/red]␛[31m" in text
    assert "[bold]evil" in text
    assert "\x1b" not in text


async def test_one_document_and_nothing_else_is_on_stdout(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    run = await stage.run("--json", "--once", "--phase", "orders", "--drain")

    assert run.code == 0
    document = OnceDocument.model_validate(json.loads(run.out))
    assert document.actor.name == ALICE.name
    assert {piece.phase for piece in document.phases} == {"orders"}


async def test_colour_and_log_stay_out_of_a_pipe_and_rows_stay_on_one_line(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    run = await stage.run("--once", NO_COLOR="1")

    assert "\x1b" not in run.out + run.err
    assert "reconcile" not in run.out.replace("reconcile-tui", "")
    [line] = [line for line in run.out.splitlines() if "o-1" in line]
    assert "42.00 EUR" in line
    assert line.endswith("The money was taken; the shop was not told.")
