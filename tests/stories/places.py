"""Every screen and state in which somebody can press a key, and the way there from the lists.

async with standing_in(place, world) as pilot:
    await pilot.press("enter")
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from reconcile_tui.app import ReconcileApp
from reconcile_tui.core.filter import EVERYTHING
from reconcile_tui.demo import shop
from reconcile_tui.screens.confirm.screen import ConfirmScreen
from reconcile_tui.screens.desk.lists import Tab
from reconcile_tui.screens.exporting.prompt import ExportPrompt
from reconcile_tui.screens.help.screen import HelpScreen
from reconcile_tui.screens.history.record_screen import RecordScreen
from reconcile_tui.screens.history.view import HistoryView
from reconcile_tui.screens.incident.screen import IncidentScreen
from reconcile_tui.screens.live.live import Change
from reconcile_tui.screens.progress.screen import BatchScreen
from reconcile_tui.screens.prompts.acknowledge import AcknowledgePrompt
from reconcile_tui.screens.prompts.open_row import OpenRowPrompt
from reconcile_tui.screens.prompts.pause import PausePrompt
from reconcile_tui.screens.quit.screen import QuitScreen
from reconcile_tui.screens.receipt.screen import ReceiptScreen
from reconcile_tui.screens.rehearsal.cards import Briefing
from reconcile_tui.screens.shown_text import ShownText
from reconcile_tui.screens.triage.column_chooser import ColumnChooser
from reconcile_tui.screens.triage.happenings_screen import HappeningsScreen
from reconcile_tui.screens.triage.row_panel.panel import RowPanel
from reconcile_tui.screens.triage.screen import TriageScreen
from tests.builders import span
from tests.dashboards import SMALL, app_of, desk_of, opened_dashboard, until
from tests.stories.batches import asked, over, said
from tests.stories.held import Gate, HeldWork, held_desk
from tests.world import World, ref

Way = Callable[[Pilot[int]], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A screen in one of its states.

    Attributes:
        way: leads there from the lists, and can be gone again after any key was pressed there.
        keys: those that can do something here, where some cannot because there is too little to see.
        reads: whether a key may ask the PSP, as what is chosen in a palette may.
    """

    name: str
    shown: type[Screen[Any]]
    way: Way
    keys: tuple[str, ...] = ()
    reads: bool = False


@dataclass(frozen=True, kw_only=True)
class Session:
    """One dashboard, and the places to go to in it.

    Attributes:
        held: what waits until the session is over, so that a state lasts.
        rehearses: whether it begins with the card of a rehearsal.
    """

    name: str
    places: tuple[Place, ...]
    held: Literal["reads", "deliveries"] | None = None
    rehearses: bool = False

    def __str__(self) -> str:
        return self.name


@asynccontextmanager
async def opened(
    session: Session, world: World, *, size: tuple[int, int] = SMALL
) -> AsyncIterator[Pilot[int]]:
    """The dashboard of a session, over a world of everything."""
    gate = Gate()
    desk = desk_of(world)
    if session.held == "reads":
        desk = held_desk(world, reads=gate, ids="pay_o-3")
    elif session.held == "deliveries":
        desk = held_desk(world, deliveries=gate)
    if session.rehearses:
        desk = replace(desk, rehearsal=NeverWon())
    async with opened_dashboard(world, size=size, desk=desk, toasts=True) as pilot:
        try:
            yield pilot
        finally:
            gate.open()


async def arrive(pilot: Pilot[int], place: Place) -> None:
    """Go there, from wherever some key led to."""
    app = app_of(pilot)
    if place.shown is not Briefing:
        await back_to(pilot, next(screen for screen in app.screen_stack if isinstance(screen, TriageScreen)))
    await place.way(pilot)
    await until(pilot, lambda: isinstance(app.screen, place.shown))
    await at_rest(pilot)


async def back_to(pilot: Pilot[int], screen: Screen[Any]) -> None:
    """Close what some key opened over this screen."""
    app = app_of(pilot)
    while app.screen is not screen:
        if not app.screen.is_modal:
            await app.pop_screen()
            continue
        over_it = app.screen
        await pilot.press("escape")
        if app.screen is over_it:
            await app.pop_screen()


async def at_rest(pilot: Pilot[int]) -> None:
    """Nothing is under way that would change what is seen, but for what a test holds."""
    app = app_of(pilot)

    def is_at_rest() -> bool:
        under_way = (worker for worker in app.workers if worker.group != "headline")
        return not app.live.is_looking and all(worker.is_finished for worker in under_way)

    await app.errands.ended()
    await until(pilot, is_at_rest)


class NeverWon:
    """A rehearsal that goes on."""

    reported = "Support: customers paid, and their orders still say pending."

    async def rows(self) -> tuple[()]:
        return ()


async def a_shop_with_everything(world: World) -> None:
    """Rows in every list, more than a page; a record of every kind; an acknowledgement and a pause."""
    now = world.clock.now()
    await world.order("o-closer", stuck_for="4h", psp="succeeded", amount_received=1)
    await world.order("o-healed", stuck_for="4h", psp="succeeded")
    await world.order("o-sent", stuck_for="4h", psp="succeeded")
    await world.tick()
    await world.change(shop.orders, "o-sent", status="pending")
    for item in await world.store.attention.open_items(limit=10):
        await world.store.attention.acknowledge(item, actor="bob", reason="asked", now=now, until=None)
    await world.insert_many(shop.orders, [dict(_order(world, number)) for number in range(40)])
    for number in range(12):
        await world.store.controls.pause(actor="bob", reason=f"{number}", now=now, connector="moon")
    await world.store.controls.pause(actor="bob", reason="wrong amounts", now=now, connector="moon")
    await world.sync(*(f"o-{number}" for number in range(6, 20)))
    await world.order("o-waits", stuck_for="3h", psp="requires_customer_action")
    await world.order("o-twin", stuck_for="3h", payment_id="pay_o-3")
    await world.paid_order("o-paid")
    await world.refund("r-1", of="o-paid", psp="succeeded", amount=100)
    await world.orphan("r-2", of="o-paid", amount=100)


def _order(world: World, number: int) -> Iterator[tuple[str, Any]]:
    """An order that is stuck, with its payment."""
    at, payment_id = world.clock.now() - span(f"{200 - number}m"), f"pay_o-{number}"
    world.book.payment(payment_id, status="succeeded", amount=4200, currency="EUR", created=at)
    yield from {"id": f"o-{number}", "status": "pending", "payment_id": payment_id}.items()
    yield from {"amount": 4200, "currency": "EUR", "created_at": at, "updated_at": at}.items()


# The ways.


async def _lists(pilot: Pilot[int]) -> None:
    """The first list as it came, the cursor in the middle."""
    app = app_of(pilot)
    screen, roster = app.screen, app.live.rosters[Tab.ORDERS]
    assert isinstance(screen, TriageScreen)
    if screen.query_one("#body").has_class("-reading"):
        screen.action_enlarge()
    await pilot.press("1")
    roster.clear_marks()
    roster.anchor = None
    await roster.arrange(wanted=EVERYTHING)
    await until(pilot, lambda: app.live.tab is Tab.ORDERS and bool(roster.visible))
    screen.rows.bar.display = False
    screen.table.focus()
    roster.move_to(roster.index_of(ref("o-5")) or 0)
    screen.rows.show()
    await pilot.pause()


async def _figures_grow_older(pilot: Pilot[int]) -> None:
    """What was read is older, and what is read now will be another."""
    app = app_of(pilot)
    app.clock.advance(span("7s"))  # type: ignore[attr-defined]
    app.changed.publish(Change.LOOKS)
    await pilot.pause()


def _pressed(*keys: str, then: Callable[[Pilot[int]], bool] = lambda _: True) -> Way:
    async def way(pilot: Pilot[int]) -> None:
        await _lists(pilot)
        for key in keys:
            await pilot.press(key)
        await until(pilot, lambda: then(pilot))

    return way


async def _marked(pilot: Pilot[int]) -> None:
    await _lists(pilot)
    await at_rest(pilot)
    await pilot.press("space", "space", "v", "j")
    await _figures_grow_older(pilot)


async def _exporting(pilot: Pilot[int]) -> None:
    await _marked(pilot)
    await pilot.press("e")


async def _incident(pilot: Pilot[int]) -> None:
    await _pressed("i", then=_has_gathered)(pilot)
    await at_rest(pilot)
    await pilot.press("j", "pagedown")
    await _figures_grow_older(pilot)


async def _row_in_full(pilot: Pilot[int]) -> None:
    await _lists(pilot)
    await at_rest(pilot)
    await _figures_grow_older(pilot)
    panel = pilot.app.screen.query_one(RowPanel)
    await pilot.press("enter")
    await until(pilot, lambda: panel.known is not None and panel.known.history is not None)
    await pilot.press("pagedown", "up")


async def _attention(pilot: Pilot[int]) -> None:
    app = app_of(pilot)
    await _lists(pilot)
    await pilot.press("4")
    await until(pilot, lambda: app.live.tab is Tab.ATTENTION and bool(app.live.rosters[app.live.tab].visible))
    await pilot.press("g")


async def _acknowledging(pilot: Pilot[int]) -> None:
    await _attention(pilot)
    await pilot.press("a")


async def _history(pilot: Pilot[int]) -> None:
    app = app_of(pilot)
    await pilot.press("1", "6")
    await until(pilot, lambda: bool(app.screen.query(HistoryView)))
    view = app.screen.query_one(HistoryView)
    await until(pilot, lambda: view.reading.started)
    while view.check_action("all", ()):
        view.action_all()
    if "steps" in str(view.query_one("#heading", Static).content):
        view.action_steps()
    view.records.focus()
    await at_rest(pilot)
    await pilot.press("g", "j", "j")


async def _history_filtered(pilot: Pilot[int]) -> None:
    await _history(pilot)
    await pilot.press("slash", "home", "ctrl+k", *"actor:bob", "enter")


async def _history_behind(pilot: Pilot[int]) -> None:
    """Somebody else did something since it was read."""
    await _history(pilot)
    app = app_of(pilot)
    assert app.desk is not None
    await app.desk.brakes.pause(reason="meanwhile", until=None, connector="mars")


async def _record(pilot: Pilot[int]) -> None:
    await _history(pilot)
    await pilot.press("x")
    await at_rest(pilot)
    await pilot.press("end", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, RecordScreen))
    await at_rest(pilot)
    await pilot.press("j")


async def _old_receipt(pilot: Pilot[int]) -> None:
    await _history(pilot)
    view = pilot.app.screen.query_one(HistoryView)
    await pilot.press("slash", "home", "ctrl+k", *"actor:alice", "enter")
    await at_rest(pilot)
    await until(pilot, lambda: len(view.reading) > 0)
    await pilot.press("end", "enter")


async def _planned(pilot: Pilot[int]) -> None:
    await _lists(pilot)
    await pilot.press("A")
    await pilot.press("S")
    await asked(pilot)
    await _figures_grow_older(pilot)
    await pilot.press("down", "down", "1")
    await pilot.pause(0.15)


async def _dry_run(pilot: Pilot[int]) -> None:
    await _lists(pilot)
    await pilot.press("A")
    await pilot.press("d")
    await asked(pilot)
    await pilot.press("down", "down")


async def _reading(pilot: Pilot[int]) -> None:
    await _lists(pilot)
    await pilot.press("A")
    await pilot.press("S")
    await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
    await until(pilot, lambda: "Wait until" in said(pilot, "question"))
    await pilot.press("down", "down")


async def _reason(pilot: Pilot[int]) -> None:
    await _planned(pilot)
    await pilot.press("e")


async def _under_way(pilot: Pilot[int]) -> None:
    app = app_of(pilot)
    if app.batches.writing is None:
        await _lists(pilot)
        await pilot.press("s")
        await asked(pilot)
        await pilot.press("y")
        await until(pilot, lambda: _is_delivering(app))
    else:
        await pilot.press("b")
    await until(pilot, lambda: isinstance(app.screen, BatchScreen))


def _is_delivering(app: ReconcileApp) -> bool:
    """Whether a batch wrote down what it intends, and waits to deliver it."""
    work = app.desk.work if app.desk is not None else None
    return isinstance(work, HeldWork) and work.deliveries.waiting > 0


async def _receipt(pilot: Pilot[int]) -> None:
    """One row was fixed, one is left because its event had no effect, many because nobody agreed."""
    app = app_of(pilot)
    if app.batches.latest is None or not app.batches.latest.is_over:
        await _lists(pilot)
        for row in ("o-sent", "o-5"):
            await pilot.press("colon", *row, "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, TriageScreen))
            await at_rest(pilot)
            await pilot.press("space")
        await pilot.press("S")
        await asked(pilot)
        await pilot.press("2", "y")
    else:
        app.show_batch(app.batches.latest)
        await pilot.pause()
    await over(pilot)
    await pilot.press("down")


async def _quitting(pilot: Pilot[int]) -> None:
    await _under_way(pilot)
    await pilot.press("ctrl+q")


async def _twins(pilot: Pilot[int]) -> None:
    await _lists(pilot)
    await pilot.press("colon", *"pay_o-3", "enter")
    await at_rest(pilot)
    await pilot.press("down")


async def _pause_decided(pilot: Pilot[int]) -> None:
    await _lists(pilot)
    await pilot.press("p", "x", "enter", "enter", "enter")


async def _card(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, Briefing))


async def _text_by_hand(pilot: Pilot[int]) -> None:
    await _lists(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, TriageScreen)
    pilot.app.push_screen(ShownText("one\n" * 40, note="Select it here."))


def _has_gathered(pilot: Pilot[int]) -> bool:
    screen = pilot.app.screen
    return isinstance(screen, IncidentScreen) and screen.gathered is not None


_IN_FULL: Final = (
    *("enter", "escape", "up", "k", "down", "j", "home", "g", "end", "G", "pageup", "pagedown"),
    *("r", "y", "s", "question_mark"),
)
"""What is another key there than over the lists, and some that are not."""

_WHILE_READING: Final = (
    "escape",
    "x",
    "r",
    "y",
    "e",
    "1",
    "backspace",
    "up",
    "k",
    "down",
    "j",
    "home",
    "end",
)

SESSIONS: Final = (
    Session(
        name="lists",
        places=(
            Place(name="the lists", shown=TriageScreen, way=_marked),
            Place(name="the attention list", shown=TriageScreen, way=_attention, keys=("a", "s", "d", "e")),
            Place(name="a row in full", shown=TriageScreen, way=_row_in_full, keys=_IN_FULL),
            Place(name="the filter's line", shown=TriageScreen, way=_pressed("slash", "a", "left")),
            Place(name="the columns", shown=ColumnChooser, way=_pressed("c", "j")),
            Place(name="what happened", shown=HappeningsScreen, way=_pressed("E")),
        ),
    ),
    Session(
        name="prompts",
        places=(
            Place(name="opening a row", shown=OpenRowPrompt, way=_pressed("colon", "x")),
            Place(name="two rows with this id", shown=OpenRowPrompt, way=_twins),
            Place(name="the brake", shown=PausePrompt, way=_pressed("p", "x")),
            Place(name="the brake, decided", shown=PausePrompt, way=_pause_decided),
            Place(name="an acknowledgement", shown=AcknowledgePrompt, way=_acknowledging),
            Place(name="an export", shown=ExportPrompt, way=_exporting),
            Place(name="help", shown=HelpScreen, way=_pressed("question_mark")),
            Place(name="the palette", shown=CommandPalette, way=_pressed("ctrl+p"), reads=True),
            Place(name="a text to select", shown=ShownText, way=_text_by_hand),
        ),
    ),
    Session(
        name="records",
        places=(
            Place(name="the incident", shown=IncidentScreen, way=_incident),
            Place(name="the history", shown=TriageScreen, way=_history_behind),
            Place(
                name="the history, filtered",
                shown=TriageScreen,
                way=_history_filtered,
                keys=("escape", "x", "slash"),
            ),
            Place(name="a record", shown=RecordScreen, way=_record, keys=("escape", "q")),
            Place(
                name="an old receipt",
                shown=ReceiptScreen,
                way=_old_receipt,
                keys=("escape", "r", "y", "e", "down", "question_mark"),
            ),
        ),
    ),
    Session(
        name="plans",
        places=(
            Place(name="a whole plan", shown=ConfirmScreen, way=_planned),
            Place(name="a plan's reason", shown=ConfirmScreen, way=_reason),
            Place(name="a dry run", shown=ConfirmScreen, way=_dry_run),
            Place(name="a receipt", shown=BatchScreen, way=_receipt),
        ),
    ),
    Session(
        name="a plan that is read",
        places=(Place(name="a plan that is read", shown=ConfirmScreen, way=_reading, keys=_WHILE_READING),),
        held="reads",
    ),
    Session(
        name="a batch under way",
        places=(
            Place(name="a batch under way", shown=BatchScreen, way=_under_way, keys=("b", "q", "escape")),
            Place(name="the question before quitting", shown=QuitScreen, way=_quitting),
        ),
        held="deliveries",
    ),
    Session(
        name="a rehearsal",
        places=(Place(name="a rehearsal's card", shown=Briefing, way=_card),),
        rehearses=True,
    ),
)
