"""Dispatch into the shop's own tables: the tool's handlers write them.

State change, payload, `applied` entry and bookkeeping are one transaction, for a group of rows at a time;
a group that the database refuses is taken apart, so that one row's trouble stays one row's.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.decisions import Adopt, Event, FailOrphan, Sync
from reconcile_tui.core.dispatch.dispatcher import NEVER_SENT, Delivered, Delivery, DeliveryReport
from reconcile_tui.core.dispatch.door import Door
from reconcile_tui.core.dispatch.handlers import RowEvent, ShopTransitions
from reconcile_tui.core.dispatch.last_look import evidence_now, refused
from reconcile_tui.core.dispatch.webhook import kept_of, synthetic_body, synthetic_event_id
from reconcile_tui.core.findings import RefundId
from reconcile_tui.core.psp.whole_object import digest
from reconcile_tui.core.psp_states import PaymentSeen, RefundSeen, connector_of
from reconcile_tui.core.store.checks import write_checks
from reconcile_tui.core.store.controls import pause_binding, pauses_in_force
from reconcile_tui.core.store.database import DATABASE_TROUBLE, CommitInDoubt, Database, trouble_words
from reconcile_tui.core.store.journal import Journal
from reconcile_tui.core.store.journal_entries import Authorship, applied_values, write_entries
from reconcile_tui.core.store.orphan_facts import OrphanFacts
from reconcile_tui.core.store.rows import RowLock, ShopRows
from reconcile_tui.core.store.shop import Shop
from reconcile_tui.core.store.shop_writes import GuardLost
from reconcile_tui.core.store.webhook_log import LoggedWebhook, Source, log_webhooks
from reconcile_tui.core.transitions import Effect, Transition

GROUP = 100
"""Rows a transaction: few enough that their locks are short, many enough that a statement and a commit are
cheap."""


class DatabaseDispatcher:
    """Delivers every event there is, by the handlers of `core.dispatch.handlers`."""

    def __init__(self, database: Database, shop: Shop, *, merchant_id: str = "") -> None:
        self._database = database
        self._journal = Journal(database)
        self._merchant_id = merchant_id
        self._shop = ShopTransitions(shop, database.backend)
        self.orphan_facts = OrphanFacts(database, shop)

    @property
    def rows(self) -> ShopRows:
        """The shop's rows, as the handlers read them."""
        return self._shop.rows

    @property
    def handles(self) -> frozenset[Event]:
        return frozenset(Event)

    @property
    def remote(self) -> frozenset[Event]:
        return frozenset()

    async def deliver(
        self, deliveries: Sequence[Delivery], *, by: Authorship, time: DatabaseTime, door: Door
    ) -> list[DeliveryReport]:
        """Deliver in groups; see `Dispatcher.deliver`."""
        reports: list[DeliveryReport] = []
        for start in range(0, len(deliveries), GROUP):
            reports += await self._group(deliveries[start : start + GROUP], by=by, now=time.now())
        return reports

    async def _group(
        self, group: Sequence[Delivery], *, by: Authorship, now: datetime
    ) -> list[DeliveryReport]:
        try:
            return await self._database.write(
                lambda connection: self._unit(connection, group, by=by, now=now)
            )
        except CommitInDoubt as doubt:
            return await self._settle_doubt(group, doubt)
        except Exception as error:  # noqa: BLE001 rolled back as a whole, so the group is taken apart
            if len(group) == 1:
                return [DeliveryReport(delivered=Delivered.FAILED, detail=_why(error))]
        middle = len(group) // 2
        halves = (group[:middle], group[middle:])
        return [report for half in halves for report in await self._group(half, by=by, now=now)]

    async def _settle_doubt(self, group: Sequence[Delivery], doubt: CommitInDoubt) -> list[DeliveryReport]:
        """A commit whose answer was not heard is settled by reading the journal."""
        try:
            applied = await self._journal.applied([delivery.intent for delivery in group])
        except DATABASE_TROUBLE:
            return [DeliveryReport(delivered=Delivered.IN_DOUBT, detail=trouble_words(doubt)) for _ in group]
        return [
            DeliveryReport(delivered=Delivered.DONE)
            if delivery.intent.intent_id in applied
            else DeliveryReport(
                delivered=Delivered.FAILED, detail="the connection was lost; nothing was written"
            )
            for delivery in group
        ]

    async def _unit(
        self, connection: AsyncConnection, group: Sequence[Delivery], *, by: Authorship, now: datetime
    ) -> list[DeliveryReport]:
        there = await self._database.clock.now(connection)
        held = await self._journal.held(connection, [d.intent for d in group], now=there)
        pauses = await pauses_in_force(connection, now=there)
        state = await self._shop.rows.state(connection, [d.intent.ref for d in group], lock=RowLock.SKIP)
        claimed = await self._claimed(connection, group)
        rows = [row for d in group if (row := state.row(d.intent.ref)) is not None]
        shared = await self._shop.rows.shared(connection, rows)
        events = await self._shop.with_claims(connection, state, [_row_event(d) for d in group])
        reports: list[DeliveryReport] = []
        done: list[tuple[Delivery, Transition]] = []
        for delivery, event in zip(group, events, strict=True):
            row = state.row(delivery.intent.ref)
            pause = pause_binding(pauses, connector_of(delivery.planned.state))
            report = refused(
                delivery,
                row,
                holds=delivery.intent.intent_id in held,
                locked=delivery.intent.ref in state.locked,
                pause=pause,
                shared=shared,
                claimed=claimed,
                evidence=await evidence_now(connection, self.orphan_facts, delivery.planned, row),
                payment=event.seen if isinstance(event.seen, PaymentSeen) else None,
            )
            if report is None:
                found = self._shop.step(state, event)
                if found.effect is Effect.APPLIED:
                    state = state.after(found.changes)
                    done.append((delivery, found))
                    if isinstance(delivery.planned.decision, Adopt):
                        claimed.add(delivery.planned.decision.refund_id)
                report = DeliveryReport(delivered=_DELIVERED[found.effect], row=row, reason=found.reason)
            reports.append(report)
        if done:
            backend = self._database.backend
            await self._shop.make(connection, [found for _, found in done], now=now)
            entries = [applied_values(d.intent, state.row(d.intent.ref), by=by, now=now) for d, _ in done]
            logged = [entry for d, _ in done if (entry := self._log_entry(d, now))]
            await write_entries(connection, backend, entries)
            await log_webhooks(connection, backend, logged)
            await write_checks(connection, backend, [d.check for d, _ in done if d.check])
        return reports

    async def _claimed(self, connection: AsyncConnection, group: Sequence[Delivery]) -> set[RefundId]:
        wanted = [d.planned.decision.refund_id for d in group if isinstance(d.planned.decision, Adopt)]
        return set(await self._shop.rows.claims(connection, wanted)) if wanted else set()

    def _log_entry(self, delivery: Delivery, now: datetime) -> LoggedWebhook | None:
        """The payload of a synthetic webhook, kept the way a real one is."""
        intent, state = delivery.intent, delivery.planned.state
        if intent.event.webhook_type is None or not isinstance(state, PaymentSeen | RefundSeen):
            return None
        event_id = synthetic_event_id(
            kind=intent.ref.kind.value, psp_id=intent.psp_id, event=intent.event, attempt=intent.attempt
        )
        body = synthetic_body(
            state=state, event=intent.event, event_id=event_id, merchant_id=self._merchant_id, at=now
        )
        return LoggedWebhook(
            received_at=now,
            source=Source.SYNTHETIC,
            event_id=event_id,
            event_type=intent.event.webhook_type,
            kind=intent.ref.kind,
            psp_id=intent.psp_id,
            ref=intent.ref,
            effect=Effect.APPLIED,
            payload=kept_of(body, state),
            digest=digest(body),
        )


def _why(error: Exception) -> str:
    """Why nothing was written. A defect's own text may hold what must not be told."""
    if isinstance(error, (*DATABASE_TROUBLE, GuardLost)):
        return trouble_words(error)
    return f"this program failed over the row: {type(error).__name__}"


_DELIVERED = {
    Effect.APPLIED: Delivered.DONE,
    Effect.AGREES: Delivered.ALREADY,
    Effect.CONTRADICTS: Delivered.CONTRADICTED,
    Effect.WITHHELD: Delivered.WITHHELD,
    Effect.NO_ROW: Delivered.CHANGED,
    Effect.NOT_FINAL: Delivered.FAILED,
    Effect.AMBIGUOUS: Delivered.FAILED,
}


def _row_event(delivery: Delivery) -> RowEvent:
    state, ref = delivery.planned.state, delivery.intent.ref
    match delivery.planned.action:
        case Sync(event=event, despite=despite):
            seen = state if isinstance(state, PaymentSeen | RefundSeen) else None
            message = seen.error_message if seen and event is Event.REFUND_FAILED else None
            return RowEvent(ref=ref, event=event, seen=seen, error_message=message, despite=despite)
        case Adopt(refund_id=refund_id):
            return RowEvent(ref=ref, event=Event.ORPHAN_ADOPTED, adopted=refund_id)
        case FailOrphan():
            return RowEvent(ref=ref, event=Event.ORPHAN_FAILED, error_message=NEVER_SENT)
        case None:
            raise ValueError(f"{ref}: nothing to apply")
