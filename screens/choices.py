"""Choices: what somebody chose of how the screens look, which stays."""

from dataclasses import dataclass, field, replace
from typing import Protocol

from reconcile_tui.screens.desk.lists import Tab


@dataclass(frozen=True, slots=True, kw_only=True)
class TabChoice:
    """How one tab looks. None, or nothing: nobody chose.

    Attributes:
        columns: their names, in their order.
        sorted_by: a column's name.
    """

    columns: tuple[str, ...] = ()
    sorted_by: str | None = None
    is_reversed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Everything that was chosen."""

    theme: str | None = None
    tabs: dict[Tab, TabChoice] = field(default_factory=dict)

    def tab(self, tab: Tab) -> TabChoice:
        """How a tab is to look."""
        return self.tabs.get(tab, TabChoice())

    def with_tab(self, tab: Tab, choice: TabChoice) -> "Chosen":
        """The same with another look of one tab."""
        return replace(self, tabs=self.tabs | {tab: choice})


class Choices(Protocol):
    """What is remembered. Neither of the two ever fails: trouble is told by `keep`, once."""

    @property
    def chosen(self) -> Chosen:
        """What was chosen last. Names may be of columns or themes that are no more."""
        ...

    async def keep(self, chosen: Chosen) -> str | None:
        """Remember this.

        Returns:
            A sentence for people where it could not be written, the first time.
        """
        ...

    def trouble(self) -> str | None:
        """A sentence for people where what was remembered could not be read; asked once."""
        ...


class ForgottenChoices:
    """Choices that last as long as the program."""

    def __init__(self) -> None:
        self.chosen = Chosen()

    async def keep(self, chosen: Chosen) -> str | None:
        self.chosen = chosen
        return None

    def trouble(self) -> str | None:
        return None
