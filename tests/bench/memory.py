"""Memory: what a drain holds at its peak, for backlogs of growing size, each in a process of its own.

`python -m tests.bench.memory DATABASE_URL PSP_URL` is that process: it heals, and says what it took.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass

from sqlalchemy import make_url

from tests.bench.core_under_test import drain
from tests.bench.effort import measured, memory_mb, peak_memory_mb
from tests.bench.figures import Result, figure
from tests.bench.psp_process import running_psp
from tests.bench.scale import LATENCY_MS, Scale
from tests.bench.shops import BACKENDS, Shops


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """What a process said after its drain; MB and seconds."""

    fixed: int
    before: float
    peak: float
    seconds: float
    cpu: float


async def measure_memory(scale: Scale, shops: Shops) -> AsyncIterator[Result]:
    """Peak memory beyond what a process holds before it begins, and the growth over the sizes."""
    for backend in BACKENDS:
        grown: list[float] = []
        for rows in scale.memory:
            it = await _in_a_process(shops, backend, rows)
            grown.append(it.peak - it.before)
            note = f"(processor {it.cpu / rows * 1000:.2f} ms/row, {rows / it.seconds:.0f} rows/s)"
            yield figure("memory", backend, f"peak growth, {rows:,} rows", [grown[-1]], "MB", note=note)
        slope = (grown[-1] - grown[0]) * 1000 / (scale.memory[-1] - scale.memory[0])
        yield figure("memory", backend, "for each further row", [slope], "kB/row", aim=0.2, at_most=True)


async def _in_a_process(shops: Shops, backend: str, rows: int) -> Drained:
    async with (
        shops.with_backlog(backend, rows) as url,
        running_psp(rows, latency_ms=LATENCY_MS) as psp,
    ):
        address = url.render_as_string(hide_password=False)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.memory", address, psp.url, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"the drain of {rows} rows ended with {process.returncode}")
    drained = Drained(**json.loads(output))
    if drained.fixed != rows:
        raise RuntimeError(f"{drained.fixed} of {rows} rows were healed")
    return drained


async def _drained(url: str, psp_url: str) -> Drained:
    before = memory_mb()
    with measured(1) as effort:
        healed = await drain(make_url(url), psp_url)
    return Drained(
        fixed=healed.fixed, before=before, peak=peak_memory_mb(), seconds=effort.seconds, cpu=effort.cpu
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(asyncio.run(_drained(*sys.argv[1:])))))
