"""The movable clock: time passes when it is told to, and wakes whom it passes."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from reconcile_tui.demo.psp import MovableClock

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


async def test_sleepers_wake_when_their_moment_is_passed_and_not_before() -> None:
    clock = MovableClock(NOW)
    short, long = asyncio.create_task(clock.sleep(10)), asyncio.create_task(clock.sleep(20))
    await clock.until_slept_on(2)
    clock.advance(timedelta(seconds=10))
    await short
    assert not long.done()
    clock.advance(timedelta(seconds=10))
    await long
    assert (clock.now(), clock.monotonic()) == (NOW + timedelta(seconds=20), 20)


async def test_a_sleep_can_be_cancelled() -> None:
    clock = MovableClock(NOW)
    sleeper = asyncio.create_task(clock.sleep(10))
    await clock.until_slept_on()
    sleeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeper
    clock.advance(timedelta(seconds=10))


async def test_no_sleep_needs_no_moving() -> None:
    await MovableClock(NOW).sleep(0)


def test_it_does_not_go_back_and_starts_in_utc() -> None:
    with pytest.raises(ValueError, match="back"):
        MovableClock(NOW).advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="UTC"):
        MovableClock(NOW.replace(tzinfo=None))
