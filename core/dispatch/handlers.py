"""The shop's webhook handlers, for shops that have none of their own, and for the demo.

`process_payment_webhook` and `process_refund_webhook` take Hyperswitch's native body. They are idempotent:
a webhook that comes late, twice or out of order is a no-op where it agrees; one that contradicts is kept,
and the row is looked at with the next tick.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.amounts import payment_disagrees, refund_disagrees
from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.dispatch.webhook import Webhook, parse_webhook
from reconcile_tui.core.findings import Check, LocalOrder, LocalRefund, LocalRow, RefundId, RowRef
from reconcile_tui.core.policy import Policy
from reconcile_tui.core.psp_states import PaymentSeen, RefundSeen
from reconcile_tui.core.schedule import ENDS_UNPAID, closed
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.backends import Backend
from reconcile_tui.core.store.checks import CheckedRow, check_of, due_now, write_checks
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.rows import RowLock, ShopRows
from reconcile_tui.core.store.shop import Shop
from reconcile_tui.core.store.shop_writes import ShopWrites
from reconcile_tui.core.store.tables import checks
from reconcile_tui.core.store.webhook_log import LoggedWebhook, Source, log_webhooks
from reconcile_tui.core.transitions import Effect, ShopState, Transition, collapsed, transition

_POLICY = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEvent:
    """An event for one row.

    Attributes:
        seen: the object it came with; None for an orphan's events.
        despite: what an operator set aside knowingly.
    """

    ref: RowRef
    event: Event
    seen: PaymentSeen | RefundSeen | None = None
    adopted: RefundId | None = None
    error_message: str | None = None
    despite: Reason | None = None


class ShopTransitions:
    """The shop's state machine over its mapped tables: what an event does, and writing it."""

    def __init__(self, shop: Shop, backend: Backend) -> None:
        self._mapping = shop.mapping
        self.rows = ShopRows(shop)
        self._writes = ShopWrites(shop, backend)

    def step(self, state: ShopState, event: RowEvent) -> Transition:
        """What `event` does, pure: the transition table, and the amounts of the object it came with."""
        row = state.row(event.ref)
        if row is None:
            return Transition(effect=Effect.NO_ROW)
        found = transition(row, event.event, adopted=event.adopted, error_message=event.error_message)
        if found.effect is not Effect.APPLIED:
            return found
        reason = self._amounts_disagree(row, event)
        if reason is None or reason is event.despite:
            return found
        return Transition(effect=Effect.WITHHELD, reason=reason)

    async def with_claims(
        self, connection: AsyncConnection, state: ShopState, events: Sequence[RowEvent]
    ) -> list[RowEvent]:
        """The events with what the shop knows, at this moment, of the refunds that their payments show."""
        paid = {
            order.row_id: (order, event.seen)
            for event in events
            if isinstance(event.seen, PaymentSeen) and isinstance(order := state.row(event.ref), LocalOrder)
        }
        known = await self.rows.known_refunds(connection, paid.values())
        return [
            replace(event, seen=replace(event.seen, claimed=known[event.ref.row_id]))
            if isinstance(event.seen, PaymentSeen) and event.ref.row_id in known
            else event
            for event in events
        ]

    async def make(
        self, connection: AsyncConnection, transitions: Sequence[Transition], *, now: datetime
    ) -> None:
        """Write the changes of `transitions`, as part of the caller's transaction."""
        changes = collapsed(change for found in transitions for change in found.changes)
        await self._writes.make(connection, changes, now=now)

    def _amounts_disagree(self, row: LocalRow, event: RowEvent) -> Reason | None:
        match row, event.seen:
            case LocalOrder(), PaymentSeen() as payment:
                return payment_disagrees(row, payment, event.event, self._mapping.orders.amount_is)
            case LocalRefund(), RefundSeen() as refund:
                return refund_disagrees(row, refund, event.event)
            case _:
                return None


class ShopHandlers:
    """The handlers that take real webhooks.

    Args:
        watch: how long a row is looked at again that a webhook ended without money, or contradicted, and a
            refund that one brought to succeeded.
        interval: how long after the webhook such a refund is looked at first; each wait then doubles.
    """

    def __init__(
        self,
        database: Database,
        shop: Shop,
        *,
        watch: timedelta,
        interval: timedelta = _POLICY.interval,
    ) -> None:
        self._database = database
        self._shop = ShopTransitions(shop, database.backend)
        self._policy = replace(_POLICY, reversal_watch=watch, interval=interval)

    async def process_payment_webhook(self, raw: bytes) -> Effect:
        """Take a payment's webhook as it arrived.

        Raises:
            WebhookMalformed: it is no webhook of Hyperswitch's; nothing was stored.
        """
        return await self._process(raw, Kind.ORDER)

    async def process_refund_webhook(self, raw: bytes) -> Effect:
        """Take a refund's webhook as it arrived.

        Raises:
            WebhookMalformed: it is no webhook of Hyperswitch's; nothing was stored.
        """
        return await self._process(raw, Kind.REFUND)

    async def _process(self, raw: bytes, kind: Kind) -> Effect:
        now = await self._database.now()
        webhook = parse_webhook(raw, at=now)

        async def unit(connection: AsyncConnection) -> Effect:
            refs = await self._rows_of(connection, webhook, kind)
            ref = refs[0] if len(refs) == 1 else None
            effect = Effect.AMBIGUOUS if len(refs) > 1 else Effect.NO_ROW
            if ref is not None:
                effect = await self._apply_real(connection, ref, webhook, now)
            elif refs:
                state = await self._shop.rows.state(connection, refs, lock=RowLock.WAIT)
                for row in (state.row(ref) for ref in refs):
                    if row is not None:
                        await self._look_again(connection, row, now)
            await log_webhooks(connection, self._database.backend, [_logged(webhook, kind, ref, effect, now)])
            return effect

        return await self._database.write(unit)

    async def _apply_real(
        self, connection: AsyncConnection, ref: RowRef, webhook: Webhook, now: datetime
    ) -> Effect:
        if webhook.event is None or webhook.event.kind is not ref.kind:
            if webhook.is_doubtful:
                state = await self._shop.rows.state(connection, [ref], lock=RowLock.WAIT)
                if (row := state.row(ref)) is not None:
                    await self._look_again(connection, row, now)
            return Effect.NOT_FINAL
        state = await self._shop.rows.state(connection, [ref], lock=RowLock.WAIT)
        message = webhook.seen.error_message if webhook.seen else None
        failing = message if webhook.event is Event.REFUND_FAILED else None
        [event] = await self._shop.with_claims(
            connection,
            state,
            [RowEvent(ref=ref, event=webhook.event, seen=webhook.seen, error_message=failing)],
        )
        found = self._shop.step(state, event)
        await self._shop.make(connection, [found], now=now)
        row = state.row(ref)
        if row is not None and found.effect is Effect.APPLIED and webhook.event is Event.REFUND_SUCCEEDED:
            await self._watch_from(connection, row, webhook.event, now)
        # What a late webhook ended without money may have come to life: it is watched like what we ended.
        ended = found.effect is Effect.APPLIED and webhook.event in ENDS_UNPAID
        if row is not None and (ended or found.effect in (Effect.CONTRADICTS, Effect.WITHHELD)):
            await self._look_again(connection, row, now)
        return found.effect

    async def _look_again(self, connection: AsyncConnection, row: LocalRow, now: datetime) -> None:
        """Make the row due with the next tick, final or not."""
        known = await self._check(connection, row)
        check = due_now(now, known, row.psp_id or "", now + self._policy.reversal_watch)
        await write_checks(connection, self._database.backend, [CheckedRow(ref=row.ref, check=check)])

    async def _watch_from(
        self, connection: AsyncConnection, row: LocalRow, event: Event, now: datetime
    ) -> None:
        """Watch a row that `event` ended well: seldom, and not at once, for nothing is wrong with it."""
        known = await self._check(connection, row) or Check(psp_id=row.psp_id or "", last_read_at=now)
        check = closed(known, event, now=now, policy=self._policy, jitter=0.0)
        await write_checks(connection, self._database.backend, [CheckedRow(ref=row.ref, check=check)])

    async def _check(self, connection: AsyncConnection, row: LocalRow) -> Check | None:
        query = select(checks).where(checks.c.kind == row.ref.kind, checks.c.row_id == row.ref.row_id)
        checked = (await connection.execute(query)).one_or_none()
        return check_of(checked, row.psp_id) if checked is not None else None

    async def _rows_of(self, connection: AsyncConnection, webhook: Webhook, kind: Kind) -> list[RowRef]:
        match webhook.seen:
            case PaymentSeen() as payment if kind is Kind.ORDER:
                return await self._shop.rows.by_payment(connection, [payment.payment_id])
            case RefundSeen() as refund if kind is Kind.REFUND:
                claims = await self._shop.rows.claims(connection, [refund.refund_id])
                return [RowRef(Kind.REFUND, row_id) for row_id in claims.get(refund.refund_id, [])]
            case _:
                return []


def _logged(webhook: Webhook, kind: Kind, ref: RowRef | None, effect: Effect, now: datetime) -> LoggedWebhook:
    seen = webhook.seen
    psp_id: str | None = None
    match seen:
        case PaymentSeen():
            psp_id = seen.payment_id
        case RefundSeen():
            psp_id = seen.refund_id
        case None:
            pass
    return LoggedWebhook(
        received_at=now,
        source=Source.PSP,
        event_id=webhook.event_id,
        event_type=webhook.event_type,
        kind=kind,
        psp_id=psp_id,
        ref=ref,
        effect=effect,
        payload=webhook.kept,
        digest=webhook.digest,
    )
