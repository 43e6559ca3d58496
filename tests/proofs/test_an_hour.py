"""A daemon that runs for long holds no more than at its beginning: memory, tasks, connections, threads."""

import asyncio
import json
import sys
from typing import Any

import pytest
from sqlalchemy import URL

from tests.bench.psp_process import running_psp
from tests.proofs.conftest import Say
from tests.proofs.hour import ORDERS_A_TICK

SHOWN = ("ticks", "memory_mb", "tasks", "connections", "files", "threads")


async def held(url: URL, ticks: int) -> list[dict[str, Any]]:
    """What a daemon in a process of its own said that it holds, over so many ticks."""
    async with running_psp(ticks * ORDERS_A_TICK, latency_ms=0) as psp:
        address = url.render_as_string(hide_password=False)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.proofs.hour",
            address,
            psp.url,
            str(ticks),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return [json.loads(line) for line in out.splitlines()]


def is_flat(looks: list[dict[str, Any]], what: str, *, more: int) -> None:
    """From the second look on, at most so much more is held than then."""
    numbers = [look[what] for look in looks[1:]]
    assert max(numbers) - numbers[0] <= more, (what, numbers)


async def test_ticks_leave_no_tasks_and_no_connections_behind(database_url: URL) -> None:
    looks = await held(database_url, 20)

    assert looks[-1]["fixed"] == 20 * ORDERS_A_TICK
    is_flat(looks, "tasks", more=0)
    is_flat(looks, "connections", more=2)
    is_flat(looks, "files", more=2)
    is_flat(looks, "threads", more=0)


@pytest.mark.proof
@pytest.mark.timeout(3600)
async def test_an_hour_at_a_tick_a_second_holds_no_more_at_its_end(database_url: URL, say: Say) -> None:
    looks = await held(database_url, 3_600)

    say(f"{database_url.get_backend_name()}, {looks[-1]['fixed']:,} orders healed in 3,600 ticks")
    for look in looks:
        say(", ".join(f"{name} {look[name]}" for name in SHOWN))
    is_flat(looks, "memory_mb", more=4)
    is_flat(looks, "tasks", more=0)
    is_flat(looks, "connections", more=2)
    is_flat(looks, "files", more=2)
    is_flat(looks, "threads", more=0)
