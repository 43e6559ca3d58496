"""What a process of these tests is told to do, as one line of JSON."""

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum


class Act(StrEnum):
    """What a process does."""

    TICK = "tick"
    SYNC = "sync"
    """An operator's: plan the rows, and apply the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A process to be.

    Attributes:
        holder: names it in leases.
        database, psp, api_key: where things are. `shop`: its endpoint; None: dispatch into the database.
        now: where its clock begins (UTC, ISO 8601).
        ticks: how often it acts, with `pause` seconds between on its clock.
        told: a file that it tells its points to.
        doomed: the point that it is killed at; None: it lives.
        orphans: how they may be settled where there is an endpoint.
        seconds: limits of its policy.
    """

    holder: str
    database: str
    psp: str
    api_key: str
    now: str
    told: str
    shop: str | None = None
    act: Act = Act.TICK
    phases: list[str]
    row_ids: list[str] = field(default_factory=list)
    ticks: int = 1
    pause: float = 0.0
    doomed: str | None = None
    orphans: str = "person"
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def line(self) -> str:
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def of(cls, line: str) -> "Order":
        known = json.loads(line)
        return cls(**known | {"act": Act(known["act"])})
