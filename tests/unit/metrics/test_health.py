"""Health: what `/healthz` and `/readyz` answer, and that they give nothing away."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reconcile_tui.core.store.daemons import DaemonState
from reconcile_tui.core.tick_trouble import TickTrouble, TroubleKind
from reconcile_tui.daemon.health import Health
from reconcile_tui.metrics.health import Verdict, liveness, readiness
from tests.builders import NOW

SWEEPING = Health(
    alive=True,
    ready=True,
    has_turn=True,
    state=DaemonState.SWEEPING,
    last_success_at=NOW,
    last_error=TickTrouble(
        kind=TroubleKind.DATABASE,
        detail="The database refused. postgresql://shop@db.internal/shop: a secret of the shop's",
    ),
)
LIMIT = timedelta(minutes=10)


def live(health: Health, silent_for: timedelta | None = None) -> Verdict:
    return liveness(health, silent_for=silent_for, limit=LIMIT)


@pytest.mark.parametrize("state", list(DaemonState))
def test_whatever_a_daemon_does_it_is_alive_while_it_runs(state: DaemonState) -> None:
    assert live(replace(SWEEPING, state=state)) == Verdict(well=True, words=f"alive: {state}")


def test_one_that_ends_in_order_is_alive_to_its_end_and_not_ready() -> None:
    stopping = replace(SWEEPING, ready=False, state=DaemonState.STOPPING)

    assert live(stopping).well
    assert readiness(stopping) == Verdict(well=False, words="not ready: stopping")


def test_one_that_does_not_run_is_neither() -> None:
    gone = replace(SWEEPING, alive=False, ready=False, state=DaemonState.STANDBY)

    assert live(gone) == Verdict(well=False, words="the daemon does not run")
    assert readiness(gone) == Verdict(well=False, words="not ready: the daemon does not run")


def test_a_tick_that_tells_nothing_for_too_long_is_taken_for_dead() -> None:
    assert live(SWEEPING, LIMIT).well

    assert live(SWEEPING, timedelta(minutes=12)) == Verdict(
        well=False, words="the tick has told nothing for 12 min"
    )


def test_a_database_that_is_away_costs_readiness_and_not_life() -> None:
    away = replace(SWEEPING, ready=False)

    assert live(away).well
    assert readiness(away) == Verdict(
        well=False, words="not ready: the database does not answer, or its tables do not fit"
    )


def test_standing_by_is_ready_and_the_role_is_told() -> None:
    assert readiness(SWEEPING).words == "sweeping: this daemon has the turn"
    standby = replace(SWEEPING, has_turn=False, state=DaemonState.STANDBY)
    assert readiness(standby) == Verdict(well=True, words="standby: another daemon has the turn")
