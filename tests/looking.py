"""Looking at the PSP in a test: every row of the list that is seen was looked at once."""

from textual.pilot import Pilot

from tests.dashboards import app_of, until


async def look_at_all(pilot: Pilot[int]) -> None:
    """Look at every row of the list that is seen."""
    app = app_of(pilot)
    assert app.desk is not None
    assert app.live.roster is not None
    look = await app.desk.looks.look(app.live.roster.visible)
    app.live.learn(look.rows, at=look.at)
    await until(pilot, lambda: not app.live.is_looking)
