"""Hyperswitch, read-only: payments, refunds, and every refund of a payment.

Facts of its API are from its public reference and source (juspay/hyperswitch, November 2026). Each
attempt takes its own slot of the budget; a wait that the server asks for binds the whole process.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar
from urllib.parse import quote

from pydantic import SecretStr
from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.http_client import DIRECT, Outbound
from reconcile_tui.core.masking import masked
from reconcile_tui.core.psp.budget import BudgetUnavailable, PspBudget, goes_through
from reconcile_tui.core.psp.hyperswitch_bodies import (
    BodyRefused,
    parsed,
    payment_seen,
    refund_page,
    refund_seen,
)
from reconcile_tui.core.psp.hyperswitch_errors import What, judged
from reconcile_tui.core.psp.wire import Answer, ReaderTimeouts, Wire
from reconcile_tui.core.psp_states import (
    NotFound,
    PaymentSeen,
    ReadFailed,
    ReadFailureKind,
    ReadHow,
    ReadStamp,
    RefundList,
    RefundSeen,
)

MAX_BODY_BYTES = 4 * 1024 * 1024
LONGEST_ID = 255
_PAGE = 100
_MOST_PAGES = 50
_PASSING = (ReadFailureKind.UNREACHABLE, ReadFailureKind.SERVER_ERROR, ReadFailureKind.RATE_LIMITED)
_WAIT_UNSAID = 1.0
"""Seconds to hold everything back after a 429 that does not say how long."""


class KeyRefused(ValueError):
    """The API key cannot be used. The error does not carry it."""


class PublishableKeyRefused(KeyRefused):
    """A `pk_…` key: those are for browsers and may not read a payment's truth. A secret key is needed."""

    def __init__(self) -> None:
        super().__init__("this is a publishable key (pk_…), made for browsers: a secret API key is needed")


class MalformedKeyRefused(KeyRefused):
    """An empty key, or one with spaces, line ends or non-ASCII characters: a slip in copying."""

    def __init__(self) -> None:
        super().__init__("the API key is empty, or holds a space, a line end or a non-ASCII character")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRules:
    """How one read is tried again: passing troubles alone, never a time-out.

    Attributes:
        attempts: requests in all.
        first_wait: seconds before the second attempt; doubled for each further one.
        longest_wait: seconds; where the server asks for more, the read ends and the tick goes on.
    """

    attempts: int = 3
    first_wait: float = 0.2
    longest_wait: float = 5.0


_TIMEOUTS = ReaderTimeouts()
_RETRIES = RetryRules()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One read: the request, and what its answer is about."""

    method: str
    target: str
    content: bytes | None = None
    what: What
    psp_id: str
    how: ReadHow


_Seen = TypeVar("_Seen")
_Understand = Callable[[Mapping[str, object], ReadStamp], _Seen]


class HyperswitchReader:
    """A `PspReader` for one Hyperswitch account.

    Args:
        base_url: scheme, host and, self-hosted, a path prefix.
        jitter: a number from 0 up to 1 at each call: it spreads the attempts of many readers.
        merchant_id: refuse payments of another merchant as `WRONG_ID`; None asks no such question.
        allow_http: for a server in the same cluster.
        outbound: how this machine reaches the server.

    Raises:
        PublishableKeyRefused, MalformedKeyRefused: the key cannot work.
        BaseUrlRefused, PlainHttpRefused: the address cannot be used, or would show the key.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: SecretStr,
        budget: PspBudget,
        clock: Clock,
        jitter: Callable[[], float],
        timeouts: ReaderTimeouts = _TIMEOUTS,
        retries: RetryRules = _RETRIES,
        max_body_bytes: int = MAX_BODY_BYTES,
        allow_http: bool = False,
        merchant_id: str | None = None,
        outbound: Outbound = DIRECT,
    ) -> None:
        self._wire = Wire(
            base_url=base_url,
            headers={"api-key": _checked(api_key)},
            clock=clock,
            timeouts=timeouts,
            max_body_bytes=max_body_bytes,
            allow_http=allow_http,
            outbound=outbound,
        )
        self._api_key = api_key
        self._budget = budget
        self._clock = clock
        self._jitter = jitter
        self._slot_seconds = timeouts.slot
        self._retries = retries
        self._merchant_id = merchant_id
        self._retrying = AsyncRetrying(
            sleep=clock.sleep,
            stop=stop_after_attempt(retries.attempts),
            wait=self._wait,
            retry=retry_if_result(self._is_worth_another),
            retry_error_callback=_last_result,
        )

    async def payment(self, payment_id: PaymentId, *, how: ReadHow) -> PaymentSeen | NotFound | ReadFailed:
        """The payment with this id; its refunds come with it."""
        segment = _as_segment(payment_id)
        if segment is None:
            return self._no_id("payment")

        def understand(body: Mapping[str, object], stamp: ReadStamp) -> PaymentSeen | ReadFailed:
            seen = payment_seen(body, stamp)
            if seen.payment_id != payment_id:
                return self._wrong_id(f"asked for {payment_id}, got {seen.payment_id}")
            if stray := [refund for refund in seen.refunds if refund.payment_id != payment_id]:
                return self._wrong_id(f"a refund of {stray[0].payment_id} among those of {payment_id}")
            if self._merchant_id is not None and body.get("merchant_id") != self._merchant_id:
                return self._wrong_id(f"a payment of another merchant than {self._merchant_id}")
            return seen

        target = f"/payments/{segment}" + ("?force_sync=true" if how is ReadHow.FORCED else "")
        question = _Question(method="GET", target=target, what="payment", psp_id=payment_id, how=how)
        return await self._read(question, understand)

    async def refund(self, refund_id: RefundId, *, how: ReadHow) -> RefundSeen | NotFound | ReadFailed:
        """The refund with this id.

        As last known it comes from the list: a GET on an open refund asks the connector every time (source).
        An empty list is `NotFound`: another profile's key gets one too.
        """
        segment = _as_segment(refund_id)
        if segment is None:
            return self._no_id("refund")
        if how is ReadHow.FORCED:
            target = f"/refunds/{segment}?force_sync=true"
            question = _Question(method="GET", target=target, what="refund", psp_id=refund_id, how=how)
        else:
            question = _listing({"refund_id": refund_id, "limit": _PAGE}, what="refund", psp_id=refund_id)

        def one_of(body: Mapping[str, object], stamp: ReadStamp) -> RefundSeen | NotFound | ReadFailed:
            rows = (refund_seen(body, stamp),) if how is ReadHow.FORCED else refund_page(body, stamp)[0]
            if not rows:
                return NotFound(stamp=stamp, what="refund", psp_id=refund_id)
            mine = next((row for row in rows if row.refund_id == refund_id), None)
            return mine or self._wrong_id(f"asked for {refund_id}, got {rows[0].refund_id}")

        return await self._read(question, one_of)

    async def refunds_of(self, payment_id: PaymentId) -> RefundList | ReadFailed:
        """Every refund listed for a payment; as last known.

        Pages are asked for until as many different refunds were seen as the highest `total_count` said.
        Pages that bring nothing new, or too many of them, end it early: the list then is not complete.
        """
        if _as_segment(payment_id) is None:
            return self._no_id("payment")

        def page(
            body: Mapping[str, object], stamp: ReadStamp
        ) -> tuple[ReadStamp, tuple[RefundSeen, ...], int] | ReadFailed:
            rows, total = refund_page(body, stamp)
            if stray := [row for row in rows if row.payment_id != payment_id]:
                return self._wrong_id(f"a refund of {stray[0].payment_id} among those of {payment_id}")
            return stamp, rows, total

        seen: dict[RefundId, RefundSeen] = {}
        total, offset = 0, 0
        first: ReadStamp | None = None
        for _ in range(_MOST_PAGES):
            asked = {"payment_id": payment_id, "limit": _PAGE, "offset": offset}
            answer = await self._read(_listing(asked, what="refund", psp_id=payment_id), page)
            match answer:
                case ReadFailed():
                    return answer
                case NotFound(stamp=stamp):
                    return ReadFailed(
                        at=stamp.at,
                        kind=ReadFailureKind.INCOMPLETE_LIST,
                        detail="the list itself was not found",
                        http_status=404,
                    )
                case stamp, rows, said:
                    first = first or stamp
                    before = len(seen)
                    seen |= {row.refund_id: row for row in rows}
                    total, offset = max(total, said), offset + len(rows)
                    if len(seen) >= total or len(seen) == before:
                        break
        stamp = first or ReadStamp(at=self._clock.now(), how=ReadHow.LAST_KNOWN)
        return RefundList(stamp=stamp, payment_id=payment_id, refunds=tuple(seen.values()), total_count=total)

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._wire.aclose()

    async def _read(
        self, question: _Question, understand: _Understand[_Seen | NotFound | ReadFailed]
    ) -> _Seen | NotFound | ReadFailed:
        """A read with its attempts. Most need one: the retrying, whose state is a copy for each read, is
        only begun with a first attempt that is worth another."""
        result = await self._attempt(question, understand)
        if self._is_worth_another(result):
            made = [result]

            async def attempt() -> _Seen | NotFound | ReadFailed:
                return made.pop() if made else await self._attempt(question, understand)

            result = await self._retrying.copy()(attempt)
        return self._without_key(result) if isinstance(result, ReadFailed) else result

    async def _attempt(
        self, question: _Question, understand: _Understand[_Seen | NotFound | ReadFailed]
    ) -> _Seen | NotFound | ReadFailed:
        async with AsyncExitStack() as place:
            if (refused := await self._slot(place)) is not None:
                return refused
            answer = await self._wire.send(question.method, question.target, content=question.content)
        if isinstance(answer, ReadFailed):
            return answer
        self._obey(answer)
        if answer.status != 200:
            return judged(answer, what=question.what, psp_id=question.psp_id, how=question.how)
        if answer.media_type != "application/json":
            return self._malformed(
                answer, f"content type {masked(answer.media_type[:100])!r} instead of JSON"
            )
        stamp = ReadStamp(at=answer.at, how=question.how, psp_clock=answer.psp_clock)
        try:
            body = parsed(answer.body)
        except BodyRefused as refused_body:
            return self._malformed(answer, refused_body.why)
        try:
            return understand(body, stamp)
        except BodyRefused as refused_body:
            return self._malformed_field(answer, question, body, refused_body.why)

    async def _slot(self, place: AsyncExitStack) -> ReadFailed | None:
        """Wait for a place and a slot, the place first: a slot is counted at the moment of the send."""
        if (blocked := self._blocked()) and (blocked.retry_after or 0) > self._slot_seconds:
            return blocked
        try:
            async with asyncio.timeout(self._slot_seconds):
                await place.enter_async_context(self._budget.in_flight())
                await self._budget.take()
        except TimeoutError:
            return self._blocked() or self._own_limit(
                f"no place in the budget within {self._slot_seconds:g} s"
            )
        except BudgetUnavailable as error:
            return self._own_limit(f"the budget cannot be asked: {error}")
        return None

    def _blocked(self) -> ReadFailed | None:
        """Nothing may be sent yet, because the PSP said so; None where it may."""
        now, until = self._clock.now(), self._budget.blocked_until
        if until is None or until <= now or goes_through(until):
            return None
        return ReadFailed(
            at=now,
            kind=ReadFailureKind.RATE_LIMITED,
            detail=f"not sent: the PSP asked to be left alone until {until:%H:%M:%S} UTC",
            retry_after=(until - now).total_seconds(),
        )

    def _obey(self, answer: Answer) -> None:
        if answer.status in (429, 503) and answer.retry_after is not None:
            self._budget.penalise(self._clock.now() + timedelta(seconds=answer.retry_after))
        elif answer.status == 429:
            self._budget.penalise(self._clock.now() + timedelta(seconds=_WAIT_UNSAID))

    def _is_worth_another(self, result: object) -> bool:
        return (
            isinstance(result, ReadFailed)
            and result.kind in _PASSING
            and (result.retry_after or 0.0) <= self._retries.longest_wait
        )

    def _wait(self, state: RetryCallState) -> float:
        """Seconds before the next attempt: what the server asks for, and never all at the same moment."""
        asked = state.outcome.result().retry_after if state.outcome else None
        backoff = self._retries.first_wait * 2.0 ** (state.attempt_number - 1)
        return float(asked or 0.0) + backoff * (0.5 + self._jitter() / 2)

    def _no_id(self, what: What) -> ReadFailed:
        detail = f"the {what} id on the row is empty, too long, or no id: nothing was sent"
        return ReadFailed(at=self._clock.now(), kind=ReadFailureKind.BAD_REQUEST, detail=detail)

    def _wrong_id(self, detail: str) -> ReadFailed:
        return ReadFailed(at=self._clock.now(), kind=ReadFailureKind.WRONG_ID, detail=detail, http_status=200)

    def _own_limit(self, detail: str) -> ReadFailed:
        return ReadFailed(at=self._clock.now(), kind=ReadFailureKind.OWN_LIMIT, detail=detail)

    def _malformed(self, answer: Answer, detail: str) -> ReadFailed:
        return ReadFailed(
            at=answer.at, kind=ReadFailureKind.MALFORMED, detail=detail, http_status=answer.status
        )

    def _malformed_field(
        self, answer: Answer, question: _Question, body: Mapping[str, object], why: str
    ) -> ReadFailed:
        """An answer of which something cannot be read. Where it is surely about what was asked, it is the
        same tomorrow, and no server's passing trouble."""
        is_ours = question.method == "POST" or body.get(f"{question.what}_id") == question.psp_id
        if not is_ours:
            return self._malformed(answer, why)
        return ReadFailed(
            at=answer.at, kind=ReadFailureKind.MALFORMED_FIELD, detail=why, http_status=answer.status
        )

    def _without_key(self, failure: ReadFailed) -> ReadFailed:
        """A server may repeat the key it refuses in its message."""
        key = self._api_key.get_secret_value()
        return (
            replace(failure, detail=failure.detail.replace(key, "***")) if key in failure.detail else failure
        )


def _checked(api_key: SecretStr) -> str:
    key = api_key.get_secret_value()
    if key.strip().lower().startswith("pk_"):
        raise PublishableKeyRefused
    if not key or not all("!" <= character <= "~" for character in key):
        raise MalformedKeyRefused
    return key


def _as_segment(psp_id: str) -> str | None:
    """An id as one segment of a path; None where it is no id.

    `.` and `..` are refused rather than quoted: a client or proxy on the way may undo that quoting.
    """
    if not psp_id.strip() or psp_id in (".", "..") or len(psp_id) > LONGEST_ID:
        return None
    return quote(psp_id, safe="") if psp_id.isprintable() else None


def _listing(query: Mapping[str, object], *, what: What, psp_id: str) -> _Question:
    return _Question(
        method="POST",
        target="/refunds/list",
        content=json.dumps(query).encode(),
        what=what,
        psp_id=psp_id,
        how=ReadHow.LAST_KNOWN,
    )


def _last_result(state: RetryCallState) -> object:
    return state.outcome.result() if state.outcome else None
