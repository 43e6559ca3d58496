"""Behaviours: how a shop's endpoint treats a request, as two separate things: its work, and its answer.

Every kind of trouble is a pair of the two: work that is done while the answer is lost, a good answer to
work that is never done, work that is done long after the answer.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Work(StrEnum):
    """What becomes of the event."""

    DONE = "done"
    """Taken and committed before the answer."""
    LEFT = "left"
    """Not looked at."""
    LATER = "later"
    """Answered first; taken and committed when the test lets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a request is treated.

    Attributes:
        status: what is answered; None: what the work came to, 200 where it is not done yet.
        cut: the connection is closed instead of an answer.
        held: the answer waits for this; a client that gives up first ends the wait.
        seconds: the answer takes that long by the endpoint's clock.
        let: the work that is left for later waits for this.
    """

    work: Work = Work.DONE
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False
    held: asyncio.Event | None = None
    seconds: float = 0.0
    let: asyncio.Event | None = None


AS_IT_SHOULD = Behaviour()


def loses_the_answer() -> Behaviour:
    """Commits, and the connection breaks before a byte of the answer."""
    return Behaviour(cut=True)


def loses_the_request() -> Behaviour:
    """The connection breaks before anything is done."""
    return Behaviour(work=Work.LEFT, cut=True)


def answers_late(held: asyncio.Event) -> Behaviour:
    """Commits at once and answers when `held` is set."""
    return Behaviour(held=held)


def takes_seconds(seconds: float) -> Behaviour:
    """Commits at once; the answer takes that long by the endpoint's clock."""
    return Behaviour(seconds=seconds)


def never_answers(work: Work = Work.DONE) -> Behaviour:
    """Commits, unless it is to leave it, and says nothing until the client gives up."""
    return Behaviour(work=work, held=asyncio.Event())


def says_yes_and_does_nothing() -> Behaviour:
    """200 to an event that nobody looked at."""
    return Behaviour(work=Work.LEFT, status=200)


def fails_after_committing(status: int = 500) -> Behaviour:
    """Commits, and an error comes of what follows."""
    return Behaviour(status=status)


def refuses(status: int, *, body: bytes = b"", **headers: str) -> Behaviour:
    """Answers with an error and does nothing. Header names are spelled with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Behaviour(work=Work.LEFT, status=status, headers=named, body=body)


def redirects(to: str, status: int = 307) -> Behaviour:
    """Sends the client elsewhere and does nothing."""
    return refuses(status, location=to)


def works_later(let: asyncio.Event, *, status: int = 202) -> Behaviour:
    """Answers at once, as a queue does, and commits when `let` is set."""
    return Behaviour(work=Work.LATER, status=status, let=let)


class Behaviours:
    """Which behaviour meets which request: what is scripted first, then what lasts.

    `of` names a payment's or refund's id at the PSP; without it any request is meant.
    """

    def __init__(self) -> None:
        self._scripts: dict[str, list[Behaviour]] = {}
        self._lasting: dict[str, Behaviour] = {}

    def script(self, *behaviours: Behaviour, of: str = "*") -> None:
        """The next requests meet these, one each."""
        self._scripts.setdefault(of, []).extend(behaviours)

    def always(self, behaviour: Behaviour, *, of: str = "*") -> None:
        """Every request meets it, until `stop`."""
        self._lasting[of] = behaviour

    def stop(self, *, of: str = "*") -> None:
        """No more of what was said for `of`."""
        self._scripts.pop(of, None)
        self._lasting.pop(of, None)

    def meets(self, object_id: str | None) -> Behaviour:
        """What this request meets. Each call is a request of its own."""
        names = ([object_id] if object_id else []) + ["*"]
        for name in names:
            if script := self._scripts.get(name):
                return script.pop(0)
        return next((self._lasting[name] for name in names if name in self._lasting), AS_IT_SHOULD)
