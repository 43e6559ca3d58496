"""A world whose every text is hostile: what some renderer or terminal takes for more than text.

rows = await nasty_world(world)
...
assert_harmless(app)
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection
from textual.app import App
from textual.strip import Strip
from textual.widget import Widget

from reconcile_tui.core.decisions import Reason
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.policy import Actor, ActorKind, Mode
from reconcile_tui.core.store.attention import AttentionChange, write_attention
from tests.world import World, ref

CLICK: Final = "[@click=app.quit]quit[/]"
RED: Final = "[red]red[/red]"
LINK: Final = "[link=https://evil.example]pay[/link]"
ANSI: Final = "\x1b[31mred\x1b[2J"
OSC: Final = "\x1b]8;;https://evil.example\x07here\x1b]8;;\x07\x1b]52;c;cGF5\x07"
BIDI: Final = "\u202eabc\u2066def\u200f"
UNSEEN: Final = "\u200b\u2060\ufeff\u3164"
LINES: Final = "one\ntwo\rthree\ttab"
MARKS: Final = "e" + "\u0301" * 12
WIDE: Final = "支払い失敗🧨"
LONG: Final = "10000 times " + "x" * 10_000
NASTY: Final = (CLICK + RED, LINK + ANSI, OSC + BIDI, UNSEEN + LINES + MARKS + WIDE, LONG)
NUL: Final = "\x00"

ACTS: Final = ("app.quit", "evil.example")
"""What no painted segment may carry as a link or an action."""


def nasty(text: str, *, of: World, limit: int = 10_000) -> str:
    """`text` with a null byte before it where the database takes one."""
    takes_nul = of.store.database.backend.name == "sqlite"
    return f"{NUL if takes_nul else ''}{text}"[:limit]


async def nasty_world(world: World) -> tuple[RowRef, ...]:
    """Fill the shop, the tool's tables and the PSP with hostile texts, in every tab; the rows in question."""
    refs: list[RowRef] = []
    for number, text in enumerate(NASTY):
        refs += await _rows(world, number, text)
    await world.order("o-currency", currency=RED[:3], psp="succeeded")
    await world.order("o-payment", payment_id=nasty(CLICK, of=world))
    await _read_once(world)
    await _attention(world, refs)
    await _paused_in_vain(world)
    return tuple(refs)


async def _rows(world: World, number: int, text: str) -> tuple[RowRef, ...]:
    """An order, a refund and an orphan with this text wherever there is room for one."""
    said = f"{NUL}{text}"
    order, paid, refund, orphan = (
        f"{kind}-{number} {nasty(text, of=world, limit=40)}" for kind in ("o", "o-paid", "r", "r-x")
    )
    status = ("succeeded", "failed", "requires_customer_action", "[blink]new[/]")[number % 4]
    facts: dict[str, Any] = {"connector": text[:200], "error_code": said[:200], "error_message": said}
    await world.order(order, stuck_for=f"{60 + number}m", payment_id=f"pay_{number}")
    world.book.payment(f"pay_{number}", status=status, amount=4200, cancellation_reason=text[:200], **facts)
    await world.order(paid, status="refund_pending", payment_id=f"pay_paid_{number}")
    world.book.payment(f"pay_paid_{number}", status="succeeded", amount=4200, connector=text[:200])
    await world.refund(refund, of=paid, refund_id=f"ref_{number}", amount=100)
    world.book.refund(
        f"ref_{number}", payment=f"pay_paid_{number}", status="failed", amount=100, error_message=said
    )
    world.book.refund(f"ref_{number}_{CLICK}", payment=f"pay_paid_{number}", amount=100)
    await world.orphan(orphan, of=paid, amount=100)
    return ref(order), ref(refund), ref(orphan)


async def _read_once(world: World) -> None:
    """The daemon looks, and changes nothing: the checks hold what the PSP said."""
    usual = world.policy
    world.set(mode=Mode.OBSERVE)
    await world.tick()
    world.policy = usual


async def _attention(world: World, refs: Sequence[RowRef]) -> None:
    """Every second row needs a person, and somebody acknowledged it in words of their own."""
    now = await world.store.database.now()

    async def unit(connection: AsyncConnection) -> None:
        changes = [
            AttentionChange(ref=each, reason=Reason.CONTRADICTION, facts={}, while_open=False)
            for each in refs[::2]
        ]
        await write_attention(connection, world.store.database.backend, changes, now=now)

    await world.store.database.write(unit)
    for item in await world.store.attention.open_items(limit=100, refs=refs):
        await world.store.attention.acknowledge(item, actor=CLICK, reason=f"{RED} {OSC}", now=now, until=None)


async def _paused_in_vain(world: World) -> None:
    """Everything is paused in hostile words, and somebody of a hostile name tried to sync all the same."""
    now = await world.store.database.now()
    await world.store.controls.pause(actor=CLICK, reason=f"{ANSI} {OSC} {LONG}", now=now, until=None)
    mallory = Actor(name=f"{RED}{BIDI}", kind=ActorKind.OPERATOR)
    reconciler = world.reconciler()
    plan = await world.plan("o-currency", "pay_0", "pay_1", actor=mallory, reconciler=reconciler)
    await reconciler.apply(replace(plan, reason=f"{LINK} {ANSI} {OSC}"))


def painted(app: App[Any]) -> str:
    """What the widgets of the screen in front paint, as text."""
    return "\n".join(strip.text for _, strip in _lines(app))


def assert_harmless(app: App[Any]) -> None:
    """What is painted is visible and printable, and no foreign text became a style, a link or an action.

    Raises:
        AssertionError: something did.
    """
    for widget, strip in _lines(app):
        for text, style, _ in strip:
            assert text.isprintable(), f"{widget}: {text!r} does not show as it is"
            if style is None:
                continue
            assert style.link is None, f"{widget}: {text!r} became a link to {style.link}"
            meta = repr(style.meta)
            assert not any(act in meta for act in ACTS), f"{widget}: {text!r} carries {meta}"


def _lines(app: App[Any]) -> Iterator[tuple[Widget, Strip]]:
    for widget in app.screen.walk_children(Widget):
        if widget.is_on_screen and widget.outer_size:
            for strip in widget.render_lines(widget.outer_size.region):
                yield widget, strip
