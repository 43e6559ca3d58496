"""Figures: what was measured, with its spread, and how it is shown. Nothing here measures anything."""

import os
import platform
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the result.

    Attributes:
        unit: of `value`, `low` and `high` alike.
        value: the median of the rounds; `low` and `high` are their extremes.
        aim: the least (or, with `at_most`, the most) that is wanted; None where nothing is.
    """

    part: str
    where: str
    what: str
    value: float
    low: float
    high: float
    unit: str
    aim: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the median meets the aim; None without one."""
        if self.aim is None:
            return None
        return self.value <= self.aim if self.at_most else self.value >= self.aim

    def record(self) -> dict[str, object]:
        """The figure for machines."""
        return asdict(self) | {"met": self.met}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Something to be read rather than compared: a query's plan."""

    part: str
    where: str
    what: str
    lines: tuple[str, ...]

    def record(self) -> dict[str, object]:
        """The evidence for machines."""
        return asdict(self)


Result = Figure | Evidence


def figure(
    part: str,
    where: str,
    what: str,
    samples: Sequence[float],
    unit: str,
    *,
    aim: float | None = None,
    at_most: bool = False,
    note: str = "",
) -> Figure:
    """A figure of the rounds' samples."""
    return Figure(
        part=part,
        where=where,
        what=what,
        value=median(samples),
        low=min(samples),
        high=max(samples),
        unit=unit,
        aim=aim,
        at_most=at_most,
        note=note,
    )


def ratios(of: Sequence[float], to: Sequence[float]) -> list[float]:
    """Round by round, so that what slowed a whole round down slows both sides of it."""
    return [a / b for a, b in zip(of, to, strict=True)]


def machine() -> str:
    """What the figures were measured on, in a line."""
    return (
        f"{os.cpu_count()} cores ({_processor()}), {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" load {os.getloadavg()[0]:.1f} before the run"
    )


def table(figures: Iterable[Figure]) -> str:
    """The figures as text, one a line."""
    heads = ("part", "where", "what", "median", "min-max", "unit", "aim", "")
    rows = [heads, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _cells(it: Figure) -> tuple[str, ...]:
    aim = "" if it.aim is None else f"{'<=' if it.at_most else '>='} {_short(it.aim)}"
    verdict = {True: "met", False: "MISSED", None: ""}[it.met]
    spread = f"{_short(it.low)}-{_short(it.high)}"
    return (
        it.part,
        it.where,
        it.what,
        _short(it.value),
        spread,
        it.unit,
        aim,
        f"{verdict} {it.note}".strip(),
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
