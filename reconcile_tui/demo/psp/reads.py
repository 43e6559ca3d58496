"""The reads themselves: what the server answers from its book, and what each read does to it.

A forced payment read, and every read of an open refund, asks the processor: Hyperswitch learns, and
its real webhook may go out. Lists show what is known, and ask nobody.
"""

from datetime import datetime
from typing import Final

from pydantic import ValidationError

from reconcile_tui.demo.psp import answers
from reconcile_tui.demo.psp.answers import Answer, encoded
from reconcile_tui.demo.psp.asked import Asked, Endpoint, well_formed
from reconcile_tui.demo.psp.bodies import payment_body, refund_body
from reconcile_tui.demo.psp.book import Book
from reconcile_tui.demo.psp.entries import AnyEntry, PaymentEntry, RefundEntry
from reconcile_tui.demo.psp.faults import Faults
from reconcile_tui.demo.psp.keys import Standing
from reconcile_tui.demo.psp.listing import (
    LIMITS,
    PaymentListRequest,
    RefundListRequest,
    matching_payments,
    matching_refunds,
)
from reconcile_tui.demo.psp.outbox import Outbox
from reconcile_tui.demo.psp.traffic import Traffic

DEFAULT_PAGE: Final = 10


class Reads:
    """Answers from one book.

    Args:
        resyncs_final: as older servers: `force_sync` asks again for `failed` and `succeeded` payments.
    """

    def __init__(
        self, book: Book, *, faults: Faults, outbox: Outbox, traffic: Traffic, resyncs_final: bool
    ) -> None:
        self._book = book
        self._faults = faults
        self._outbox = outbox
        self._traffic = traffic
        self._never_asked = _NEVER_ASKED - (_ASKED_BY_OLD_SERVERS if resyncs_final else frozenset())
        self._encoded: dict[str, tuple[object, bytes]] = {}

    def answer(self, asked: Asked, standing: Standing) -> Answer:
        """The answer to a legal request."""
        match asked.endpoint:
            case Endpoint.PAYMENT:
                return self._payment(asked, standing)
            case Endpoint.REFUND:
                return self._refund(asked, standing)
            case Endpoint.REFUND_LIST:
                return self._refund_list(asked, standing)
            case Endpoint.PAYMENT_LIST:
                return self._payment_list(asked, standing)
            case None:
                return answers.WRONG_METHOD if asked.misdirected else answers.UNKNOWN_URL

    def asks_connector(self, asked: Asked) -> bool:
        """Whether this read makes Hyperswitch ask the processor."""
        object_id = asked.object_id or ""
        if asked.endpoint is Endpoint.PAYMENT and asked.forced and object_id in self._book.payments:
            payment = self._book.payments[object_id]
            reached = payment.constants.connector_transaction_id is not None
            return reached and payment.known.status not in self._never_asked
        if asked.endpoint is Endpoint.REFUND and object_id in self._book.refunds:
            refund = self._book.refunds[object_id]
            reached = refund.constants.connector_refund_id is not None
            return reached and (asked.forced or refund.known.status not in _FINAL_REFUNDS)
        return False

    def _payment(self, asked: Asked, standing: Standing) -> Answer:
        if refusal := _malformed(asked, "payment_id", "force_sync", "expand_attempts", "expand_captures"):
            return refusal
        entry = self._book.payments.get(asked.object_id or "")
        if entry is None or standing is Standing.OTHER_MERCHANT:
            return answers.NO_SUCH_PAYMENT
        now = self._book.clock.now()
        entry.hears_of_itself(now)
        for refund in self._book.refunds_of(entry.constants.payment_id):
            refund.hears_of_itself(now)
        if self.asks_connector(asked) and (failure := self._ask_connector(entry, now)):
            return failure
        self._outbox.after_read(entry, records=True)
        attempts = asked.query.get("expand_attempts") == "true"
        return Answer(body=self._encoded_payment(entry, now, attempts=attempts))

    def _refund(self, asked: Asked, standing: Standing) -> Answer:
        if refusal := _malformed(asked, "refund_id", "force_sync"):
            return refusal
        entry = self._book.refunds.get(asked.object_id or "")
        if entry is None or standing is Standing.OTHER_MERCHANT:
            return answers.NO_SUCH_REFUND
        now = self._book.clock.now()
        entry.hears_of_itself(now)
        asks = self.asks_connector(asked)
        if asks and (failure := self._ask_connector(entry, now)):
            return failure
        self._outbox.after_read(entry, records=asks)
        return Answer(body=encoded(refund_body(entry, profile_id=self._book.profile_id)))

    def _refund_list(self, asked: Asked, standing: Standing) -> Answer:
        try:
            request = RefundListRequest.model_validate(asked.body)
        except ValidationError as error:
            return answers.invalid(f"Json deserialize error: {error.errors()[0]['msg']}")
        limit = DEFAULT_PAGE if request.limit is None else request.limit
        if limit not in LIMITS:
            return answers.invalid("limit should be in between 1 and 100")
        found: list[RefundEntry] = []
        if standing is Standing.OWN:
            now = self._book.clock.now()
            candidates = self._refunds_asked_for(request)
            for entry in candidates:
                entry.hears_of_itself(now)
            found = matching_refunds(candidates, request, profile_id=self._book.profile_id, now=now)
        start = request.offset or 0
        page = [refund_body(r, profile_id=self._book.profile_id) for r in found[start : start + limit]]
        return Answer(body=encoded({"count": len(page), "total_count": len(found), "data": page}))

    def _payment_list(self, asked: Asked, standing: Standing) -> Answer:
        try:
            request = PaymentListRequest.model_validate(asked.query)
        except ValidationError as error:
            return answers.unreadable_query(error.errors()[0]["msg"])
        if request.limit not in LIMITS:
            return answers.invalid("limit should be in between 1 and 100")
        now = self._book.clock.now()
        own = self._book.payments.values() if standing is Standing.OWN else ()
        for entry in own:
            entry.hears_of_itself(now)
        data = [
            payment_body(entry, merchant_id=self._book.merchant_id, profile_id=self._book.profile_id)
            for entry in matching_payments(own, request)
        ]
        return Answer(body=encoded({"size": len(data), "data": data}))

    def _ask_connector(self, entry: AnyEntry, now: datetime) -> Answer | None:
        """Hyperswitch asks, and learns; or the processor's error."""
        self._traffic.connector_calls[entry.constants.connector] += 1
        if failure := self._faults.of_connector(entry):
            return failure.answer
        entry.learns(now)
        return None

    def _refunds_asked_for(self, request: RefundListRequest) -> list[RefundEntry]:
        """All that the ids of the request can mean, without going through the whole book for one payment."""
        if request.payment_id is None and request.refund_id is None:
            return list(self._book.refunds.values())
        of_payment = self._book.refunds_of(request.payment_id or "")
        single = self._book.refunds.get(request.refund_id or "")
        return [*of_payment, *([single] if single is not None and single not in of_payment else [])]

    def _encoded_payment(self, entry: PaymentEntry, now: datetime, *, attempts: bool) -> bytes:
        it = entry.constants
        shown = [r for r in self._book.refunds_of(it.payment_id) if r.constants.embedded_at <= now]
        state = (entry.version, attempts, [(r.constants.refund_id, r.version) for r in shown])
        kept = self._encoded.get(it.payment_id)
        if kept is not None and kept[0] == state:
            return kept[1]
        book = self._book
        body = encoded(
            payment_body(
                entry,
                merchant_id=book.merchant_id,
                profile_id=book.profile_id,
                refunds=shown,
                attempts=attempts,
            )
        )
        self._encoded[it.payment_id] = (state, body)
        return body


def _malformed(asked: Asked, id_field: str, *booleans: str) -> Answer | None:
    if not well_formed(asked.object_id or ""):
        return answers.invalid(f"{id_field} is not a valid identifier")
    for name in booleans:
        if asked.query.get(name, "true") not in ("true", "false"):
            return answers.unreadable_query(f"{name}: provided string was not `true` or `false`")
    return None


_FINAL_REFUNDS: Final = frozenset({"succeeded", "failed"})
_ASKED_BY_OLD_SERVERS: Final = frozenset({"succeeded", "failed"})
_NEVER_ASKED: Final = _ASKED_BY_OLD_SERVERS | {
    "cancelled",
    "cancelled_post_capture",
    "expired",
    "partially_captured",
    "requires_payment_method",
    "requires_confirmation",
}
