"""The incident in either database, at a moment that stands still."""

from reconcile_tui.demo.filling import fill
from reconcile_tui.demo.history import remember
from reconcile_tui.demo.incident import SEED, demo_rows
from tests.builders import NOW
from tests.integration.demo.healed import (
    decisions,
    disagreements,
    leaks,
    meant_decisions,
    meant_statuses,
    statuses,
)
from tests.world import World


async def test_every_row_is_decided_and_ends_as_it_was_meant(world: World) -> None:
    incident, database = demo_rows(SEED, NOW), world.store.database
    await fill(database, incident)
    await remember(world.store, incident.remembered)
    incident.write_book(world.book)
    incident.spoil(world.psp.faults)

    report = await world.tick(drain=True)

    assert decisions(report) == meant_decisions(incident)
    assert await statuses(database) == meant_statuses(incident)
    assert await disagreements(database, incident) == []
    assert await leaks(database, incident) == []
    assert world.psp.traffic.illegal == []
