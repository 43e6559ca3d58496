"""Traffic: what the server was asked, how often, how much of it at once. Tests assert on it."""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager

from reconcile_tui.demo.psp.asked import Asked, Endpoint


class Traffic:
    """Counts, and the latest requests themselves.

    Attributes:
        counts: requests by endpoint; refused and failed ones count too.
        forced: payment and refund reads that had `force_sync=true`.
        connector_calls: how often each processor was asked because of a read.
        answers: answers by HTTP status; what was hung up on is not in it.
        seen: the latest requests, oldest first, without any key.
        illegal: every request that is no read of this API: it must stay empty.
        under_way: requests that wait for their answer now; `peak`: the most there ever were.
    """

    def __init__(self, *, keep: int = 100_000) -> None:
        self.counts: Counter[Endpoint] = Counter()
        self.forced = 0
        self.connector_calls: Counter[str] = Counter()
        self.answers: Counter[int] = Counter()
        self.seen: deque[Asked] = deque(maxlen=keep)
        self.illegal: list[Asked] = []
        self.under_way = 0
        self.peak = 0

    @contextmanager
    def of(self, asked: Asked) -> Iterator[None]:
        """Note the request, and that it is under way."""
        self.seen.append(asked)
        if asked.endpoint is None:
            self.illegal.append(asked)
        else:
            self.counts[asked.endpoint] += 1
            self.forced += asked.forced
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        try:
            yield
        finally:
            self.under_way -= 1

    def about(self, object_id: str) -> list[Asked]:
        """The requests about one payment or refund, oldest first."""
        return [asked for asked in self.seen if asked.object_id == object_id]

    @property
    def total(self) -> int:
        return self.counts.total() + len(self.illegal)
