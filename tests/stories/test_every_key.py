"""Every key that is shown does something, on every screen; no careless key writes anything, on any."""

from collections.abc import AsyncIterator, Container, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import URL, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection
from textual.app import App
from textual.binding import ActiveBinding, Binding
from textual.dom import DOMNode
from textual.events import Key
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input, TextArea

from reconcile_tui.core.store.tables import checks
from reconcile_tui.screens.rehearsal.cards import Briefing
from tests.dashboards import app_of
from tests.stories.places import (
    SESSIONS,
    Place,
    Session,
    a_shop_with_everything,
    arrive,
    at_rest,
    back_to,
    opened,
)
from tests.world import World

OUR_OWN: Final = "reconcile_tui."

EVERY_SESSION: Final = pytest.mark.parametrize("session", SESSIONS, ids=str)


@pytest.fixture
async def everything(shop_url: URL, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[World]:
    """A shop with everything in it; files go to a folder of the test's own, copies to the terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("TMUX", "STY", "TERM_PROGRAM", "SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"):
        monkeypatch.delenv(name, raising=False)
    for field in (Input, TextArea):
        monkeypatch.setattr(field, "cursor_blink", False)
    async with World.at(shop_url) as world:
        await a_shop_with_everything(world)
        yield world


@EVERY_SESSION
async def test_every_key_that_is_shown_does_something(
    everything: World, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[str] = []
    monkeypatch.setattr(App, "exit", lambda *_args, **_facts: ends.append("ended"))

    async with opened(session, everything) as pilot:
        idle = [
            f"{place.name}: {binding.key} ({binding.description})"
            for place in session.places
            for binding in await keys_of(pilot, place)
            if not await does_something(pilot, place, binding, ends)
        ]

    assert not idle, "\n".join(idle)


@pytest.mark.parametrize(
    "session",
    [
        pytest.param(each, marks=pytest.mark.proof) if str(each) in ("records", "prompts") else each
        for each in SESSIONS
    ],
    ids=str,
)
async def test_no_careless_key_writes_anything(everything: World, session: Session) -> None:
    async with opened(session, everything) as pilot:
        for place in session.places:
            await press_carelessly(pilot, place, everything)


async def press_carelessly(pilot: Pilot[int], place: Place, world: World) -> None:
    """Press every careless key here, and here again where one led elsewhere.

    Raises:
        AssertionError: something was written.
    """
    no_matter = {checks.name} if place.reads else set[str]()
    await arrive(pilot, place)
    here, before = app_of(pilot).screen, await every_row(world, but=no_matter)
    bound = here.active_bindings
    press_at_once(pilot, (key for key in _UNBOUND if key not in bound))
    await pilot.pause()
    assert place.shown is Briefing or app_of(pilot).screen is here, (
        f"{place.name}: an unbound key led elsewhere"
    )
    for key in _CARELESS:
        await pilot.press(key)
        if app_of(pilot).screen is not here:
            await at_rest(pilot)
            assert await every_row(world, but=no_matter) == before, f"{place.name}: {key} wrote something"
            if place.shown is Briefing:
                return
            if here in app_of(pilot).screen_stack:
                await back_to(pilot, here)
            else:
                await arrive(pilot, place)
            here, before = app_of(pilot).screen, await every_row(world, but=no_matter)
    await at_rest(pilot)
    assert await every_row(world, but=no_matter) == before, f"{place.name}: something was written"


async def keys_of(pilot: Pilot[int], place: Place) -> list[Binding]:
    """What can be pressed at a place."""
    await arrive(pilot, place)
    return sorted(shown(pilot, place), key=ends_it)


def shown(pilot: Pilot[int], place: Place) -> list[Binding]:
    """What can be pressed here: what help tells of, and where there is none the screen's own keys."""
    app = app_of(pilot)
    bindings = app.screen.active_bindings.values()
    helped = any(active.binding.action == "help" for active in bindings) and not isinstance(
        app.focused, Input | TextArea
    )
    return [
        active.binding
        for active in bindings
        if active.enabled
        and active.binding.description
        and not active.binding.system
        and (helped or is_our_own(active))
        and active.binding.key in (place.keys or (active.binding.key,))
    ]


def is_our_own(active: ActiveBinding) -> bool:
    """Whether a binding is no toolkit's."""
    return any(
        binding.key == active.binding.key and binding.action == active.binding.action
        for owner in type(active.node).__mro__
        if owner.__module__.startswith(OUR_OWN) and issubclass(owner, DOMNode)
        for binding in Binding.make_bindings(owner.__dict__.get("BINDINGS", ()))
    )


def ends_it(binding: Binding) -> int:
    """What ends a batch or the program comes last."""
    name = binding.action.rpartition(".")[2]
    return _LAST.index(name) + 1 if name in _LAST else 0


async def does_something(pilot: Pilot[int], place: Place, binding: Binding, ends: list[str]) -> bool:
    """Whether a key changes what is seen: from where the key before it led to, from this place, or one on."""
    below = [screen for screen in app_of(pilot).screen_stack if isinstance(screen, place.shown)]
    if below:
        await back_to(pilot, below[0])
        if await is_seen(pilot, binding, ends):
            return True
    await arrive(pilot, place)
    if await is_seen(pilot, binding, ends):
        return True
    await pilot.press("down")
    return await is_seen(pilot, binding, ends)


async def is_seen(pilot: Pilot[int], binding: Binding, ends: list[str]) -> bool:
    """Press a key; whether anything is another than before, or the program ends."""
    if binding.action.startswith("show_tab"):
        await pilot.press("2" if binding.key == "1" else "1")
    await at_rest(pilot)
    before, ended = seen(pilot), len(ends)
    await pilot.press(binding.key)
    for _ in range(_LOOKS):
        if len(ends) > ended or seen(pilot) != before:
            return True
        await at_rest(pilot)
        await pilot.pause(0.02)
    return False


def seen(pilot: Pilot[int]) -> tuple[Any, list[Strip]]:
    """What is painted, on which screen."""
    screen = pilot.app.screen
    return screen, screen._compositor.render_strips()


_LOOKS: Final = 10
"""How often a key is waited for that scrolls only after the next paint."""

_LAST: Final = ("leave", "stop", "close", "quit")

_CHARACTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-,.;:!?@#/<>[]"
_UNBOUND: Final = (
    *(_character_to_key(character) for character in _CHARACTERS),
    *(f"f{number}" for number in range(1, 13)),
    *(f"ctrl+{letter}" for letter in "abdefghijklmnrstuvwxyz"),
    *(
        f"{modifier}+{key}"
        for modifier in ("ctrl", "alt", "shift")
        for key in ("up", "down", "enter", "s", "y")
    ),
)
_CARELESS: Final = (
    *("enter", "tab", "enter", "up", "down", "left", "right", "pageup", "pagedown", "home", "end"),
    *("shift+tab", "shift+tab", "enter", "backspace", "delete", "ctrl+p", "down", "ctrl+o", "ctrl+c"),
    *("ctrl+k", "ctrl+x", "ctrl+v", "escape"),
)


def press_at_once(pilot: Pilot[int], keys: Iterable[str]) -> None:
    """Press keys faster than anybody looks."""
    for key in keys:
        pilot.app.post_message(Key(key, key if len(key) == 1 else None))


async def every_row(world: World, *, but: Container[str]) -> Mapping[str, list[Any]]:
    """Every row of every table, the tool's own too.

    Args:
        but: names of tables that are left out.
    """

    async def unit(connection: AsyncConnection) -> Mapping[str, list[Any]]:
        names = (
            await connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        ).scalars()
        return {
            name: [tuple(row) for row in await connection.execute(select(text("*")).select_from(table(name)))]
            for name in names.all()
            if name not in but
        }

    return await world.store.database.read(unit)
