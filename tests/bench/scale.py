"""How large a run is: the whole one, and a quick one of a minute or two."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Sizes of one run.

    Attributes:
        backlog: stuck orders to read and to heal.
        serial: rows of the serial loop, which is stated per row.
        bare_on_sqlite: rows of the bare heals on SQLite, each of which waits for the disk twice.
        rounds: how often each side is measured, in turn.
        rated: stuck orders healed under a rate.
        rate: requests a second there.
        memory: sizes of backlogs whose memory is compared.
        due: sizes of the orders table that the due query is asked of.
        repeats: how often each query is asked.
    """

    backlog: int
    serial: int
    bare_on_sqlite: int
    rounds: int
    rated: int
    rate: float
    memory: tuple[int, ...]
    due: tuple[int, ...]
    repeats: int


LATENCY_MS = 50
AT_ONCE = 64
BATCH = 200

WHOLE = Scale(
    backlog=10_000,
    serial=300,
    bare_on_sqlite=1_000,
    rounds=3,
    rated=3_000,
    rate=200,
    memory=(2_500, 10_000, 40_000),
    due=(1_000_000, 5_000_000),
    repeats=25,
)
QUICK = Scale(
    backlog=1_500,
    serial=60,
    bare_on_sqlite=300,
    rounds=2,
    rated=1_000,
    rate=200,
    memory=(500, 1_500, 3_000),
    due=(200_000,),
    repeats=9,
)
