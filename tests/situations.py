"""Builders of situations: what daemons, ticks and the backlog look like to `core.health`, all well at first.

Every default agrees with every other: a test names what is wrong and nothing else.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.health import Limits, Situation
from reconcile_tui.core.money import Money
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.standing import Standing
from reconcile_tui.core.store.attention import AttentionTally
from reconcile_tui.core.store.controls import Pause
from reconcile_tui.core.store.daemons import Daemon, DaemonState
from reconcile_tui.core.store.findings import Backlog
from reconcile_tui.core.store.runs import Run
from reconcile_tui.core.tick_trouble import TickTrouble
from tests.builders import NOW, ago, span

LIMITS = Limits(silent_after=timedelta(minutes=1), backlog=50)


def a_daemon(
    holder: str = "shop-1:4711:abcdefabcdef",
    *,
    state: DaemonState = DaemonState.WAITING,
    heard: str = "4s",
    next_tick: str | None = "48m",
    overdue: str | None = None,
    mode: Mode = Mode.HEAL,
    last_error: TickTrouble | str | None = None,
) -> Daemon:
    """A daemon that was heard of that long ago; its next tick is to come, or `overdue` for that long."""
    coming = NOW - span(overdue) if overdue else NOW + span(next_tick) if next_tick else None
    return Daemon(
        holder=holder,
        state=state,
        mode=mode,
        dispatch="http",
        version="0.1.0",
        interval=timedelta(hours=1),
        started_at=ago("3d"),
        heartbeat_at=ago(heard),
        next_tick_at=coming if state is DaemonState.WAITING else None,
        last_error=TickTrouble.decoded(last_error) if isinstance(last_error, str) else last_error,
    )


def a_run(
    run_id: int = 1,
    *,
    began: str = "12m",
    took: str | None = "4s",
    heard: str | None = None,
    holder: str | None = "shop-1:4711:abcdefabcdef",
    actor: str = "daemon",
    mode: Mode = Mode.HEAL,
    counts: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> Run:
    """A tick that began that long ago; `took=None`: it did not end, and was `heard` of that long ago."""
    ended = ago(began) + span(took) if took else None
    return Run(
        run_id=run_id,
        started_at=ago(began),
        heartbeat_at=ended or ago(heard or began),
        finished_at=ended,
        actor=actor,
        mode=mode,
        counts={"decision.sync": 3, "outcome.fixed": 3} if counts is None else counts,
        error=error,
        holder=holder,
    )


def a_pause(connector: str | None = None, *, until: str | None = None, since: str = "3h") -> Pause:
    """A pause by bob."""
    return Pause(
        connector=connector,
        reason="the release is under way",
        actor="bob",
        set_at=ago(since),
        until=NOW + span(until) if until else None,
    )


def a_backlog(rows: int = 0, *, minor: int = 4200, oldest: str = "2h14m") -> Backlog:
    """That many stuck rows, each of 42.00 EUR."""
    money = (Money(rows * minor, "EUR"),) if rows else ()
    return Backlog(rows=rows, money=money, oldest=ago(oldest) if rows else None)


def a_standing(
    *,
    orders: int = 0,
    refunds: int = 0,
    orphans: int = 0,
    customer: int = 0,
    attention: int = 0,
    acknowledged: int = 0,
) -> Standing:
    """That many rows of each class; `acknowledged` of those that need a person."""
    money = (Money(attention * 4200, "EUR"),) if attention else ()
    return Standing(
        at=NOW,
        orders=a_backlog(orders),
        customer=a_backlog(customer),
        refunds=a_backlog(refunds),
        orphans=a_backlog(orphans),
        attention=AttentionTally(
            open={Reason.AMOUNT_MISMATCH: attention} if attention else {},
            acknowledged=acknowledged,
            money=money,
            money_of_final=(),
            oldest=ago("3h") if attention > acknowledged else None,
        ),
    )


def a_situation(**what: Any) -> Situation:
    """A daemon that waits for its next tick after a good one, and nothing stuck."""
    well: dict[str, Any] = {
        "at": NOW,
        "daemons": (a_daemon(),),
        "runs": (a_run(),),
        "pauses": (),
        "blocked_until": None,
        "standing": a_standing(),
        "limits": LIMITS,
    }
    return Situation(**(well | what))
