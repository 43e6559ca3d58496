"""Time and places: silence, endless answers, cancelled reads, and a budget that gives no slot."""

import asyncio
import time
from datetime import timedelta

import pytest

from reconcile_tui.core.findings import PaymentId
from reconcile_tui.core.psp.budget import BudgetUnavailable
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp.wire import ReaderTimeouts
from reconcile_tui.core.psp_states import PaymentSeen, ReadFailed, ReadFailureKind, ReadHow
from tests.integration.psp.conftest import MakeReader
from tests.integration.psp.stub import StubPsp, a_payment, drips, hangs, says
from tests.unit.psp.steered_clock import START, SteeredClock

PAY = PaymentId("pay_1")


async def failure_of(reader: PspReader, how: ReadHow = ReadHow.FORCED) -> ReadFailed:
    seen = await reader.payment(PAY, how=how)
    assert isinstance(seen, ReadFailed), seen
    return seen


@pytest.mark.parametrize("how", list(ReadHow))
async def test_silence_is_a_time_out_and_is_not_asked_again(
    psp: StubPsp, make_reader: MakeReader, how: ReadHow
) -> None:
    psp.will(hangs())
    reader = make_reader(psp.url, timeouts=ReaderTimeouts(connect=1, read=0.05, call=5, slot=5))

    assert (await failure_of(reader, how)).kind is ReadFailureKind.TIMEOUT
    assert len(psp.asked) == 1


async def test_a_body_that_drips_for_ever_ends_with_the_call(psp: StubPsp, make_reader: MakeReader) -> None:
    psp.will(drips(b" ", every=0.01))
    reader = make_reader(psp.url, timeouts=ReaderTimeouts(connect=1, read=1, call=0.1, slot=5))
    begun = time.monotonic()

    assert (await failure_of(reader)).kind is ReadFailureKind.TIMEOUT
    assert time.monotonic() - begun < 1


async def test_after_a_time_out_the_next_read_gets_its_own_answer(
    psp: StubPsp, make_reader: MakeReader
) -> None:
    psp.will(drips(b" ", every=0.01), says(a_payment()))
    reader = make_reader(psp.url, timeouts=ReaderTimeouts(connect=1, read=1, call=0.1, slot=5))

    await failure_of(reader)

    assert isinstance(await reader.payment(PAY, how=ReadHow.FORCED), PaymentSeen)


async def test_a_cancelled_read_gives_its_place_back(
    psp: StubPsp, reader: PspReader, budget: LocalBudget
) -> None:
    psp.will(hangs())
    reading = asyncio.create_task(reader.payment(PAY, how=ReadHow.FORCED))
    await psp.arrived.wait()
    reading.cancel()
    await asyncio.wait([reading])

    assert reading.cancelled()
    assert budget.use.in_flight == 0


async def test_waiting_too_long_for_a_place_is_our_own_limit(
    psp: StubPsp, make_reader: MakeReader, clock: SteeredClock
) -> None:
    psp.will(hangs())
    narrow = LocalBudget(rate=None, at_once=1, clock=clock)
    reader = make_reader(
        psp.url, budget=narrow, timeouts=ReaderTimeouts(connect=1, read=1, call=1, slot=0.05)
    )

    async with narrow.in_flight():
        failure = await failure_of(reader)

    assert failure.kind is ReadFailureKind.OWN_LIMIT
    assert not failure.kind.is_psps_fault
    assert psp.asked == []


async def test_a_budget_that_cannot_be_asked_is_our_own_limit(
    psp: StubPsp, make_reader: MakeReader, clock: SteeredClock
) -> None:
    class LeaseLost(LocalBudget):
        async def take(self, n: int = 1) -> None:
            raise BudgetUnavailable(f"no lease for {n}")

    reader = make_reader(psp.url, budget=LeaseLost(rate=None, at_once=1, clock=clock))

    assert (await failure_of(reader)).kind is ReadFailureKind.OWN_LIMIT
    assert psp.asked == []


async def test_a_long_wait_that_the_psp_asked_for_is_not_sat_out(
    psp: StubPsp, reader: PspReader, budget: LocalBudget, clock: SteeredClock
) -> None:
    budget.penalise(START + timedelta(hours=1))

    failure = await failure_of(reader)

    assert (failure.kind, failure.retry_after) == (ReadFailureKind.RATE_LIMITED, 3600.0)
    assert clock.slept == []
    assert psp.asked == []
