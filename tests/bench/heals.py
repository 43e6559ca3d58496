"""Heals: a drain of the whole backlog, beside a bare read plus two commits a row."""

from collections.abc import AsyncIterator

from reconcile_tui.demo.psp.generated import generated_payment
from tests.bench import bare
from tests.bench.core_under_test import drain
from tests.bench.effort import Effort, measured
from tests.bench.figures import Result, figure, ratios
from tests.bench.psp_process import running_psp
from tests.bench.scale import LATENCY_MS, Scale
from tests.bench.shops import BACKENDS, Shops, wal_position

_WARM_UP = 100


async def measure_heals(scale: Scale, shops: Shops) -> AsyncIterator[Result]:
    """Rounds of core and bare, each on a fresh copy of the shop and against a fresh PSP."""
    for backend in BACKENDS:
        bare_rows = scale.bare_on_sqlite if backend == "sqlite" else scale.backlog
        core: list[Effort] = []
        plain: list[Effort] = []
        await core_round(shops, backend, _WARM_UP)
        await _bare_round(shops, backend, _WARM_UP)
        for _ in range(scale.rounds):
            core.append(await core_round(shops, backend, scale.backlog))
            plain.append(await _bare_round(shops, backend, bare_rows))
        speed = [effort.rows_a_second for effort in core]
        plain_speed = [effort.rows_a_second for effort in plain]
        cpu = [effort.cpu_ms_a_row for effort in core]
        plain_cpu = [effort.cpu_ms_a_row for effort in plain]
        yield figure("heals", backend, f"core, {scale.backlog:,}", speed, "rows/s")
        yield figure("heals", backend, f"bare read + 2 commits, {bare_rows:,}", plain_speed, "rows/s")
        yield figure("heals", backend, "core / bare", ratios(speed, plain_speed), "times", aim=1.2)
        yield figure("heals", backend, "processor, core", cpu, "ms/row")
        yield figure("heals", backend, "processor, bare", plain_cpu, "ms/row")
        processor = ratios(cpu, plain_cpu)
        yield figure("heals", backend, "processor, core / bare", processor, "times", aim=1.0, at_most=True)
        if backend == "postgresql":
            wal, plain_wal = ([e.wal_kb_a_row for e in efforts] for efforts in (core, plain))
            yield figure("heals", backend, "WAL, core", wal, "kB/row", aim=3.5, at_most=True)
            yield figure("heals", backend, "WAL, bare", plain_wal, "kB/row")


async def core_round(shops: Shops, backend: str, rows: int, *, rate: float | None = None) -> Effort:
    """A drain of `rows` rows by the core.

    Raises:
        RuntimeError: not every row was healed.
    """
    async with (
        shops.with_backlog(backend, rows) as url,
        running_psp(rows, latency_ms=LATENCY_MS) as psp,
    ):
        before = wal_position(url)
        with measured(rows) as effort:
            healed = await drain(url, psp.url, rate=rate)
        effort.wal = wal_position(url) - before
    if healed.fixed != rows:
        raise RuntimeError(f"{healed.fixed} of {rows} rows were healed: {healed.outcomes}")
    return effort


async def _bare_round(shops: Shops, backend: str, rows: int) -> Effort:
    wanted = [(f"o-{n:08d}", generated_payment(n).payment_id) for n in range(rows)]
    async with (
        shops.with_backlog(backend, rows) as url,
        running_psp(rows, latency_ms=LATENCY_MS) as psp,
    ):
        before = wal_position(url)
        with measured(rows) as effort:
            await bare.heal_all(url, psp.url, wanted)
        effort.wal = wal_position(url) - before
    return effort
