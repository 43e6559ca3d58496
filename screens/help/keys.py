"""The keys of a screen, grouped by what has them; made from the bindings, so that help cannot lie."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from textual.binding import ActiveBinding, Binding

from reconcile_tui.screens.actions import CHANGES


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLine:
    """A line of help.

    Attributes:
        keys: as they are written for people.
        name: the action's name for the keymap; None where it has none.
        changes: whether it leads to a change, after a question.
        enabled: whether it can be used just now.
    """

    keys: tuple[str, ...]
    description: str
    name: str | None
    changes: bool
    enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGroup:
    """The keys of one place: the focused list, the screen, everywhere."""

    heading: str
    lines: tuple[KeyLine, ...]


def key_groups(
    bindings: Iterable[ActiveBinding], *, display: Callable[[Binding], str]
) -> tuple[KeyGroup, ...]:
    """The bindings that say what they do, in their order, one line an action."""
    groups: dict[str, dict[str, KeyLine]] = {}
    for active in bindings:
        binding = active.binding
        if binding.system or not binding.description:
            continue
        lines = groups.setdefault(_heading(active), {})
        before = lines.get(binding.action)
        name = binding.action.partition("(")[0].rpartition(".")[2]
        lines[binding.action] = KeyLine(
            keys=tuple(dict.fromkeys((*(before.keys if before else ()), display(binding)))),
            description=_TOOLKITS_WORDS.get(binding.action) or binding.tooltip or binding.description,
            name=binding.id or (before.name if before else None),
            changes=name in CHANGES,
            enabled=active.enabled,
        )
    return tuple(
        KeyGroup(heading=heading, lines=tuple(sorted(groups[heading].values(), key=_is_the_toolkits)))
        for heading in _HEADINGS
        if heading in groups
    )


_TOOLKITS_WORDS: Final = {
    "app.focus_next": "To the next field or list",
    "app.focus_previous": "To the field or list before",
}
"""Of its actions that are named for who writes programs."""

_HEADINGS = ("This screen", "Where the cursor is", "Everywhere")


def _heading(active: ActiveBinding) -> str:
    node = active.node
    if node is node.app:
        return "Everywhere"
    return "This screen" if node is node.screen else "Where the cursor is"


def _is_the_toolkits(line: KeyLine) -> bool:
    """Whether a key comes with every program of this kind: scrolling, going to the next field."""
    return line.name is None
