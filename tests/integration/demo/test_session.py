"""The demo's session, and the reconciler over its incident: each row ends as its author meant it to."""

import stat
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.policy import Actor, ActorKind
from reconcile_tui.core.reconciler import Reconciler
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.store.webhook_log import Source
from reconcile_tui.core.transitions import Effect
from reconcile_tui.demo.filling import fill
from reconcile_tui.demo.session import DemoSession, demo_session
from tests.integration.demo.healed import (
    decisions,
    disagreements,
    leaks,
    meant_decisions,
    meant_statuses,
    own_tables,
    reconciler_of,
    statuses,
)

DAEMON = Actor(name="daemon", kind=ActorKind.DAEMON)


async def drain(reconciler: Reconciler, demo: DemoSession) -> Counter[str]:
    """One tick until nothing is due, and all real webhooks there; the outcomes."""
    report = await reconciler.run_once(DAEMON, drain=True)
    await demo.psp.webhooks_settled()
    return Counter(
        row.result.outcome.value for piece in report.slices if piece.receipt for row in piece.receipt.rows
    )


def content_of(folder: Path) -> list[tuple[Path, int]]:
    """What is in a folder, with its permissions."""
    return [(path, stat.S_IMODE(path.stat().st_mode)) for path in folder.iterdir()]


async def test_the_shop_lives_in_a_private_folder_that_is_gone_in_the_end(tmp_path: Path) -> None:
    async with demo_session(folder=tmp_path) as demo:
        [private] = content_of(tmp_path)
        assert private == (Path(demo.database_url.database or "").parent, 0o700)
    assert content_of(tmp_path) == []


async def test_the_folder_is_gone_after_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with demo_session(folder=tmp_path):
            raise ZeroDivisionError
    assert content_of(tmp_path) == []


async def test_two_sessions_at_once_are_two_shops() -> None:
    async with demo_session(seed=1) as one, demo_session(seed=2) as other:
        assert one.database_url != other.database_url
        assert one.base_url != other.base_url


async def test_the_key_is_in_no_repr() -> None:
    async with demo_session() as demo:
        assert demo.api_key.get_secret_value() == demo.psp.api_key
        assert demo.psp.api_key not in repr(demo)


@pytest.mark.parametrize("seed", [1402, 7])
async def test_every_row_is_decided_and_ends_as_it_was_meant(seed: int) -> None:
    async with demo_session(seed=seed, unkind=False) as demo, reconciler_of(demo) as reconciler:
        incident, database = demo.incident, reconciler.store.database

        report = await reconciler.run_once(DAEMON, drain=True)

        assert decisions(report) == meant_decisions(incident)
        assert await statuses(database) == meant_statuses(incident)
        assert await disagreements(database, incident) == []
        assert await leaks(database, incident) == []
        assert demo.psp.traffic.illegal == []


async def test_what_a_read_sets_off_goes_through_the_shops_own_handlers() -> None:
    async with demo_session(unkind=False) as demo, reconciler_of(demo) as reconciler:
        await drain(reconciler, demo)

        psp_ids = {row.ref: row.payment_id for row in demo.incident.orders}
        psp_ids |= {row.ref: row.refund_id for row in demo.incident.refunds}
        arrived: dict[str, int] = {}
        for meant in demo.incident.meant:
            if meant.by_webhook:
                logged = await reconciler.store.webhook_log.about([psp_ids[meant.ref] or ""])
                arrived[meant.way] = sum(it.source is Source.PSP for it in logged)
                effects = Counter(it.effect for it in logged)
                assert effects[Effect.APPLIED] == 1
                assert effects[Effect.AGREES] == len(logged) - 1
        assert arrived == {
            "paid; asking sets off the real webhook, which comes twice": 2,
            "paid; asking sets off the real webhook, which comes late": 1,
            "paid back; asking sets off the real webhook": 1,
        }


async def test_a_second_run_changes_nothing() -> None:
    async with demo_session(unkind=False) as demo, reconciler_of(demo) as reconciler:
        database = reconciler.store.database
        await drain(reconciler, demo)
        rows, kept = await statuses(database), await own_tables(database)

        outcomes = await drain(reconciler, demo)

        assert outcomes == {}
        assert await statuses(database) == rows
        after = await own_tables(database)
        for table in (
            "reconcile_journal",
            "reconcile_webhook_log",
            "reconcile_attention",
            "reconcile_leases",
        ):
            assert after[table] == kept[table]


async def test_an_unkind_psp_costs_one_row_a_tick_and_changes_no_end() -> None:
    async with demo_session() as demo, reconciler_of(demo) as reconciler:
        incident, database = demo.incident, reconciler.store.database
        await reconciler.run_once(DAEMON, drain=True)
        late = {row.ref for row in incident.orders if row.payment_id == demo.times_out}
        after_one = await statuses(database)
        assert {ref for ref, status in after_one.items() if status != meant_statuses(incident)[ref]} == late

        await reconciler.run_once(DAEMON, drain=True)
        await demo.psp.webhooks_settled()

        assert await statuses(database) == meant_statuses(incident)
        assert await disagreements(database, incident) == []
        assert await leaks(database, incident) == []
        assert demo.psp.traffic.illegal == []
        assert set(demo.psp.traffic.answers) >= {200, 400, 404, 423, 429, 500, 502, 503}


async def test_one_plain_tick_heals_what_can_be_healed() -> None:
    async with demo_session(unkind=False) as demo, reconciler_of(demo) as reconciler:
        report = await reconciler.run_once(DAEMON)

        assert set(decisions(report)) == set(meant_decisions(demo.incident))
        assert all(
            row.result.outcome in (Outcome.FIXED, Outcome.ALREADY_RESOLVED)
            for piece in report.slices
            if piece.receipt
            for row in piece.receipt.rows
        )


async def test_what_the_tool_did_before_can_be_read() -> None:
    async with demo_session() as demo:
        store = Store.at(demo.database_url)
        try:
            for past in demo.incident.remembered:
                steps = [entry.step for entry in await store.journal.history(past.ref)]
                assert steps == ["outcome", "applied", "intended"]
        finally:
            await store.close()


async def test_a_shop_is_filled_once_or_not_at_all() -> None:
    async with demo_session() as demo:
        store = Store.at(demo.database_url)
        try:
            before = await statuses(store.database)
            with pytest.raises(IntegrityError):
                await fill(store.database, demo.incident)
            assert await statuses(store.database) == before
        finally:
            await store.close()
