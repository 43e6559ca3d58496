"""The shop's own webhook handler: what a shop's developers would have written, from the PSP's pages alone.

It shares no code with the tool: another signature check, another state machine, another SQL. An event is
taken once by its id, and what it does is written in the same transaction.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tests.shop_endpoint.shop_database import ShopDatabase, Sql


class Verdict(StrEnum):
    """What an event came to."""

    APPLIED = "applied"
    AGREES = "agrees"
    """The row had ended so before."""
    CONTRADICTS = "contradicts"
    """The row had ended otherwise: it stays."""
    DUPLICATE = "duplicate"
    """An event of this id was taken before."""
    NOT_FINAL = "not_final"
    NO_ROW = "no_row"
    """Nothing here has that payment or refund: not taken, so that it may come again."""
    FORGED = "forged"
    MALFORMED = "malformed"


ANSWERS = {Verdict.NO_ROW: 404, Verdict.FORGED: 401, Verdict.MALFORMED: 400}
"""The status that a verdict is answered with; 200 where it is not named."""

_ORDER_ENDS = {
    "payment_succeeded": "completed",
    "payment_failed": "failed",
    "payment_cancelled": "cancelled",
    "payment_expired": "cancelled",
}
_REFUND_ENDS = {"refund_succeeded": "succeeded", "refund_failed": "failed"}
_PAID = ("completed", "refund_pending", "refunded")
_UNPAID = ("failed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A webhook's body, as far as the shop reads it."""

    event_id: str
    event_type: str
    object: dict[str, Any]

    @classmethod
    def of(cls, raw: bytes) -> "Event | None":
        """None where it is none."""
        try:
            body = json.loads(raw)
            its_object = body["content"]["object"]
            event_id, event_type = body["event_id"], body["event_type"]
        except (ValueError, TypeError, KeyError):
            return None
        if not (isinstance(event_id, str) and isinstance(event_type, str) and isinstance(its_object, dict)):
            return None
        return cls(event_id=event_id, event_type=event_type, object=its_object)

    @property
    def object_id(self) -> str:
        """The payment's or refund's id at the PSP."""
        return str(self.object.get("refund_id") or self.object.get("payment_id") or "")


def is_genuine(raw: bytes, signature: str | None, secret: str) -> bool:
    """Whether the PSP made this body: HMAC-SHA512 of its bytes, in lower-case hex."""
    if signature is None:
        return False
    expected = hmac.new(secret.encode("utf-8"), msg=raw, digestmod=hashlib.sha512).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


class WebhookHandler:
    """Takes events into the demo shop's tables.

    Attributes:
        secret: the profile's `payment_response_hash_key`, as the shop has it.
        own_refund_ids: a refund is looked up by the shop's own number too, as shops do that sent it as
            `refund_id` when they made the refund.
    """

    def __init__(
        self,
        database: ShopDatabase,
        *,
        secret: str,
        now: Callable[[], datetime],
        own_refund_ids: bool = False,
    ) -> None:
        self._database = database
        self.secret = secret
        self._now = now
        self.own_refund_ids = own_refund_ids

    async def take(self, raw: bytes, signature: str | None) -> Verdict:
        """Take an event as it arrived; committed when this returns."""
        if not is_genuine(raw, signature, self.secret):
            return Verdict.FORGED
        event = Event.of(raw)
        if event is None or not event.object_id:
            return Verdict.MALFORMED
        async with self._database.transaction() as sql:
            return await self._take_once(sql, event)

    async def _take_once(self, sql: Sql, event: Event) -> Verdict:
        if not await sql.run(
            "INSERT INTO shop_events (event_id, event_type, object_id, verdict)"
            " VALUES (:event_id, :event_type, :object_id, 'taken') ON CONFLICT (event_id) DO NOTHING",
            event_id=event.event_id,
            event_type=event.event_type,
            object_id=event.object_id,
        ):
            return Verdict.DUPLICATE
        if event.event_type in _ORDER_ENDS:
            verdict = await self._end_order(sql, event)
        elif event.event_type in _REFUND_ENDS:
            verdict = await self._end_refund(sql, event)
        else:
            verdict = Verdict.NOT_FINAL
        if verdict is Verdict.NO_ROW:
            await sql.run("DELETE FROM shop_events WHERE event_id = :event_id", event_id=event.event_id)
        else:
            await sql.run(
                "UPDATE shop_events SET verdict = :verdict WHERE event_id = :event_id",
                event_id=event.event_id,
                verdict=verdict.value,
            )
        return verdict

    async def _end_order(self, sql: Sql, event: Event) -> Verdict:
        order = await sql.locked(
            "SELECT id, status FROM orders WHERE payment_id = :payment_id", payment_id=event.object_id
        )
        if order is None:
            return Verdict.NO_ROW
        end = _ORDER_ENDS[event.event_type]
        if order.status != "pending":
            agreed = _PAID if end == "completed" else _UNPAID
            return Verdict.AGREES if order.status in agreed else Verdict.CONTRADICTS
        await self._set_order(sql, order.id, end)
        await _note(sql, event, order.id, order.status, end)
        return Verdict.APPLIED

    async def _end_refund(self, sql: Sql, event: Event) -> Verdict:
        found = await self._refund_of(sql, event)
        if found is None:
            return Verdict.NO_ROW
        order = await sql.locked("SELECT id, status, amount FROM orders WHERE id = :id", id=found.order_id)
        refund = await sql.locked("SELECT id, status FROM refunds WHERE id = :id", id=found.id)
        if order is None or refund is None:
            return Verdict.NO_ROW
        end = _REFUND_ENDS[event.event_type]
        if refund.status != "pending":
            return Verdict.AGREES if refund.status == end else Verdict.CONTRADICTS
        await sql.run(
            "UPDATE refunds SET status = :end, error_message = :message, updated_at = :now WHERE id = :id",
            end=end,
            message=event.object.get("error_message") if end == "failed" else None,
            now=self._now(),
            id=refund.id,
        )
        after = await _order_after(sql, order, end)
        if after != order.status:
            await self._set_order(sql, order.id, after)
        await _note(sql, event, refund.id, refund.status, end)
        return Verdict.APPLIED

    async def _refund_of(self, sql: Sql, event: Event) -> Any:
        by_psp_id = await sql.one(
            "SELECT id, order_id FROM refunds WHERE hyperswitch_refund_id = :id", id=event.object_id
        )
        if by_psp_id is not None or not self.own_refund_ids:
            return by_psp_id
        return await sql.one("SELECT id, order_id FROM refunds WHERE id = :id", id=event.object_id)

    async def _set_order(self, sql: Sql, order_id: str, status: str) -> None:
        await sql.run(
            "UPDATE orders SET status = :status, updated_at = :now WHERE id = :id",
            status=status,
            now=self._now(),
            id=order_id,
        )


async def _order_after(sql: Sql, order: Any, end: str) -> str:
    """What an order is once a refund of it has ended so; the refund itself is written already."""
    waiting, back = 0, 0
    for refund in await sql.rows("SELECT status, amount FROM refunds WHERE order_id = :id", id=order.id):
        waiting += refund.status == "pending"
        back += refund.amount if refund.status == "succeeded" else 0
    if end == "succeeded" and order.status in ("completed", "refund_pending"):
        if back == order.amount:
            return "refunded"
        return "refund_pending" if waiting else "completed"
    if end == "failed" and order.status == "refund_pending" and not waiting:
        return "completed"
    return str(order.status)


async def _note(sql: Sql, event: Event, row_id: str, before: str, after: str) -> None:
    """The shop's business: the licence is sent, the money is booked."""
    await sql.run(
        "INSERT INTO shop_deeds (event_id, row_id, before_it, after_it)"
        " VALUES (:event_id, :row_id, :before, :after)",
        event_id=event.event_id,
        row_id=row_id,
        before=before,
        after=after,
    )
