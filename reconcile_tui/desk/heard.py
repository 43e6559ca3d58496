"""What the core tells, handed to whoever waits for the rows of one plan."""

from collections.abc import Iterator
from contextlib import contextmanager

from reconcile_tui.core.tellings import RowConcluded, Telling
from reconcile_tui.screens.desk.work import OnConcluded


class Heard:
    """A listener that knows who watches which plan."""

    def __init__(self) -> None:
        self._watched: dict[str, OnConcluded] = {}

    def __call__(self, telling: Telling) -> None:
        if isinstance(telling, RowConcluded) and telling.plan_id in self._watched:
            self._watched[telling.plan_id](telling.planned, telling.result)

    @contextmanager
    def watched(self, plan_id: str, on_concluded: OnConcluded) -> Iterator[None]:
        """Within: `on_concluded` is told of each row of this plan."""
        self._watched[plan_id] = on_concluded
        try:
            yield
        finally:
            del self._watched[plan_id]
