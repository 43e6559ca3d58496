"""Rate: how much of a configured rate towards the PSP a drain makes use of."""

from collections.abc import AsyncIterator

from tests.bench.figures import Result, figure
from tests.bench.heals import core_round
from tests.bench.reads import core_reads
from tests.bench.scale import Scale
from tests.bench.shops import BACKENDS, Shops


async def measure_rate(scale: Scale, shops: Shops) -> AsyncIterator[Result]:
    """Reads alone, then drains, at `scale.rate` requests a second."""
    what = f"of {scale.rate:g}/s"
    reads = [(await core_reads(scale.rated, rate=scale.rate)).rows_a_second for _ in range(scale.rounds)]
    yield figure("rate", "", f"reads, {what}", [speed / scale.rate for speed in reads], "times", aim=0.95)
    for backend in BACKENDS:
        drains = [
            (await core_round(shops, backend, scale.rated, rate=scale.rate)).rows_a_second
            for _ in range(scale.rounds)
        ]
        shares = [speed / scale.rate for speed in drains]
        yield figure("rate", backend, f"drain, {what}", shares, "times", aim=0.95)
