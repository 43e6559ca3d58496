"""A stub PSP, a steered clock, and readers that are closed when their test is over."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from pydantic import SecretStr

from reconcile_tui.core.psp.hyperswitch import HyperswitchReader
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.psp.wire import ReaderTimeouts
from tests.integration.psp.stub import KEY, StubPsp, stub_psp
from tests.unit.psp.steered_clock import SteeredClock

QUICK = ReaderTimeouts(connect=1.0, read=1.0, call=2.0, slot=5.0)

MakeReader = Callable[..., HyperswitchReader]


@pytest.fixture
def clock() -> SteeredClock:
    return SteeredClock()


@pytest.fixture
def budget(clock: SteeredClock) -> LocalBudget:
    return LocalBudget(rate=None, at_once=8, clock=clock)


@pytest.fixture
async def psp() -> AsyncIterator[StubPsp]:
    async with stub_psp() as stub:
        yield stub


@pytest.fixture
async def make_reader(clock: SteeredClock, budget: LocalBudget) -> AsyncIterator[MakeReader]:
    """Builds readers; anything the constructor takes can be named."""
    async with AsyncExitStack() as opened:

        def make(base_url: str, **other: Any) -> HyperswitchReader:
            settings: dict[str, Any] = {
                "api_key": SecretStr(KEY),
                "budget": budget,
                "clock": clock,
                "timeouts": QUICK,
                "jitter": lambda: 0.0,
            }
            reader = HyperswitchReader(base_url=base_url, **{**settings, **other})
            opened.push_async_callback(reader.aclose)
            return reader

        yield make


@pytest.fixture
def reader(make_reader: MakeReader, psp: StubPsp) -> HyperswitchReader:
    return make_reader(psp.url)
