"""The simulated Hyperswitch: a real HTTP server on loopback that answers from a book.

    async with SimulatedPsp(book) as psp:
        ...  # psp.url, psp.api_key

It has reads alone; whatever else it is asked is refused and kept in `traffic.illegal`.
"""

from types import TracebackType
from typing import Final, Self

from aiohttp import web

from reconcile_tui.demo.psp import answers
from reconcile_tui.demo.psp.answers import Answer
from reconcile_tui.demo.psp.bodies import payment_body
from reconcile_tui.demo.psp.book import Book

API_KEY: Final = "snd_simulated_0123456789abcdef"


class SimulatedPsp:
    """A server of one book, open while its context is.

    Args:
        port: 0 picks a free one.
    """

    def __init__(self, book: Book, *, api_key: str = API_KEY, port: int = 0) -> None:
        self.book = book
        self.api_key = api_key
        self._port = port
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/payments/{payment_id}", self._payment, allow_head=False)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _payment(self, request: web.Request) -> web.Response:
        if request.headers.get("api-key") != self.api_key:
            return _response(answers.UNAUTHORISED)
        entry = self.book.payments.get(request.match_info["payment_id"])
        if entry is None:
            return _response(answers.NO_SUCH_PAYMENT)
        now = self.book.clock.now()
        entry.hears_of_itself(now)
        if request.query.get("force_sync") == "true":
            entry.learns(now)
        body = payment_body(
            entry,
            merchant_id=self.book.merchant_id,
            profile_id=self.book.profile_id,
            refunds=self.book.refunds_of(entry.constants.payment_id),
        )
        return _response(Answer(body=answers.encoded(body)))


def _response(answer: Answer) -> web.Response:
    return web.Response(
        status=answer.status,
        body=answer.body,
        content_type=answer.content_type,
        headers=dict(answer.headers),
    )
