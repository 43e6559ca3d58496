"""The simulated Hyperswitch: a real HTTP server on loopback that answers from a book.

    async with SimulatedPsp(book) as psp:
        ...  # psp.url, psp.api_key, psp.faults, psp.traffic

It has reads alone; whatever else it is asked is refused and kept in `psp.traffic.illegal`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from reconcile_tui.demo.psp import answers, mishaps
from reconcile_tui.demo.psp.answers import Answer
from reconcile_tui.demo.psp.asked import Asked, asked
from reconcile_tui.demo.psp.book import Book
from reconcile_tui.demo.psp.chance import seeded
from reconcile_tui.demo.psp.entries import AnyEntry
from reconcile_tui.demo.psp.faults import Fault, Faults, Reply
from reconcile_tui.demo.psp.keys import API_KEY, Standing, standing
from reconcile_tui.demo.psp.outbox import Deliver, Outbox, Webhook
from reconcile_tui.demo.psp.rate_limit import RateLimit, TokenBucket
from reconcile_tui.demo.psp.reads import Reads
from reconcile_tui.demo.psp.traffic import Traffic
from reconcile_tui.demo.psp.webhook_policy import ONCE, WebhookPolicy

WEBHOOK_KEY: Final = "simulated_payment_response_hash_key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long an answer takes, in seconds of the server's clock, log-normally spread around medians.

    Attributes:
        median: of any read.
        connector_median: on top of it, where the read asks the processor.
        sigma: 0 is always the median; 0.5 makes one in twenty take more than twice as long.
    """

    median: float = 0.0
    connector_median: float = 0.0
    sigma: float = 0.0

    def seconds(self, rng: Random, *, asks_connector: bool) -> float:
        median = self.median + (self.connector_median if asks_connector else 0)
        return median * rng.lognormvariate(0, self.sigma) if median and self.sigma else median


class SimulatedPsp:
    """A server of one book, open while its context is. `book.clock` is its clock.

    Args:
        deliver: takes its real webhooks to the shop; None: the profile has no webhook URL.
        webhook: how events are sent where an entry does not say.
        webhook_key: the profile's `payment_response_hash_key`.
        resyncs_final: as older servers: `force_sync` asks again for `failed` and `succeeded` payments.
        rng: decides latencies, and shares of faults where `faults` is not given.
        port: 0 picks a free one.
        prefix: the path under which the API stands, such as "/hyperswitch".
        keep: how many requests `traffic.seen` remembers.

    Attributes:
        url: the base to read from, prefix included; empty until it is open.
    """

    def __init__(
        self,
        book: Book,
        *,
        faults: Faults | None = None,
        latency: Latency | None = None,
        rate_limit: RateLimit | None = None,
        deliver: Deliver | None = None,
        webhook: WebhookPolicy = ONCE,
        webhook_key: str = WEBHOOK_KEY,
        api_key: str = API_KEY,
        resyncs_final: bool = False,
        rng: Random | None = None,
        port: int = 0,
        prefix: str = "",
        keep: int = 100_000,
    ) -> None:
        self.book = book
        self.api_key = api_key
        self.webhook_key = webhook_key
        self.url = ""
        self._rng = rng or seeded(0)
        self.faults = faults or Faults(self._rng)
        self.traffic = Traffic(keep=keep)
        self.latency = latency or Latency()
        self._bucket = TokenBucket(rate_limit, book.clock) if rate_limit else None
        self._outbox = Outbox(book, deliver=deliver, policy=webhook, key=webhook_key)
        self._reads = Reads(
            book,
            faults=self.faults,
            outbox=self._outbox,
            traffic=self.traffic,
            resyncs_final=resyncs_final,
        )
        self._port = port
        self._prefix = prefix.rstrip("/")
        self._date = (0, "")
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}{self._prefix}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()
        await self._outbox.close()

    @property
    def delivered(self) -> list[Webhook]:
        """The webhooks handed to `deliver`, in order, repetitions included."""
        return self._outbox.delivered

    async def webhooks_settled(self) -> None:
        """Wait until every webhook that a read set off is delivered, delayed ones too.

        Raises:
            ExceptionGroup: `deliver` raised.
        """
        await self._outbox.settled()

    def webhook_of(self, object_id: str) -> Webhook:
        """The real event of what is known of a payment or refund, built and signed, not sent.

        Raises:
            KeyError: there is no such object.
            ValueError: its status sends no event.
        """
        return self._outbox.webhook(self._entry(object_id))

    def hears_of(self, object_id: str) -> Webhook | None:
        """The processor tells Hyperswitch how a payment or refund is; the event that Hyperswitch sends then,
        not delivered. None where it sent that event before, delivered or lost, or has none.

        Raises:
            KeyError: there is no such object.
        """
        return self._outbox.heard(self._entry(object_id))

    def _entry(self, object_id: str) -> AnyEntry:
        payment = self.book.payments.get(object_id)
        return payment if payment is not None else self.book.refunds[object_id]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        clock = self.book.clock
        this = await asked(request, prefix=self._prefix, at=clock.now())
        with self.traffic.of(this):
            answer, fault = await self._answer(this, request.headers.get("api-key"))
            response = await mishaps.send(
                request, answer, fault, date=self._date_at(clock.now()), clock=clock
            )
            self.traffic.answers[response.status] += 1
            return response

    async def _answer(self, this: Asked, key: str | None) -> tuple[Answer, Fault | None]:
        who = standing(key, own=self.api_key)
        if this.endpoint is None:
            return self._reads.answer(this, who), None
        if self._bucket and (refusal := self._bucket.refuses()):
            return refusal.answer, None
        if who is Standing.UNAUTHORISED:
            return answers.UNAUTHORISED, None
        fault = self.faults.befalls(this)
        asks = bool(self.latency.connector_median) and self._reads.asks_connector(this)
        if wait := self.latency.seconds(self._rng, asks_connector=asks):
            await self.book.clock.sleep(wait)
        if isinstance(fault, Reply):
            return fault.answer, None
        return mishaps.bent(self._reads.answer(this, who), fault), fault

    def _date_at(self, now: datetime) -> str:
        """The Date header, made once a second."""
        second = int(now.timestamp())
        if second != self._date[0]:
            self._date = (second, format_datetime(now.astimezone(UTC), usegmt=True))
        return self._date[1]
