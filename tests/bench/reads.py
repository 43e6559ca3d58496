"""Reads: the core's reading of a backlog, beside a serial loop of the same reader and bare aiohttp."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import URL

from reconcile_tui.core.clock import SystemClock
from reconcile_tui.core.findings import Finding, FindingClass, LocalOrder, PaymentId
from reconcile_tui.core.money import Money
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp_states import PaymentSeen, ReadHow
from reconcile_tui.core.reads import PspReads
from reconcile_tui.core.reconciler import never_stop
from reconcile_tui.core.statuses import OrderStatus
from reconcile_tui.core.store.store import Store
from reconcile_tui.demo.psp.generated import generated_payment
from tests.bench import bare
from tests.bench.core_under_test import a_reader
from tests.bench.effort import Effort, measured
from tests.bench.figures import Result, figure, ratios
from tests.bench.psp_process import running_psp
from tests.bench.scale import AT_ONCE, LATENCY_MS, Scale

_WARM_UP = 200


async def measure_reads(scale: Scale) -> AsyncIterator[Result]:
    """Rounds of serial, core and bare reads, each against a fresh PSP."""
    core: list[Effort] = []
    serial: list[Effort] = []
    plain: list[Effort] = []
    await core_reads(_WARM_UP)
    await _bare(_WARM_UP)
    for _ in range(scale.rounds):
        core.append(await core_reads(scale.backlog))
        plain.append(await _bare(scale.backlog))
        serial.append(await _serial(scale.serial))
    speed = [effort.rows_a_second for effort in core]
    plain_speed = [effort.rows_a_second for effort in plain]
    serial_speed = [effort.rows_a_second for effort in serial]
    yield figure("reads", "", "core", speed, "rows/s")
    yield figure("reads", "", "bare aiohttp", plain_speed, "rows/s")
    yield figure("reads", "", f"serial loop of {scale.serial}", serial_speed, "rows/s")
    yield figure("reads", "", "core / serial", ratios(speed, serial_speed), "times", aim=40)
    yield figure("reads", "", "core / bare", ratios(speed, plain_speed), "times")
    yield figure("reads", "", "processor, core", [effort.cpu_ms_a_row for effort in core], "ms/row")
    yield figure("reads", "", "processor, bare", [effort.cpu_ms_a_row for effort in plain], "ms/row")


def findings(rows: int) -> list[Finding]:
    """The generated backlog as a sweep would find it."""
    since = datetime.now(UTC) - timedelta(hours=2)
    return [_finding(n, since) for n in range(rows)]


async def core_reads(rows: int, *, rate: float | None = None) -> Effort:
    """The core's reading of `rows` rows.

    Raises:
        RuntimeError: not every payment was read.
    """
    store = Store.at(URL.create("sqlite", database=":memory:"))
    stuck = findings(rows)
    async with running_psp(rows, latency_ms=LATENCY_MS) as psp, a_reader(psp.url, rate=rate) as reader:
        reads = PspReads(reader, store.orphan_facts, SystemClock())
        with measured(rows) as effort:
            reading = await reads.read_all(
                stuck,
                how=ReadHow.FORCED,
                policy=Policy(reads_at_once=AT_ONCE),
                should_stop=never_stop,
                tell_read=lambda _finding, _state: None,
            )
    if sum(isinstance(state, PaymentSeen) for state in reading.states.values()) != rows:
        raise RuntimeError(f"not every payment was read: {reading.tripped}")
    return effort


async def _serial(rows: int) -> Effort:
    read = 0
    async with running_psp(rows, latency_ms=LATENCY_MS) as psp, a_reader(psp.url) as reader:
        with measured(rows) as effort:
            for n in range(rows):
                payment_id = PaymentId(generated_payment(n).payment_id)
                read += isinstance(await reader.payment(payment_id, how=ReadHow.FORCED), PaymentSeen)
    if read != rows:
        raise RuntimeError(f"{read} of {rows} payments were read")
    return effort


async def _bare(rows: int) -> Effort:
    ids = [generated_payment(n).payment_id for n in range(rows)]
    async with running_psp(rows, latency_ms=LATENCY_MS) as psp:
        with measured(rows) as effort:
            await bare.read_all(psp.url, ids)
    return effort


def _finding(n: int, since: datetime) -> Finding:
    it = generated_payment(n)
    order = LocalOrder(
        row_id=f"o-{n:08d}",
        status=OrderStatus.PENDING,
        payment_id=PaymentId(it.payment_id),
        money=Money(it.amount, it.currency),
        pending_since=since,
    )
    return Finding(row=order, cls=FindingClass.STUCK_ORDER, age=timedelta(hours=2))
