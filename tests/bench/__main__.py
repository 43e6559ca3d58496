"""`python -m tests.bench [reads heals rate memory due] [--quick] [--json FILE]`: what it all costs, measured.

Sides that are compared run in turn, in one run, and are stated as ratios of the same round.
"""

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from tests.bench.due import measure_due
from tests.bench.figures import Evidence, Figure, Result, machine, table
from tests.bench.heals import measure_heals
from tests.bench.memory import measure_memory
from tests.bench.rate import measure_rate
from tests.bench.reads import measure_reads
from tests.bench.scale import QUICK, WHOLE, Scale
from tests.bench.shops import Shops, open_shops

PARTS = ("reads", "heals", "rate", "memory", "due")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and say whether every aim was met."""
    options = _parser().parse_args(arguments)
    unknown = sorted(set(options.parts) - set(PARTS))
    if unknown:
        _parser().error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    here = machine()
    results = asyncio.run(_run(options.parts or PARTS, QUICK if options.quick else WHOLE))
    figures = [result for result in results if isinstance(result, Figure)]
    plans = _plans(results) if options.plans else ""
    sys.stdout.write(f"{plans}{table(figures)}\n\n{here}\n")
    if options.json:
        record = {"machine": here, "results": [result.record() for result in results]}
        options.json.write_text(json.dumps(record, indent=1) + "\n")
    return 1 if any(figure.met is False for figure in figures) else 0


async def _run(parts: Sequence[str], scale: Scale) -> list[Result]:
    results: list[Result] = []
    with contextlib.ExitStack() as stack:
        shops = stack.enter_context(open_shops()) if set(parts) != {"reads"} else None
        for part in parts:
            async for result in _part(part, scale, shops):
                results.append(result)
                _tell(result)
    return results


def _part(part: str, scale: Scale, shops: Shops | None) -> AsyncIterator[Result]:
    if part == "reads":
        return measure_reads(scale)
    if shops is None:
        raise ValueError(f"{part} needs databases")
    return {"heals": measure_heals, "rate": measure_rate, "memory": measure_memory, "due": measure_due}[part](
        scale, shops
    )


def _plans(results: Sequence[Result]) -> str:
    plans = [result for result in results if isinstance(result, Evidence)]
    return "".join(
        f"{plan.where}, {plan.what}:\n" + "".join(f"    {line}\n" for line in plan.lines) + "\n"
        for plan in plans
    )


def _tell(result: Result) -> None:
    """Say on stderr what is known already: a whole run takes long."""
    if isinstance(result, Figure):
        sys.stderr.write(table([result]).splitlines()[-1] + "\n")
        sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="a small run of a minute or two")
    parser.add_argument("--plans", action="store_true", help="print the databases' plans of the queries")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures and the plans there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
