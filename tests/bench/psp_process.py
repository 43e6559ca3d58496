"""The simulated PSP in a process of its own, so that its work is not counted as ours."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any


@dataclass(kw_only=True)
class PspProcess:
    """A running PSP. `summary` is what it says when it has ended: requests and processor seconds."""

    url: str
    summary: dict[str, Any]


@asynccontextmanager
async def running_psp(payments: int, *, latency_ms: float) -> AsyncIterator[PspProcess]:
    """A PSP whose first `payments` payments succeeded without anybody having heard of it.

    Raises:
        RuntimeError: it did not start.
    """
    words = ["--payments", str(payments), "--latency-ms", str(latency_ms)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "reconcile_tui.demo.psp", *words, stdout=asyncio.subprocess.PIPE
    )
    if process.stdout is None:
        raise RuntimeError("the simulated PSP has no output")
    told = False
    try:
        url = (await process.stdout.readline()).decode().strip()
        if not url:
            raise RuntimeError("the simulated PSP did not start")
        running = PspProcess(url=url, summary={})
        yield running
        process.terminate()
        told = True
        running.summary |= json.loads(await process.stdout.readline())
    finally:
        if not told:
            with suppress(ProcessLookupError):
                process.terminate()
        await process.wait()
