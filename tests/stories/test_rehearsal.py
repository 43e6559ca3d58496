"""The rehearsal around the demo: a card before, a score after, and neither outside the demo."""

from collections.abc import Sequence
from dataclasses import replace

from textual.pilot import Pilot

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.money import Money
from reconcile_tui.core.statuses import Kind
from reconcile_tui.screens.desk.rehearsal import RehearsedRow
from reconcile_tui.screens.rehearsal.cards import Briefing, ScoreCard
from reconcile_tui.screens.triage.screen import TriageScreen
from tests.dashboards import SMALL, app_of, desk_of, opened_dashboard, read_again, until
from tests.world import World


class OneRow:
    """A made-up incident of one row."""

    reported = "Support: customers paid with Adyen [red]since[/red] 12:00 UTC."

    def __init__(self) -> None:
        self.is_healed = False

    async def rows(self) -> Sequence[RehearsedRow]:
        return [
            RehearsedRow(
                ref=RowRef(Kind.ORDER, "o-1"),
                money=Money(1299, "EUR"),
                is_open=not self.is_healed,
                can_heal=True,
                by_person=self.is_healed,
            )
        ]


def shown(pilot: Pilot[int]) -> str:
    return "\n".join(str(each.render()) for each in pilot.app.screen.query("#card Static"))


async def test_a_card_tells_what_was_reported_and_any_key_puts_it_away_and_does_nothing_else(
    world: World,
) -> None:
    await world.order("o-1", stuck_for="45m", psp="succeeded")
    desk = replace(desk_of(world), rehearsal=OneRow())
    async with opened_dashboard(world, desk=desk, size=SMALL) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, Briefing))
        assert "customers paid with Adyen [red]since[/red] 12:00 UTC." in shown(pilot)
        assert "Sync the row under the cursor" in shown(pilot)

        await pilot.press("q")

        await until(pilot, lambda: isinstance(pilot.app.screen, TriageScreen))
        assert pilot.app.is_running


async def test_when_the_backlog_is_healed_the_score_is_told_once(world: World) -> None:
    await world.order("o-1", stuck_for="45m", psp="succeeded")
    rehearsal = OneRow()
    desk = replace(desk_of(world), rehearsal=rehearsal)
    async with opened_dashboard(world, desk=desk) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, Briefing))
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, TriageScreen))
        await pilot.press("j", "k", "question_mark")
        rehearsal.is_healed = True
        await read_again(pilot)
        assert not isinstance(pilot.app.screen, ScoreCard), "not over another screen"
        await pilot.press("escape")
        await read_again(pilot)

        await until(pilot, lambda: isinstance(pilot.app.screen, ScoreCard))

        assert "with 3 keys: 12.99 EUR." in shown(pilot)
        await pilot.press("j")
        assert "with 3 keys" in shown(pilot), "a key that was meant for the lists leaves it there"
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, TriageScreen))
        await read_again(pilot)
        assert isinstance(pilot.app.screen, TriageScreen)


async def test_there_is_no_rehearsal_outside_the_demo(world: World) -> None:
    await world.order("o-1", stuck_for="45m", psp="succeeded")
    async with opened_dashboard(world) as pilot:
        assert app_of(pilot).desk is not None
        assert isinstance(pilot.app.screen, TriageScreen)
