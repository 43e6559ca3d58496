"""Dispatch by HTTP: POST the event to the shop's own webhook endpoint, as if Hyperswitch had sent it.

Shape and signature are Hyperswitch's (API reference, webhooks; November 2026): a lower-case hex HMAC-SHA512
of the exact bytes under the profile's `payment_response_hash_key`. The shop's own logic then runs, and the
tool needs no right to write the shop's tables. The PSP's whole object lives in memory for the POST alone.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import aiohttp
import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.database_time import DatabaseTime
from reconcile_tui.core.decisions import Event
from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.dispatch.dispatcher import NEVER_SENT, Delivered, Delivery, DeliveryReport
from reconcile_tui.core.dispatch.door import Door
from reconcile_tui.core.dispatch.endpoint import ShopEndpoint
from reconcile_tui.core.dispatch.last_look import evidence_now, refused
from reconcile_tui.core.dispatch.webhook import orphan_failed_body, synthetic_body, synthetic_event_id
from reconcile_tui.core.findings import LocalOrder, LocalRefund
from reconcile_tui.core.http_client import DIRECT, Outbound, http_client, no_connection
from reconcile_tui.core.psp.retry_after import http_date, seconds_to_wait
from reconcile_tui.core.psp_states import PaymentSeen, RefundSeen, connector_of
from reconcile_tui.core.store.controls import Controls, pause_binding, pauses_in_force, shop_block_in_force
from reconcile_tui.core.store.database import DATABASE_TROUBLE, Database, trouble_words
from reconcile_tui.core.store.journal import Journal
from reconcile_tui.core.store.journal_entries import Authorship
from reconcile_tui.core.store.mapping import OrphansBy, RefundsMapping

SIGNATURE_HEADER: Final = "x-webhook-signature-512"
SYNTHETIC_HEADER: Final = "x-reconcile-synthetic"
"""Says that the event is not the PSP's own; its value is the attempt."""

STALE_AFTER_SECONDS: Final = 10.0
"""How old the last look may be when the event goes; older, and the process stood still in between."""

_WEBHOOKS: Final = frozenset(event for event in Event if event.webhook_type is not None)
_ORPHANS: Final = frozenset({Event.ORPHAN_ADOPTED, Event.ORPHAN_FAILED})


class HttpDispatcher:
    """Delivers by POST; orphans as the mapping allows.

    Args:
        orphans: writes the shop's tables where the mapping lets orphans be settled by UPDATE.
        lease: how long a row stays leased once its event was acknowledged, while its effect is awaited.
        observe: told of each POST: the status (None: no answer was heard) and the seconds it took.
        outbound: how this machine reaches the shop.
    """

    def __init__(
        self,
        *,
        database: Database,
        refunds: RefundsMapping,
        endpoint: ShopEndpoint,
        orphans: DatabaseDispatcher,
        clock: Clock,
        lease: timedelta,
        observe: Callable[[int | None, float], None] = lambda _status, _seconds: None,
        outbound: Outbound = DIRECT,
    ) -> None:
        self._database = database
        self._journal = Journal(database)
        self._controls = Controls(database)
        self._refunds = refunds
        self._endpoint = endpoint
        self._orphans = orphans
        self._rows = orphans.rows
        self._orphan_facts = orphans.orphan_facts
        self._clock = clock
        self._lease = lease
        self._observe = observe
        self._places = asyncio.Semaphore(endpoint.at_once)
        seconds = endpoint.timeout.total_seconds()
        self._client = http_client(
            endpoint.url.get_secret_value(),
            headers={"content-type": "application/json", "user-agent": "reconcile-tui"},
            connect_seconds=seconds,
            read_seconds=seconds,
            outbound=outbound,
        )

    @property
    def handles(self) -> frozenset[Event]:
        return (
            _WEBHOOKS | (_ORPHANS if self._refunds.orphans is OrphansBy.UPDATE else frozenset()) | self.remote
        )

    @property
    def remote(self) -> frozenset[Event]:
        by_event = self._refunds.orphans is OrphansBy.EVENT
        return _WEBHOOKS | ({Event.ORPHAN_FAILED} if by_event else frozenset())

    async def deliver(
        self, deliveries: Sequence[Delivery], *, by: Authorship, time: DatabaseTime, door: Door
    ) -> list[DeliveryReport]:
        """POST each, several at once; see `Dispatcher.deliver`."""
        local = [d for d in deliveries if d.intent.event not in self.remote]
        written = await self._orphans.deliver(local, by=by, time=time, door=door) if local else []
        reports = {id(d): report for d, report in zip(local, written, strict=True)}

        async def one(delivery: Delivery) -> None:
            # The place first: whoever waits for one must hear of a refusal before it sends.
            async with self._places, door.through():
                try:
                    report = await self._one(delivery, by=by, time=time, door=door)
                except Exception as error:  # noqa: BLE001 one row's trouble is its report, whatever it is
                    report = _lost(error)
                reports[id(delivery)] = report

        async with asyncio.TaskGroup() as group:
            for delivery in deliveries:
                if delivery.intent.event in self.remote:
                    group.create_task(one(delivery))
        return [reports[id(delivery)] for delivery in deliveries]

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._client.aclose()

    async def _one(
        self, delivery: Delivery, *, by: Authorship, time: DatabaseTime, door: Door
    ) -> DeliveryReport:
        try:
            kept = await self._kept_from(delivery, door)
        except DATABASE_TROUBLE as error:
            return DeliveryReport(delivered=Delivered.FAILED, detail=f"not sent: {trouble_words(error)}")
        if kept is not None:
            return kept
        body = self._body(delivery, time)
        began = self._clock.monotonic()
        answer = await self._post(body, attempt=delivery.intent.attempt)
        seconds = self._clock.monotonic() - began
        self._observe(answer.status, seconds)
        door.answered(answer.status)
        await self._obey(answer, by=by, time=time, door=door)
        if answer.status is None or not 200 <= answer.status < 300:
            return answer.report
        return await self._acknowledged(delivery, answer.status, seconds, body, by=by, time=time)

    async def _obey(self, answer: "_Answer", *, by: Authorship, time: DatabaseTime, door: Door) -> None:
        """Where the shop asked for a wait, no process sends it anything before that is over."""
        if answer.retry_after is None:
            return
        now = time.now()
        until = now + timedelta(seconds=answer.retry_after)
        door.asked_to_wait(until, answer.status)
        with suppress(*DATABASE_TROUBLE):
            await self._controls.block_shop(until=until, actor=by.actor.name, now=now)

    async def _kept_from(self, delivery: Delivery, door: Door) -> DeliveryReport | None:
        """Why an event must not be sent; None: it may, as of this very moment.

        A process that stood still over the answer asks again: the answer is about then.
        """
        while True:
            asked = self._clock.monotonic()
            kept = await self._refused(delivery, door)
            if kept is not None or self._clock.monotonic() - asked <= STALE_AFTER_SECONDS:
                return kept

    async def _refused(self, delivery: Delivery, door: Door) -> DeliveryReport | None:
        """Why an event must not be sent now, asked of the database right before it would be."""
        intent = delivery.intent
        if door.should_stop():
            return DeliveryReport(delivered=Delivered.STOPPED)
        if door.shut is not None:
            return DeliveryReport(delivered=Delivered.SHUT)

        async def unit(connection: AsyncConnection) -> DeliveryReport | None:
            there = await self._database.clock.now(connection)
            held = await self._journal.held(connection, [intent], now=there)
            if (block := await shop_block_in_force(connection, now=there)) is not None:
                door.asked_to_wait(block.until)
                return DeliveryReport(delivered=Delivered.SHUT)
            pauses = await pauses_in_force(connection, now=there)
            row = (await self._rows.load(connection, [intent.ref])).get(intent.ref)
            payment = None
            if isinstance(row, LocalOrder) and isinstance(delivery.planned.state, PaymentSeen):
                payment = await self._rows.with_claims(connection, row, delivery.planned.state)
            return refused(
                delivery,
                row,
                holds=intent.intent_id in held,
                pause=pause_binding(pauses, connector_of(delivery.planned.state)),
                shared=await self._rows.shared(connection, [row]) if row is not None else (),
                evidence=await evidence_now(connection, self._orphan_facts, delivery.planned, row),
                payment=payment,
            )

        return await self._database.read(unit)

    def _body(self, delivery: Delivery, time: DatabaseTime) -> bytes:
        intent, planned = delivery.intent, delivery.planned
        event_id = synthetic_event_id(
            kind=intent.ref.kind.value,
            psp_id=intent.psp_id or intent.ref.row_id,
            event=intent.event,
            attempt=intent.attempt,
        )
        merchant_id = self._endpoint.merchant_id
        match planned.state, planned.finding.row:
            case (PaymentSeen() | RefundSeen()) as state, _:
                body = synthetic_body(
                    state=state, event=intent.event, event_id=event_id, merchant_id=merchant_id, at=time.now()
                )
            case _, LocalRefund() as refund:
                body = orphan_failed_body(
                    refund=refund,
                    own_id_keys=self._refunds.own_id_keys,
                    why=NEVER_SENT,
                    event_id=event_id,
                    merchant_id=merchant_id,
                    at=time.now(),
                )
            case _:
                raise ValueError(f"{intent.ref}: there is no event to send")
        return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()

    async def _post(self, body: bytes, *, attempt: int) -> "_Answer":
        key = self._endpoint.key.get_secret_value().encode()
        headers = {
            SIGNATURE_HEADER: hmac.new(key, body, hashlib.sha512).hexdigest(),
            SYNTHETIC_HEADER: str(attempt),
        }
        limit = self._endpoint.timeout.total_seconds()
        url = self._endpoint.url.get_secret_value()
        try:
            async with asyncio.timeout(limit):
                request = self._client.build_request("POST", url, content=body, headers=headers)
                response = await self._client.send(request, stream=True)
                await response.aclose()
        except TimeoutError:
            return _Answer(status=None, words=f"no answer within {limit:g} s")
        except (httpx.TransportError, aiohttp.ClientError, OSError) as error:
            return _broken(error)
        status = response.status_code
        asked = response.headers.get("retry-after") if status in (429, 503) else None
        now = self._clock.now()
        wait = seconds_to_wait(asked, now=http_date(response.headers.get("date")) or now)
        redirect = ": a redirect, not followed" if 300 <= status < 400 else ""
        return _Answer(status=status, words=f"HTTP {status}{redirect}", retry_after=wait or None)

    async def _acknowledged(
        self,
        delivery: Delivery,
        status: int,
        seconds: float,
        body: bytes,
        *,
        by: Authorship,
        time: DatabaseTime,
    ) -> DeliveryReport:
        detail = f"HTTP {status} in {seconds * 1000:.0f} ms"
        try:
            await self._journal.delivered(
                delivery.intent,
                digest=hashlib.sha256(body).hexdigest(),
                detail=detail,
                by=by,
                now=time.now(),
                lease=self._lease,
            )
        except DATABASE_TROUBLE as error:
            detail += f"; it could not be written down: {trouble_words(error)}"
        return DeliveryReport(delivered=Delivered.ACKNOWLEDGED, detail=detail, status=status)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What a POST came to.

    Attributes:
        status: None: nothing was heard.
        was_sent: it may have arrived.
        retry_after: seconds the shop asks to wait; None where it does not.
    """

    status: int | None
    words: str
    was_sent: bool = True
    retry_after: float | None = None

    @property
    def report(self) -> DeliveryReport:
        """The end of a delivery that was not acknowledged."""
        if self.status is not None:
            # Who does not know the secret, or the address, was not let in; any other no may come afterwards.
            let_in = self.status not in (401, 403, 404)
            return DeliveryReport(
                delivered=Delivered.REJECTED if let_in else Delivered.FAILED,
                detail=self.words,
                status=self.status,
            )
        delivered = Delivered.UNHEARD if self.was_sent else Delivered.FAILED
        return DeliveryReport(delivered=delivered, detail=self.words)


def _lost(error: Exception) -> DeliveryReport:
    """The end of a delivery that a defect cut off: it may have been sent. The defect's own text may hold
    what must not be told."""
    detail = f"cut off by a defect of the tool: {type(error).__name__}"
    return DeliveryReport(delivered=Delivered.UNHEARD, detail=detail)


def _broken(error: httpx.TransportError | aiohttp.ClientError | OSError) -> _Answer:
    """A POST that broke. Only where no connection was made is it sure that nothing arrived.

    The text of aiohttp's own error is not repeated: it may name the address, which may hold a secret.
    """
    if (why := no_connection(error)) is not None:
        return _Answer(status=None, words=f"the shop's endpoint cannot be reached: {why}", was_sent=False)
    cause = error.__cause__ if isinstance(error, httpx.TransportError) else error
    match cause:
        case aiohttp.ConnectionTimeoutError():
            return _Answer(status=None, words="the shop's endpoint cannot be reached", was_sent=False)
        case aiohttp.ServerTimeoutError():
            return _Answer(status=None, words="no answer in time")
        case _:
            return _Answer(status=None, words="the connection broke before an answer")
