"""Half a PSP: one processor fails, one query is rejected, some rows are another provider's. What was answered
is applied, and the rest waits its turn (design rules 8 and 9)."""

from collections import Counter

import pytest

from reconcile_tui.core.tellings import Warned, WarningKind
from reconcile_tui.demo.psp.answers import error
from reconcile_tui.demo.psp.faults import Reply, bad_gateway, server_error
from tests.world import World, decisions, outcomes, ref

REJECTED = Reply(error(400, "invalid_request", "IR_06", "unknown field `force_sync`"))


async def failures(world: World, prefix: str) -> Counter[int]:
    findings = await world.store.findings.findings(
        [ref(row_id) for row_id in await world.rows() if row_id.startswith(prefix)],
        now=world.clock.now(),
        policy=world.policy,
    )
    return Counter(found.check.failures if found.check else 0 for found in findings)


@pytest.mark.parametrize("drain", [False, True])
async def test_rows_with_a_lasting_error_of_their_processor_leave_the_others_their_healing(
    world: World, drain: bool
) -> None:
    """40 rows whose live read fails with HE_00 ended each phase, and of 20 healthy ones none was healed."""
    for number in range(40):
        await world.order(f"o-lasting-{number:02}", stuck_for="3h", psp="processing", connector="adyen")
    for number in range(20):
        await world.order(f"o-healthy-{number:02}", psp="succeeded")
    world.psp.faults.connector_fails("adyen", server_error())

    first = await world.tick(drain=drain)
    if not drain:
        await world.tick()

    rows = await world.rows()
    assert Counter(row["status"] for row in rows.values()) == {"completed": 20, "pending": 40}
    assert not any(piece.tripped for piece in first.slices)
    assert await world.attention() == {}
    world.later("60m")
    await world.tick()
    if drain:
        world.later("60m")
        await world.tick()
    assert set(await failures(world, "o-lasting")) <= {2, 3}
    world.later("60m")
    assert Counter(decisions(await world.tick()).values())["unreadable"] < 40, "they back off"


async def test_a_processor_that_hangs_is_left_out_and_the_rows_of_the_others_go_on(world: World) -> None:
    world.set(reads_at_once=2)
    for number in range(16):
        await world.order(f"o-adyen-{number:02}", stuck_for="3h", psp="processing", connector="adyen")
    for number in range(4):
        await world.order(f"o-stripe-{number:02}", psp="processing")
    await world.tick()
    for number in range(4):
        world.book.payment_becomes(f"pay_o-stripe-{number:02}", "succeeded")
    world.psp.faults.connector_fails("adyen", bad_gateway(504))
    world.later("61m")

    report = await world.tick()

    assert set(outcomes(report)) == {f"o-stripe-{number:02}" for number in range(4)}
    assert not any(piece.tripped for piece in report.slices)
    assert 10 <= Counter(decisions(report).values())["unreadable"] < 16
    [told] = [each for each in world.told if isinstance(each, Warned)]
    assert told.kind is WarningKind.CONNECTOR_FAILS
    assert "the processor adyen fails" in told.detail


async def test_what_was_answered_in_full_is_applied_though_the_phase_ends_early(world: World) -> None:
    world.set(reads_at_once=1)
    for number in range(4):
        await world.order(f"o-answered-{number}", stuck_for="3h", psp="succeeded")
    for number in range(12):
        await world.order(f"o-failing-{number:02}", psp="succeeded")
        world.psp.faults.always(f"pay_o-failing-{number:02}", server_error(503))

    report = await world.tick()

    assert [piece.tripped.reason for piece in report.slices if piece.tripped] == ["psp_down"]
    assert outcomes(report) == {f"o-answered-{number}": "fixed" for number in range(4)}
    assert await failures(world, "o-failing") == {0: 6, 1: 6}, "a failed read counts for its row"


async def test_a_server_that_rejects_how_it_is_asked_is_no_verdict_about_any_row(world: World) -> None:
    for number in range(12):
        await world.order(f"o-{number:02}", psp="succeeded")
    world.psp.faults.always("forced", REJECTED)

    report = await world.tick()

    [tripped] = [piece.tripped for piece in report.slices if piece.tripped]
    assert tripped.reason == "rejected_share"
    assert await world.attention() == {}
    world.psp.faults.stop("forced")
    assert set(outcomes(await world.tick()).values()) == {"fixed"}


async def test_rows_of_another_provider_beside_ones_that_are_found_end_no_phase(world: World) -> None:
    """Half of the table is another provider's: each check ended there, and none ever came further."""
    for number in range(12):
        await world.order(f"o-ours-{number:02}", stuck_for="3h", psp="succeeded")
    for number in range(20):
        await world.order(f"o-theirs-{number:02}", payment_id=f"pi_{number:02}")

    first = await world.tick()
    world.later("61m")
    again = await world.tick()

    assert Counter(outcomes(first).values()) == {"fixed": 12}
    assert set((await world.attention()).values()) == {"not_found"}
    assert not any(piece.tripped for piece in (*first.slices, *again.slices))
