"""The simulated Hyperswitch as its own process: `python -m reconcile_tui.demo.psp --payments 10000`.

Its first line of output is its URL. Stopped by SIGTERM or SIGINT, it writes one line of JSON: what it
was asked, and the seconds of processor time that it took.
"""

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Sequence

from reconcile_tui.demo.psp.book import Book
from reconcile_tui.demo.psp.chance import seeded
from reconcile_tui.demo.psp.faults import Faults, server_error
from reconcile_tui.demo.psp.generated import generate
from reconcile_tui.demo.psp.keys import API_KEY
from reconcile_tui.demo.psp.rate_limit import RateLimit
from reconcile_tui.demo.psp.server import Latency, SimulatedPsp


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop."""
    return asyncio.run(_serve(_parser().parse_args(arguments)))


async def _serve(options: argparse.Namespace) -> int:
    book = Book()
    generate(book, options.payments, status=options.status, known=options.known)
    rng = seeded(options.seed)
    faults = Faults(rng)
    if options.errors:
        faults.share(options.errors, server_error())
    psp = SimulatedPsp(
        book,
        faults=faults,
        latency=Latency(
            median=options.latency_ms / 1000,
            connector_median=options.connector_latency_ms / 1000,
            sigma=options.sigma,
        ),
        rate_limit=RateLimit(per_second=options.rate, burst=options.burst) if options.rate else None,
        api_key=options.api_key,
        rng=rng,
        port=options.port,
        prefix=options.prefix,
        keep=0,
    )
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with psp:
        _write(psp.url)
        await stop.wait()
    _write(json.dumps(_summary(psp)))
    return 0


def _summary(psp: SimulatedPsp) -> dict[str, object]:
    traffic = psp.traffic
    return {
        "requests": dict(traffic.counts),
        "forced": traffic.forced,
        "connector_calls": dict(traffic.connector_calls),
        "answers": {str(status): count for status, count in traffic.answers.items()},
        "illegal": [f"{asked.method} {asked.path}" for asked in traffic.illegal],
        "peak": traffic.peak,
        "cpu_seconds": round(time.process_time(), 3),
    }


def _write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reconcile_tui.demo.psp", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--prefix", default="", help="path under which the API stands")
    parser.add_argument("--payments", type=int, default=0, help="how many to generate")
    parser.add_argument("--status", default="succeeded", help="what they truly are")
    parser.add_argument("--known", default="processing", help="what is known of them until a forced read")
    parser.add_argument("--latency-ms", type=float, default=0, help="median of every read")
    parser.add_argument("--connector-latency-ms", type=float, default=0, help="on top, for forced reads")
    parser.add_argument("--sigma", type=float, default=0, help="log-normal spread of latencies")
    parser.add_argument("--rate", type=float, default=0, help="requests a second before 429; 0 is no limit")
    parser.add_argument("--burst", type=int, default=10, help="requests at one stroke under --rate")
    parser.add_argument("--errors", type=float, default=0, help="share of reads that end in a 500")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--api-key", default=API_KEY)
    return parser


if __name__ == "__main__":
    sys.exit(main())
