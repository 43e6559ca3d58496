"""The ten cases of the worker that this tool grew from, by their names there."""

from reconcile_tui.demo.psp.faults import server_error
from tests.world import World, decisions, outcomes


async def test_StuckOrder_SyncsViaSyntheticWebhook(world: World) -> None:
    await world.order("o-1", stuck_for="45m", psp="succeeded", known="processing")

    report = await world.tick()

    assert outcomes(report) == {"o-1": "fixed"}
    assert await world.status("o-1") == "completed"
    assert await world.steps("o-1") == ["intended", "applied", "fixed"]
    [logged] = await world.store.webhook_log.about(["pay_o-1"])
    assert (logged.source, logged.event_type) == ("synthetic", "payment_succeeded")


async def test_RecentOrder_NotTouched(world: World) -> None:
    await world.order("o-1", stuck_for="29m", psp="succeeded")
    before = await world.rows()

    report = await world.tick()

    assert decisions(report) == {}
    assert await world.rows() == before
    assert not world.psp.traffic.seen


async def test_CompletedOrder_NotTouched(world: World) -> None:
    await world.order("o-1", stuck_for="3h", status="completed", psp="failed")
    before = await world.rows()

    report = await world.tick()

    assert decisions(report) == {}
    assert await world.rows() == before


async def test_OrderWithEmptyPaymentID_NotTouched(world: World) -> None:
    await world.order("o-1", stuck_for="3h", payment_id=None)
    before = await world.rows()

    report = await world.tick()

    assert decisions(report) == {}
    assert await world.rows() == before
    assert not world.psp.traffic.seen


async def test_PSPReadErrorLeavesRowIntact(world: World) -> None:
    await world.order("o-1", stuck_for="45m", psp="succeeded")
    world.psp.faults.always("*", server_error())
    before = await world.rows()

    report = await world.tick()

    assert decisions(report) == {"o-1": "unreadable"}
    assert outcomes(report) == {}
    assert await world.rows() == before

    world.psp.faults.stop("*")
    assert outcomes(await world.tick()) == {"o-1": "fixed"}


async def test_OrphanRefund_AutoFails_OrderRollsBack(world: World) -> None:
    await world.paid_order("o-1", status="refund_pending")
    await world.orphan("r-1", of="o-1", stuck_for="10m")

    report = await world.tick()

    assert outcomes(report) == {"r-1": "fixed"}
    assert await world.status("r-1") == "failed"
    assert await world.status("o-1") == "completed"


async def test_RecentOrphanRefund_NotTouched(world: World) -> None:
    await world.paid_order("o-1", status="refund_pending")
    await world.orphan("r-1", of="o-1", stuck_for="4m")
    before = await world.rows()

    report = await world.tick()

    assert decisions(report) == {}
    assert await world.rows() == before


async def test_StuckRefund_SyncsViaSyntheticWebhook(world: World) -> None:
    await world.paid_order("o-1", status="refund_pending")
    await world.refund("r-1", of="o-1", stuck_for="45m", psp="succeeded", known="pending")

    report = await world.tick()

    assert outcomes(report) == {"r-1": "fixed"}
    assert await world.status("r-1") == "succeeded"
    assert await world.status("o-1") == "refunded"
    [logged] = await world.store.webhook_log.about(["ref_r-1"])
    assert (logged.source, logged.event_type) == ("synthetic", "refund_succeeded")


async def test_StuckRefund_FailureStatus_PassesErrorMessage(world: World) -> None:
    await world.paid_order("o-1", status="refund_pending")
    await world.refund(
        "r-1", of="o-1", psp="failed", error_code="R_51", error_message="Insufficient balance to refund"
    )

    report = await world.tick()

    assert outcomes(report) == {"r-1": "fixed"}
    row = await world.row("r-1")
    assert (row["status"], row["error_message"]) == ("failed", "Insufficient balance to refund")
    assert await world.status("o-1") == "completed"


async def test_AllTerminalStates_NoOp(world: World) -> None:
    for status in ("completed", "failed", "cancelled", "refund_pending", "refunded"):
        await world.order(f"o-{status}", stuck_for="3h", status=status, psp="succeeded")
    for status in ("succeeded", "failed"):
        await world.refund(f"r-{status}", of="o-refunded", stuck_for="3h", status=status, psp="succeeded")
    before = await world.rows()

    report = await world.tick()

    assert decisions(report) == {}
    assert await world.rows() == before
    assert not world.psp.traffic.seen
