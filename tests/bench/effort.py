"""Effort: the seconds, processor seconds and memory that a piece of work took in this process."""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil


@dataclass(slots=True, kw_only=True)
class Effort:
    """What a piece of work took; filled in when it has ended.

    Attributes:
        rows: how many rows it was about.
        seconds: wall time.
        cpu: seconds of processor time, user and system, of this process.
        wal: bytes of write-ahead log, where the database tells.
    """

    rows: int
    seconds: float = 0.0
    cpu: float = 0.0
    wal: int = 0

    @property
    def rows_a_second(self) -> float:
        return self.rows / self.seconds

    @property
    def cpu_ms_a_row(self) -> float:
        return self.cpu / self.rows * 1000

    @property
    def wal_kb_a_row(self) -> float:
        return self.wal / self.rows / 1000


@contextmanager
def measured(rows: int) -> Iterator[Effort]:
    """Measure what the context does."""
    effort = Effort(rows=rows)
    began, cpu_began = time.perf_counter(), time.process_time()
    try:
        yield effort
    finally:
        effort.seconds = time.perf_counter() - began
        effort.cpu = time.process_time() - cpu_began


def memory_mb() -> float:
    """What this process holds in memory now, in MB."""
    return float(psutil.Process().memory_info().rss) / 1e6


def peak_memory_mb() -> float:
    """The most this process ever held, in MB. The kernel counts in KiB; macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
