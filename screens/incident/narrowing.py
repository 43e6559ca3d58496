"""From a bar into the lists: the filter that means its rows, put on each list that has some of them."""

from reconcile_tui.core.breakdown import Bar
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.lists import Tab


async def narrowed(app: Dashboard, bar: Bar) -> Tab | None:
    """Filter the lists for a bar's rows; the list that has most of them, None where no filter means them."""
    if bar.wanted is None or not bar.places:
        return None
    tabs = sorted((Tab(place) for place in bar.places), key=lambda tab: -bar.places[tab.value])
    dropped = 0
    for tab in tabs:
        dropped += await app.live.rosters[tab].arrange(wanted=bar.wanted)
    counts = " · ".join(f"{bar.places[tab.value]:,} in {tab.heading}" for tab in tabs)
    marks = f" Marks dropped, for their rows are not seen any more: {dropped:,}." if dropped else ""
    app.say(f"Filtered by {bar.wanted or 'nothing'}: {counts}.{marks}")
    return tabs[0]
