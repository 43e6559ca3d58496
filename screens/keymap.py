"""The keymap: other keys for actions, by action name, from the settings; checked before it is used."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from textual.binding import Binding, InvalidBinding

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.screens.actions import CHANGES

_NAVIGATION: Final = frozenset(
    (
        *("enter", "tab", "shift+tab", "escape", "space", "backspace"),
        *("up", "down", "left", "right", "pageup", "pagedown", "home", "end"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedKeymap:
    """What of a keymap may be used, and why the rest may not, a sentence each."""

    keys: Mapping[str, str]
    problems: tuple[str, ...]


def checked_keymap(wanted: Mapping[str, str], bindings: Iterable[Binding]) -> CheckedKeymap:
    """A keymap against the bindings that have an id: the action's name.

    An action that changes rows stays off enter, navigation and ctrl keys; a key that another action of these
    has is refused, unless that one moves too.
    """
    known = {binding.id: binding.key for binding in bindings if binding.id is not None}
    keys: dict[str, str] = {}
    problems: list[str] = []
    for name, written in wanted.items():
        why_not = _why_not(name, written, known, wanted)
        if why_not is None:
            keys[name] = written.strip()
        else:
            problems.append(why_not)
    return CheckedKeymap(keys=keys, problems=tuple(problems))


def _why_not(name: str, written: str, known: Mapping[str, str], wanted: Mapping[str, str]) -> str | None:
    said = harmless(name, limit=40)
    if name not in known:
        close = get_close_matches(name, known, n=1)
        return f"no action is called {said}{f' (did you mean {close[0]}?)' if close else ''}"
    try:
        keys = [each.key for each in Binding.make_bindings([Binding(written, name)])]
    except InvalidBinding:
        return f"{said} has no key"
    if not written.isprintable() or not all(map(_is_key, keys)):
        return f"{said}: {harmless(written, limit=20)} is no key"
    if name in CHANGES and any(map(_is_careless, keys)):
        return f"{said} changes rows: it stays off enter, the arrows and ctrl keys"
    taken = next((other for other, key in known.items() if key in keys and other not in wanted), None)
    if taken is not None and taken != name:
        return f"{said}: {harmless(written, limit=20)} is the key of {taken}; give that one another"
    return None


def _is_key(key: str) -> bool:
    """Whether this can be the name of a key: f1, ctrl+s, question_mark, é."""
    return key.replace("+", "").replace("_", "").isalnum()


def _is_careless(key: str) -> bool:
    """Whether this key is pressed without a thought of writing."""
    return key in _NAVIGATION or key.startswith("ctrl+")
