"""`list` and `show`: what is known, what is asked, and what is not."""

import json
from functools import partial

from reconcile_tui.cli.choices import ListName
from reconcile_tui.cli.documents import ListDocument, SectionDocument, ShowDocument
from reconcile_tui.cli.listing import list_rows
from reconcile_tui.cli.once import once
from reconcile_tui.cli.showing import show_rows
from reconcile_tui.cli.syncing import sync_rows
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.core.transitions import Effect
from reconcile_tui.demo import shop
from tests.integration.cli.conftest import Stage

TICK = partial(once, phases=None, dry_run=False, drain=False)
SHOW = partial(show_rows, asked="o-1", forced=False)


async def listed(stage: Stage, *names: ListName, limit: int = 50) -> ListDocument:
    run = await stage.perform(partial(list_rows, names=names, limit=limit), as_json=True)
    assert run.code == 0, run.err
    return ListDocument.model_validate(json.loads(run.out))


async def shown(stage: Stage, asked: str, *, forced: bool = False) -> ShowDocument:
    run = await stage.perform(partial(show_rows, asked=asked, forced=forced), as_json=True)
    assert run.code == 0, run.err
    return ShowDocument.model_validate(json.loads(run.out))


def named(document: ListDocument, name: str) -> SectionDocument:
    return next(section for section in document.sections if section.name == name)


def ids(section: SectionDocument) -> list[str]:
    return [row.id for row in section.rows]


async def test_what_waits_on_the_customer_is_a_list_of_its_own_and_left_out_of_money_at_risk(
    stage: Stage,
) -> None:
    await stage.world.order("o-1", psp="processing", amount=1000, stuck_for="3h")
    await stage.world.order("o-2", psp="requires_customer_action", amount=500, stuck_for="2h")
    await stage.world.order("o-3", psp="processing", amount=900, currency="JPY", stuck_for="1h")
    await stage.world.paid_order("o-4")
    await stage.world.orphan("r-1", of="o-4", amount=70)
    await stage.perform(partial(once, phases=[PhaseName.ORDERS], dry_run=False, drain=False))

    document = await listed(stage)

    orders, customer = named(document, "orders"), named(document, "customer")
    assert ids(orders) == ["o-1", "o-3"]
    assert (orders.total_rows, orders.waiting_on_customer) == (2, 1)
    assert {money.currency: money.minor for money in orders.money_at_risk} == {"EUR": 1000, "JPY": 900}
    assert ids(customer) == ["o-2"]
    assert [row.finding.waits_on_customer for row in customer.rows if row.finding] == [True]
    assert [money.minor for money in customer.money_at_risk] == [500]
    assert {money.currency: money.minor for money in document.money_at_risk} == {"EUR": 1070, "JPY": 900}


async def test_a_row_that_needs_a_person_counts_once_in_the_money_at_risk(stage: Stage) -> None:
    await stage.world.order("o-1", psp="partially_captured", amount=1000)
    await stage.perform(TICK)

    document = await listed(stage)

    attention = named(document, "attention")
    assert ids(attention) == ["o-1"]
    assert attention.rows[0].attention is not None
    assert attention.rows[0].attention.reason == "partial_capture"
    assert [money.minor for money in document.money_at_risk] == [1000]


async def test_a_list_is_paged_and_its_totals_are_of_all(stage: Stage) -> None:
    for number in range(5):
        await stage.world.order(f"o-{number}", stuck_for=f"{60 - number}m", amount=100)

    document = await listed(stage, ListName.ORDERS, limit=2)

    [orders] = document.sections
    assert ids(orders) == ["o-0", "o-1"]
    assert orders.total_rows == 5
    assert [money.minor for money in orders.money_at_risk] == [500]


async def test_a_list_needs_no_psp_and_asks_none(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    run = await stage.perform(partial(list_rows, names=(), limit=50), HYPERSWITCH_ENABLED="false")

    assert run.code == 0
    assert "o-1" in run.out
    assert not stage.world.psp.traffic.counts


async def test_both_sides_stand_beside_each_other_with_what_differs_marked(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded", amount=4200)
    stage.world.book.payments.clear()
    stage.world.book.payment("pay_o-1", status="succeeded", amount=4300, currency="EUR")

    run = await stage.perform(SHOW)
    [row] = (await shown(stage, "o-1")).matches

    assert "≠" in run.out
    assert [side.name for side in row.sides if side.differs] == ["status", "amount"]
    assert {"payment id", "connector"} <= {side.name for side in row.sides if not side.differs}
    assert row.row.decision.reason == "amount_mismatch"
    assert "The amounts differ." in row.row.sentence


async def test_the_processor_is_asked_only_when_told_to(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    last_known = await shown(stage, "pay_o-1")
    assert stage.world.psp.traffic.forced == 0
    forced = await shown(stage, "pay_o-1", forced=True)

    answers = [document.matches[0].row.psp for document in (last_known, forced)]
    assert [answer.how for answer in answers if answer] == ["last known", "forced"]
    assert stage.world.psp.traffic.forced == 1


async def test_history_webhooks_and_every_match_are_shown(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    await stage.perform(partial(sync_rows, ids=["order:o-1"], yes=True, reason="the outage", dry_run=False))
    await stage.world.order("o-2", payment_id="pay_o-1")

    one = (await shown(stage, "o-1")).matches[0]
    both = await shown(stage, "pay_o-1")

    assert [entry.step for entry in one.history] == ["outcome", "applied", "intended"]
    assert {entry.reason for entry in one.history} == {"the outage"}
    assert [webhook.source for webhook in one.webhooks] == ["synthetic"]
    assert {match.row.finding.id for match in both.matches} == {"o-1", "o-2"}


async def test_no_webhook_is_called_missing_that_is_on_record(stage: Stage) -> None:
    world = stage.world
    await world.order("o-1", psp="succeeded")
    await world.delete(shop.orders, "o-1")
    assert await world.real_webhook("pay_o-1") is Effect.NO_ROW
    await world.order("o-1")

    row = (await shown(stage, "o-1")).matches[0].row

    assert "a webhook came and was not applied" in row.sentence
    assert "never arrived" not in row.sentence


async def test_a_row_that_cannot_be_read_is_shown_all_the_same(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")

    run = await stage.perform(SHOW, HYPERSWITCH_API_KEY="snd_somebody_elses_key")

    assert run.code == 4
    assert "the PSP refuses the key" in run.out
