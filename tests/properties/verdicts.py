"""Verdicts: what must hold after every happening, and what must hold once the town is quiet.

They look at the ledger, the tool's own tables and the PSP's book, through the oracle's eyes alone.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from tests.properties.ledger import Books, State
from tests.properties.oracle import (
    FINAL_PAYMENTS,
    NEEDS_A_PERSON,
    OPEN_TO_REFUNDS,
    SAYS,
    TARGETS,
    UNPAID,
    OtherRefund,
    agrees,
    order_after,
    own_change_is_legal,
)
from tests.properties.town import ORDER_AMOUNT, SPREAD, Town

WATCH = timedelta(hours=72)
MAX_AGE = timedelta(days=7)
ORPHAN_CAP = 5


def judge_step(town: Town, before: Books, after: Books, *, began: datetime, paused: set[str | None]) -> None:
    """What one happening did. `paused`: the pauses that were in force all along."""
    last = before.states[-1].seq if before.states else 0
    states = [state for state in after.states if state.seq > last]
    ours = [state for state in states if not state.by_shop]
    journal = after.journal[len(before.journal) :]
    webhooks = after.webhooks[len(before.webhooks) :]
    applied = [entry for entry in journal if entry.step == "applied"]
    for state in ours:
        assert own_change_is_legal(state.kind, state.old or "", state.new), f"{state} is no transition"
    _judge_sources(ours, applied, webhooks)
    for entry in applied:
        _judge_application(town, entry, after, began=began, paused=paused)
    _judge_orders_of_refunds(before, states, after)
    _judge_journal(town, after)
    illegal = town.world.psp.traffic.illegal
    assert not illegal, f"not a read: {illegal}"


def _judge_sources(ours: Iterable[State], applied: Iterable[Any], webhooks: Iterable[Any]) -> None:
    """Every change has its one event, and every event that says it was applied its one change."""
    changed = Counter(
        (s.row_id, s.new) for s in ours if s.old == "pending" and (s.kind == "order" or s.new != "pending")
    )
    told = Counter((e.row_id, TARGETS[e.event]) for e in applied if e.event in TARGETS)
    real = [w for w in webhooks if w.source == "psp" and w.effect == "applied"]
    told.update((w.row_id, TARGETS[w.event_type.replace("_", ".")]) for w in real)
    assert changed == told, f"changed {changed}, yet journal and webhook log say {told}"
    adopted = Counter(s.row_id for s in ours if s.kind == "refund" and s.new == "pending")
    said = Counter(e.row_id for e in applied if e.event == "orphan.adopted")
    assert adopted == said, f"adopted {adopted}, yet the journal says {said}"
    synthetic = Counter((w.row_id, w.event_type) for w in webhooks if w.source == "synthetic")
    sent = Counter((e.row_id, e.event.replace(".", "_")) for e in applied if e.event in SAYS)
    assert synthetic == sent, f"synthetic webhooks {synthetic}, yet applied {sent}"


def _judge_application(
    town: Town, entry: Any, after: Books, *, began: datetime, paused: set[str | None]
) -> None:
    """One event that the tool itself applied."""
    assert None not in paused, f"{entry.event} on {entry.row_id} while paused"
    book, lately = town.world.book, began - SPREAD
    if entry.kind == "order":
        payment = book.payments[entry.psp_id].constants
        row = after.orders[entry.row_id]
        assert (row.amount, row.currency) == (payment.amount, payment.currency), (
            f"{entry.row_id}: not its money"
        )
        short = entry.psp_id in town.short and entry.event == "payment.succeeded"
        assert not short, f"{entry.row_id} completed, and less was received"
        assert payment.connector not in paused, f"{entry.row_id} while {payment.connector} is paused"
        assert town.said_lately(entry.psp_id, SAYS[entry.event], lately), (
            f"{entry.row_id}: {entry.event} is old"
        )
        return
    row = after.refunds[entry.row_id]
    order = after.orders[row.order_id]
    listed = [
        r
        for r in book.refunds_of(order.payment_id)
        if r.constants.listed_at <= lately and r.created <= lately
    ]
    claimed = {r.hyperswitch_refund_id for r in after.refunds.values() if r.id != entry.row_id}
    if entry.event == "orphan.failed":
        unclaimed = [r.constants.refund_id for r in listed if r.constants.refund_id not in claimed]
        assert not unclaimed, f"{entry.row_id} failed, and {unclaimed} may be its refund"
        return
    refund = book.refunds[row.hyperswitch_refund_id].constants
    assert (row.amount, order.currency) == (refund.amount, refund.currency), f"{entry.row_id}: not its money"
    assert refund.connector not in paused, f"{entry.row_id} while {refund.connector} is paused"
    if entry.event == "orphan.adopted":
        assert refund.refund_id not in claimed, f"{refund.refund_id} adopted twice"
        assert refund.payment_id == order.payment_id, f"{entry.row_id}: a refund of another payment"
        names = {(refund.metadata or {}).get("shop_refund_id"), refund.refund_id} & set(after.refunds)
        assert names <= {entry.row_id}, f"{entry.row_id} adopted the refund of {names}"
        return
    assert town.said_lately(entry.psp_id, SAYS[entry.event], lately), f"{entry.row_id}: {entry.event} is old"


def _judge_orders_of_refunds(before: Books, states: Iterable[State], after: Books) -> None:
    """A refund's end moves its order as the table says."""
    orders = {name: row.status for name, row in before.orders.items()}
    refunds = {name: row.status for name, row in before.refunds.items()}
    touched = set()
    for state in states:
        if state.kind == "order":
            if state.by_shop or state.old == "pending":
                orders[state.row_id] = state.new
            continue
        refunds[state.row_id] = state.new
        if state.by_shop or state.new == "pending":
            continue
        row = after.refunds[state.row_id]
        others = [
            OtherRefund(status=refunds[name], amount=other.amount)
            for name, other in after.refunds.items()
            if other.order_id == row.order_id and name != state.row_id and name in refunds
        ]
        was = orders[row.order_id]
        becomes = order_after(
            state.new, amount=row.amount, order=was, order_amount=ORDER_AMOUNT, others=others
        )
        assert becomes is not None, f"{state.row_id} {state.new}, with its order {was} and {others}"
        orders[row.order_id] = becomes
        touched.add(row.order_id)
    for name in touched:
        assert after.orders[name].status == orders[name], (
            f"{name} is {after.orders[name].status} where its refunds make it {orders[name]}"
        )


def _judge_journal(town: Town, books: Books) -> None:
    """Once each, in order, and true."""
    journal = books.journal
    events = Counter((e.kind, e.row_id, e.psp_id, e.event, e.attempt) for e in journal if e.step == "applied")
    assert all(count == 1 for count in events.values()), f"applied twice: {events}"
    for entry in journal:
        if entry.step == "intended" and entry.attempt > 1:
            assert entry.row_id in town.sent_again, f"{entry.row_id}: attempt {entry.attempt} by itself"
    _open_intents(journal)
    had = {(s.row_id, s.new) for s in books.states}
    held = {(s.row_id, s.psp_id) for s in books.states}
    for entry in journal:
        if entry.outcome == "fixed" and entry.event in TARGETS:
            assert (entry.row_id, TARGETS[entry.event]) in had, f"{entry.row_id} was never {entry.event}"
        elif entry.outcome == "fixed":
            assert any(row_id == entry.row_id and psp_id for row_id, psp_id in held), f"{entry.row_id}: no id"
    ids = Counter(w.event_id for w in books.webhooks if w.source == "synthetic")
    assert all(count == 1 for count in ids.values()), f"an event id was sent twice: {ids}"


def _open_intents(journal: Iterable[Any]) -> set[int]:
    """The intents that have no end yet. One that is taken over from the dead is open already; whoever ends
    it is the only one who does."""
    open_ones: set[int] = set()
    for entry in journal:
        if entry.step in ("intended", "resumed"):
            open_ones.add(entry.intent_id or entry.id)
        elif entry.step == "outcome" and entry.intent_id and entry.outcome not in ("settling", "in_doubt"):
            assert entry.intent_id in open_ones, f"two outcomes: {entry}"
            open_ones.remove(entry.intent_id)
    return open_ones


def judge_end(town: Town, books: Books, *, now: datetime) -> None:
    """Every row is as the PSP's last word justifies, or visibly open."""
    assert not books.leases, f"leases are left: {books.leases}"
    open_ones = _open_intents(books.journal)
    assert not open_ones, f"intents without an end: {open_ones}"
    for name, row in books.orders.items():
        _judge_order(town, books, name, row, now=now)
    for name, row in books.refunds.items():
        _judge_refund(town, books, name, row, now=now)


def _judge_order(town: Town, books: Books, name: str, row: Any, *, now: datetime) -> None:
    entry = town.world.book.payments.get(row.payment_id)
    if entry is None:
        assert row.status != "pending" or name in books.attention, (
            f"{name}: unknown to the PSP, and nobody says so"
        )
        return
    it, word = entry.constants, entry.known.status
    where = f"{name} is {row.status}, the PSP says {word}, attention: {books.attention.get(name)}"
    if row.status != "pending":
        _judge_final(town, books, row, word, where)
        return
    if word in FINAL_PAYMENTS:
        excused = (
            (row.amount, row.currency) != (it.amount, it.currency)
            or (row.payment_id in town.short and word == "succeeded")
            or (word == "succeeded" and _was_given_back(town, books, row))
            or now - row.created_at > MAX_AGE
            or _spent(books, name, row.payment_id, f"payment.{word}")
        )
        assert excused, f"{where}: not healed"
        assert name in books.attention, f"{where}: not healed, and nobody knows"
    elif word in NEEDS_A_PERSON:
        assert name in books.attention, where
    else:
        assert name in books.attention or _is_due(books, name), f"{where}: nobody looks again"


def _was_given_back(town: Town, books: Books, order: Any) -> bool:
    """Whether money of an order left again, or may be leaving, that no refund row of its own knows of."""
    own = {(r.hyperswitch_refund_id, r.amount) for r in books.refunds.values() if r.order_id == order.id}
    return any(
        (r.constants.refund_id, r.constants.amount) not in own
        for r in town.world.book.refunds_of(order.payment_id)
        if r.known.status != "failed"
    )


def _judge_refund(town: Town, books: Books, name: str, row: Any, *, now: datetime) -> None:
    order = books.orders[row.order_id]
    psp_id = row.hyperswitch_refund_id
    entry = town.world.book.refunds.get(psp_id)
    if not psp_id:
        _judge_orphan(town, books, name, row, order, now=now)
        return
    if entry is None:
        assert row.status != "pending" or name in books.attention, (
            f"{name}: unknown to the PSP, and nobody says so"
        )
        return
    it, word = entry.constants, entry.known.status
    where = f"{name} is {row.status}, the PSP says {word}, attention: {books.attention.get(name)}"
    if row.status != "pending":
        _judge_final(town, books, row, word, where)
        return
    if word not in OPEN_TO_REFUNDS:
        assert name in books.attention or (word == "pending" and _is_due(books, name)), where
        return
    others = [r for r in books.refunds.values() if r.order_id == row.order_id and r.id != name]
    back = row.amount + sum(r.amount for r in others if r.status == "succeeded")
    excused = (
        (row.amount, order.currency) != (it.amount, it.currency)
        or it.payment_id != order.payment_id
        or order.status not in OPEN_TO_REFUNDS[word]
        or row.amount > order.amount
        or (word == "succeeded" and back > order.amount)
        or now - row.created_at > MAX_AGE
        or _spent(books, name, psp_id, f"refund.{word}")
    )
    assert excused, f"{where}: not healed"
    assert name in books.attention, f"{where}: not healed, and nobody knows"


def _judge_orphan(town: Town, books: Books, name: str, row: Any, order: Any, *, now: datetime) -> None:
    """A row without an id of the PSP's."""
    claimed = {r.hyperswitch_refund_id for r in books.refunds.values()}
    listed = [
        r
        for r in town.world.book.refunds_of(order.payment_id)
        if r.constants.listed_at <= now and r.constants.refund_id not in claimed
    ]
    where = f"{name} is {row.status} without an id, the PSP lists {[r.constants.refund_id for r in listed]}"
    if row.status == "pending":
        assert name in books.attention or _is_due(books, name), f"{where}: nobody looks again"
        payment = town.world.book.payments.get(order.payment_id)
        clear = (
            not listed
            and payment is not None
            and payment.known.status == "succeeded"
            and (payment.constants.amount, payment.constants.currency) == (order.amount, order.currency)
            and order.status in OPEN_TO_REFUNDS["failed"]
            and row.amount <= order.amount
            and now - row.created_at <= MAX_AGE
            and not _spent(books, name, "", "orphan.failed")
            and not (len(town.refunds) > ORPHAN_CAP and books.attention.get(name) == "orphan_cap")
        )
        assert not clear, f"{where}: it was never sent, and is not failed"
    elif row.status == "failed" and (ended := _ended_by_an_event(books, name)) is not None:
        lives = [
            r
            for r in listed
            if r.known.status != "failed"
            and (r.constants.amount, r.constants.currency) == (row.amount, order.currency)
            and (r.constants.metadata or {}).get("shop_refund_id", name) == name
            and (r.constants.refund_id == name or not r.constants.refund_id.startswith("r-"))
            and max(r.constants.listed_at, r.created) <= ended + WATCH
        ]
        assert not lives or _is_visible(books, name), f"{where}: failed by us, alive, and nobody knows"


def _judge_final(town: Town, books: Books, row: Any, word: str, where: str) -> None:
    """A final row that the PSP contradicts is somebody's, if the tool had a hand in it or was told."""
    name, kind = row.id, "order" if row.id in books.orders else "refund"
    if agrees(kind, row.status, word) or _is_visible(books, name):
        return
    psp_id = row.payment_id if kind == "order" else row.hyperswitch_refund_id
    since = town.known[psp_id][-1][0]
    ended = _ended_by_an_event(books, name)
    given_up = row.status in UNPAID and ended is not None and since <= ended + WATCH
    told = [
        w
        for w in books.webhooks
        if w.row_id == name and w.psp_id == psp_id and w.effect == "contradicts" and w.received_at >= since
    ]
    assert not given_up, f"{where}: given up by an event, and nobody knows"
    assert not told, f"{where}: a webhook said so, and nobody knows"


def _ended_by_an_event(books: Books, name: str) -> datetime | None:
    """When an event made a row what it is; None where the shop itself did."""
    last = [state for state in books.states if state.row_id == name and state.new != state.old][-1]
    if last.by_shop:
        return None
    row: Any = books.orders.get(name) or books.refunds.get(name)
    ended: datetime = row.updated_at
    return ended


def _spent(books: Books, name: str, psp_id: str, event: str) -> bool:
    return any(
        e.row_id == name and e.psp_id == psp_id and e.event == event and e.step == "applied"
        for e in books.journal
    )


def _is_due(books: Books, name: str) -> bool:
    return name in books.checks and books.checks[name].next_due is not None


def _is_visible(books: Books, name: str) -> bool:
    return name in books.attention or _is_due(books, name)
