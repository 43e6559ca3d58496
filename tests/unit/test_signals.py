"""A signal that a wrapper passes on beside the one that everybody got is no second one."""

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta

import pytest

from reconcile_tui.cli.stop import Stop
from reconcile_tui.signals import Asked
from reconcile_tui.terminal.ending import Ending
from tests.clocks import SkippingClock


@pytest.fixture
def clock() -> SkippingClock:
    return SkippingClock(datetime(2026, 11, 30, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    ("signals", "is_second"),
    [
        ([("TERM", 0.0), ("TERM", 1.0)], False),
        ([("TERM", 0.0), ("TERM", 0.5), ("TERM", 0.5)], False),
        ([("TERM", 0.0), ("TERM", 0.6), ("TERM", 0.6)], True),
        ([("TERM", 0.0), ("TERM", 1.1)], True),
        ([("TERM", 0.0), ("INT", 0.1)], True),
        ([("INT", 0.0), ("TERM", 0.1)], True),
        ([("INT", 0.0), ("INT", 0.1)], True),
        ([("TERM", 0.0), ("HUP", 5.0)], False),
        ([("HUP", 0.0), ("TERM", 5.0)], False),
        ([("HUP", 0.0), ("TERM", 5.0), ("TERM", 0.5)], False),
    ],
)
def test_a_term_within_a_second_of_the_first_is_the_same(
    clock: SkippingClock, signals: list[tuple[str, float]], is_second: bool
) -> None:
    asked = Asked(clock.monotonic)
    answers = []
    for name, later in signals:
        clock.advance(timedelta(seconds=later))
        answers.append(asked.takes(signal.Signals[f"SIG{name}"]))

    assert answers[-1] is is_second
    assert not any(answers[:-1])
    assert asked.number is signal.Signals[f"SIG{signals[0][0]}"]


async def test_a_command_goes_on_ending_in_order(clock: SkippingClock) -> None:
    stop = Stop(lambda _: None, Asked(clock.monotonic))
    stop.ends_the_command()

    async def command() -> None:
        with stop.listening():
            await asyncio.Event().wait()

    task = asyncio.create_task(command())
    await _a_while()
    for _ in range(2):
        signal.raise_signal(signal.SIGTERM)
        await _a_while()
    assert (stop.requested(), task.done(), stop.exit_code) == (True, False, None)

    clock.advance(timedelta(seconds=2))
    signal.raise_signal(signal.SIGTERM)
    await asyncio.gather(task, return_exceptions=True)
    assert (task.cancelled(), stop.exit_code) == (True, 143)


async def test_a_dashboard_goes_on_ending_in_order(
    clock: SkippingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[str] = []

    class Dashboard:
        def leave(self, code: int) -> None:
            left.append(f"left with {code}")

        def restore_terminal(self) -> None:
            left.append("restored")

    monkeypatch.setattr(os, "_exit", lambda code: left.append(f"cut off with {code}"))
    ending = Ending(tell=lambda _: None, asked=Asked(clock.monotonic))
    with ending.listening(Dashboard()):
        for _ in range(2):
            signal.raise_signal(signal.SIGTERM)
            await _a_while()
        assert left == ["left with 143", "left with 143"]

        clock.advance(timedelta(seconds=2))
        signal.raise_signal(signal.SIGTERM)
        await _a_while()

    assert left[2:] == ["restored", "cut off with 143"]


async def _a_while() -> None:
    for _ in range(5):
        await asyncio.sleep(0)
