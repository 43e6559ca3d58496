"""`python -m tests.bench.ui [--quick] [--json FILE]`: what the dashboard costs, as ratios of the same run.

The triage screen over 100,000 stuck rows, read from SQLite again and again, with a batch of 500 running,
against a bare table of the line API; the program's first paint against an empty application's; memory.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import URL, insert

from reconcile_tui.core.store.backends import DatabaseLimits
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.schema import migrate
from reconcile_tui.core.store.tables import checks
from reconcile_tui.demo.psp.generated import generated_payment
from reconcile_tui.demo.shop import create_shop, orders
from tests.bench.figures import Figure, figure, machine, ratios, table
from tests.bench.psp_process import running_psp
from tests.bench.ui_process import ROWS

_CHUNK = 5_000
_BEGAN = datetime.now(UTC)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and say whether every aim was met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ui", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round instead of three")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    options = parser.parse_args(arguments)
    here = machine()
    with TemporaryDirectory(prefix="reconcile-bench-ui-") as folder:
        database = Path(folder) / "shop.sqlite3"
        asyncio.run(_fill(database))
        figures = [*_first_paint(3 if options.quick else 9)]
        figures += asyncio.run(_keys(1 if options.quick else 3, database))
    sys.stdout.write(f"{table(figures)}\n\n{here}\n")
    if options.json:
        record = {"machine": here, "results": [each.record() for each in figures]}
        options.json.write_text(json.dumps(record, indent=1) + "\n")
    return 1 if any(each.met is False for each in figures) else 0


def _first_paint(rounds: int) -> list[Figure]:
    sides: dict[str, list[float]] = {"paint-empty": [], "paint-program": [], "paint-screen": []}
    for each in sides:
        _first_paint_of(each)
    for _ in range(rounds):
        for side, seconds in sides.items():
            seconds.append(_first_paint_of(side))
    empty, program, screen = sides.values()
    return [
        figure("ui", "140x45", "first paint, an empty application", [s * 1e3 for s in empty], "ms"),
        figure("ui", "140x45", "first paint, the program", [s * 1e3 for s in program], "ms"),
        figure("ui", "140x45", "first paint, ratio", ratios(program, empty), "x", aim=1.5, at_most=True),
        figure("ui", "140x45", "the first screen's paint, ratio", ratios(screen, empty), "x"),
    ]


def _first_paint_of(side: str) -> float:
    began = time.monotonic()
    return float(_run(side)) - began


async def _keys(rounds: int, database: Path) -> list[Figure]:
    bare, triage = [], []
    async with running_psp(ROWS, latency_ms=20) as psp:
        for _ in range(rounds):
            bare.append(_run("keys-bare"))
            triage.append(_run("keys-triage", str(database), psp.url))
    where = f"{ROWS:,} rows"
    lines = []
    for name, at in (("p50", 50), ("p99", 99)):
        of = [_percentile(each["seconds"], at) * 1e3 for each in triage]
        to = [_percentile(each["seconds"], at) * 1e3 for each in bare]
        lines += [
            figure("ui", where, f"key to paint, bare table, {name}", to, "ms"),
            figure(
                "ui",
                where,
                f"key to paint, triage, {name}",
                of,
                "ms",
                aim=50 if at == 99 else None,
                at_most=True,
            ),
            figure(
                "ui",
                where,
                f"key to paint, ratio, {name}",
                ratios(of, to),
                "x",
                aim=2 if at == 99 else None,
                at_most=True,
            ),
        ]
    held = [each["memory"] for each in triage]
    read_in = [each["read_in"] for each in triage]
    rows = median(each["rows"] for each in triage)
    healed = [each["healed"] for each in triage]
    return [
        *lines,
        figure(
            "ui", where, "memory", held, "MB", aim=250, at_most=True, note=f"with {rows:,.0f} rows listed"
        ),
        figure("ui", where, "until the whole list was read", read_in, "s"),
        figure("ui", where, "rows healed meanwhile", healed, "rows"),
    ]


def _percentile(seconds: Sequence[float], at: int) -> float:
    return quantiles(seconds, n=100)[at - 1]


def _run(side: str, *arguments: str) -> Any:
    command = [sys.executable, "-m", "tests.bench.ui_process", side, *arguments]
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=600)
    return json.loads(ran.stdout.splitlines()[-1])


async def _fill(path: Path) -> None:
    """Orders that hang, three in four of them read before."""
    database = Database(
        URL.create("sqlite", database=str(path)), limits=DatabaseLimits(statement=timedelta(hours=1))
    )
    try:
        await create_shop(database)
        await migrate(database)
        for start in range(0, ROWS, _CHUNK):
            numbers = range(start, start + _CHUNK)

            async def unit(connection: Any, numbers: range = numbers) -> None:
                await connection.execute(insert(orders), [_order(n) for n in numbers])
                await connection.execute(insert(checks), [_check(n) for n in numbers if n % 4])

            await database.write(unit)
    finally:
        await database.close()


def _order(n: int) -> dict[str, object]:
    it, since = generated_payment(n), _BEGAN - timedelta(hours=1, seconds=n)
    return {
        "id": f"order-{n:08d}",
        "status": "pending",
        "payment_id": it.payment_id,
        "amount": it.amount,
        "currency": it.currency,
        "customer_email": f"customer-{n}@example.com",
        "created_at": since,
        "updated_at": since,
    }


def _check(n: int) -> dict[str, object]:
    it, read_at = generated_payment(n), _BEGAN - timedelta(seconds=n % 3_600)
    return {
        "kind": "order",
        "row_id": f"order-{n:08d}",
        "psp_id": it.payment_id,
        "reads": 1 + n % 5,
        "failures": 0,
        "opens": 1,
        "last_read_at": read_at,
        "next_due": _BEGAN + timedelta(minutes=n % 60),
        "psp_status": "processing",
        "psp_read_at": read_at,
        "connector": it.connector,
        "decision": "still_pending",
        "detail": "processor",
        "watch_until": None,
        "failed_by_us": False,
        "version": 1,
    }


if __name__ == "__main__":
    sys.exit(main())
