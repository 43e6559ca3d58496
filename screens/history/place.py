"""The history's place on the first screen: instead of the rows, while its tab is seen."""

from textual.screen import Screen
from textual.widget import Widget


def show_history(screen: Screen[None], *, body: Widget, shown: bool) -> None:
    """Show the history in the place of `body`, or `body` again. What was read of it stays."""
    from reconcile_tui.screens.history.view import HistoryView  # noqa: PLC0415 not for the first paint

    views = screen.query(HistoryView)
    body.display = not shown
    if not shown:
        views.set(display=False)
    elif views:
        views.set(display=True)
        views.first().action_reread()
        views.first().records.focus()
    else:
        screen.mount(HistoryView(), after=body)
