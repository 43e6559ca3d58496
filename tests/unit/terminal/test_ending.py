"""The end of a dashboard, whatever its event loop is at when the signal comes."""

import asyncio
import signal

import pytest

from reconcile_tui.terminal.ending import Ending

KEYS = 5_000
"""More than the socket holds by which threads wake an event loop."""


class Dashboard:
    """What a signal ends."""

    def __init__(self) -> None:
        self.left: list[int] = []

    def leave(self, code: int) -> None:
        self.left.append(code)

    def restore_terminal(self) -> None:
        raise AssertionError("nothing is to be torn down")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_behind_a_burst_of_keys_is_not_lost(number: signal.Signals) -> None:
    dashboard = Dashboard()
    ending = Ending(tell=lambda _: None)
    loop = asyncio.get_running_loop()
    with ending.listening(dashboard):
        for _ in range(KEYS):
            loop.call_soon_threadsafe(lambda: None)
        signal.raise_signal(number)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        assert dashboard.left == [128 + number]
    assert ending.exit_code == 128 + number
