"""Faults: everything that can go wrong with an answer, and the script that says when it does.

A `Reply` takes the place of the read, which then has no effect. All the others befall an answer on its
way back: the read was carried out, Hyperswitch may have learned, and the client does not hear of it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from random import Random

from reconcile_tui.demo.psp.answers import Answer, error, page
from reconcile_tui.demo.psp.asked import Asked
from reconcile_tui.demo.psp.chance import seeded
from reconcile_tui.demo.psp.entries import AnyEntry


@dataclass(frozen=True, slots=True)
class Reply:
    """This answer instead of the read."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Hang:
    """The answer is held back: so many seconds of the server's clock, or for ever (None)."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset before a byte of the answer."""


@dataclass(frozen=True, slots=True)
class Truncated:
    """The JSON ends half-way: in a complete HTTP answer, or (`mid_body`) with the connection."""

    mid_body: bool = False


@dataclass(frozen=True, slots=True)
class Mislabelled:
    """The right body under another content type."""

    content_type: str = "text/html"


@dataclass(frozen=True, slots=True)
class OtherId:
    """A complete answer about another object (in a list: refunds of another payment)."""

    object_id: str = "pay_of_somebody_else"


@dataclass(frozen=True, slots=True)
class OtherStatus:
    """A complete answer with a status that no version of the document has."""

    status: str = "teleported"


@dataclass(frozen=True, slots=True)
class OtherField:
    """A complete answer in which one field holds something else, of any JSON type."""

    field: str
    value: object


@dataclass(frozen=True, slots=True)
class Padded:
    """A complete answer, blown up with blanks to so many bytes."""

    size: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Miscounted:
    """A list whose `total_count` is off by so many."""

    by: int = 1


RetryAfter = float | datetime | str | None
"""Seconds, a moment (UTC; sent as an HTTP date), any text as it is, or no header."""

Fault = (
    Reply | Hang | Reset | Truncated | Mislabelled | OtherId | OtherStatus | OtherField | Padded | Miscounted
)


def server_error(status: int = 500) -> Reply:
    """HE_00: something broke inside."""
    return Reply(error(status, "server_not_available", "HE_00", "Something went wrong"))


def busy() -> Reply:
    """HE_00 with 423: somebody else holds the payment's lock."""
    return Reply(error(423, "lock_timeout", "HE_00", "Resource is busy. Please try again later."))


def bad_gateway(status: int = 502, retry_after: RetryAfter = None) -> Reply:
    """A proxy's own page, in HTML."""
    title = {502: "Bad Gateway", 503: "Service Unavailable"}.get(status, "Gateway Time-out")
    return Reply(page(status, title, _retry_after(retry_after)))


def too_many_requests(retry_after: RetryAfter = 1) -> Reply:
    """429 of a proxy."""
    return Reply(page(429, "Too Many Requests", _retry_after(retry_after)))


def connector_error(code: str = "CE_00", status: int = 502) -> Reply:
    """The processor's own error came through."""
    return Reply(error(status, "connector", code, "The processor did not answer as it should"))


def forbidden() -> Reply:
    """IR_22: the key may not do this."""
    return Reply(
        error(403, "invalid_request", "IR_22", "Access forbidden. Not authorized to access this resource")
    )


def redirect(to: str) -> Reply:
    """302 to somewhere else."""
    return Reply(page(302, "Found", {"Location": to}))


def _retry_after(retry_after: RetryAfter) -> dict[str, str]:
    match retry_after:
        case None:
            return {}
        case datetime():
            return {"Retry-After": format_datetime(retry_after, usegmt=True)}
        case _:
            return {"Retry-After": str(retry_after)}


@dataclass(frozen=True, slots=True)
class _Share:
    where: str
    share: float
    fault: Fault


class Faults:
    """When which fault befalls which request.

    `where` names requests by object id, by endpoint ("payment", "refund", "refund_list",
    "payment_list"), by path without the server's prefix, as "forced", or all of them as "*".
    What is scripted comes first, then what lasts, then shares in the order in which they were given.

    Args:
        rng: decides shares. The n-th request about an object gets the same lot in every run,
            however requests interleave.
    """

    def __init__(self, rng: Random | None = None) -> None:
        self._salt = (rng or seeded(0)).getrandbits(64)
        self._scripts: dict[str, list[Fault | None]] = {}
        self._lasting: dict[str, Fault] = {}
        self._shares: list[_Share] = []
        self._connectors: dict[str, tuple[float, Reply]] = {}
        self._turns: Counter[str] = Counter()

    def script(self, where: str, *faults: Fault | None) -> None:
        """The next requests get these, one each; None lets one pass unharmed."""
        self._scripts.setdefault(where, []).extend(faults)

    def always(self, where: str, fault: Fault) -> None:
        """Every request gets it, until `stop`."""
        self._lasting[where] = fault

    def share(self, share: float, fault: Fault, *, where: str = "*") -> None:
        """About this share (0 to 1) of the requests gets it, until `stop`."""
        self._shares.append(_Share(where, share, fault))

    def stop(self, where: str = "*") -> None:
        """No more of what was said for `where`."""
        self._scripts.pop(where, None)
        self._lasting.pop(where, None)
        self._shares = [share for share in self._shares if share.where != where]

    def connector_fails(self, whose: str, reply: Reply | None = None, *, share: float = 1) -> None:
        """Asking the processor fails, for one object (its id) or for all of a connector (its name)."""
        self._connectors[whose] = (share, reply or connector_error())

    def connector_recovers(self, whose: str) -> None:
        """The processor answers again."""
        self._connectors.pop(whose, None)

    def befalls(self, asked: Asked) -> Fault | None:
        """What happens to this request. Each call is a request of its own."""
        if not (self._scripts or self._lasting or self._shares):
            return None
        names = [name for name in (asked.object_id, asked.path, asked.endpoint, "*") if name]
        if asked.forced:
            names.insert(-1, "forced")
        for name in names:
            if script := self._scripts.get(name):
                return script.pop(0)
        for name in names:
            if name in self._lasting:
                return self._lasting[name]
        lots = (
            s for i, s in enumerate(self._shares) if s.where in names and self._drawn(f"{i} {names}", s.share)
        )
        return next((share.fault for share in lots), None)

    def of_connector(self, entry: AnyEntry) -> Reply | None:
        """How asking the processor for `entry` fails, if it does."""
        if not self._connectors:
            return None
        for whose in (entry.constants.object_id, entry.constants.connector):
            share, reply = self._connectors.get(whose, (0.0, None))
            if reply and self._drawn(f"connector {whose} {entry.constants.object_id}", share):
                return reply
        return None

    def _drawn(self, lot: str, share: float) -> bool:
        if share >= 1:
            return True
        self._turns[lot] += 1
        return seeded(f"{self._salt} {lot} {self._turns[lot]}").random() < share
