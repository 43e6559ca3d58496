"""The plan file: a plan as text that is taken exactly as it was printed, or not at all.

Its seal is made with a key that is derived from the API key of its context: whoever has that key may plan
there anyway, and nobody else can make a file, or change one. What a file says is not believed before.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from pydantic import SecretStr

FORMAT = 1
"""Another number means that this version cannot read the file."""
LARGEST_FILE = 8 * 1024 * 1024
"""Bytes. A plan of a thousand rows needs about a third of it."""

_LABEL = b"reconcile-tui: seal of plan files, 1"
_SEAL = "seal"


class PlanFileRefused(Exception):
    """A plan file is not taken. Each reason is a class of its own."""


class NotAPlan(PlanFileRefused):
    """It is no plan file at all. `problem`: why, a clause."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class OtherFormat(PlanFileRefused):
    """Another version of this program made it. `found`: its format; None where that is no number."""

    def __init__(self, found: int | None) -> None:
        super().__init__(f"format {found}")
        self.found = found


class SealBroken(PlanFileRefused):
    """It is not as it was printed, or was made with another key."""


class MadeElsewhere(PlanFileRefused):
    """It was made in another place. `what`: the context, the database or the PSP."""

    def __init__(self, what: str, *, there: str | None, here: str | None) -> None:
        super().__init__(f"{what}: {there} is not {here}")
        self.what = what
        self.there = there
        self.here = here


class MadeByDryRun(PlanFileRefused):
    """It was made of what was last known: no processor was asked."""


class PlanTooOld(PlanFileRefused):
    """It was made longer ago than a plan may be."""

    def __init__(self, age: timedelta, max_age: timedelta) -> None:
        super().__init__(f"{age} is more than {max_age}")
        self.age = age
        self.max_age = max_age


class MadeInTheFuture(PlanFileRefused):
    """By the database's clock it is not made yet."""

    def __init__(self, ahead: timedelta) -> None:
        super().__init__(f"{ahead} ahead")
        self.ahead = ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOfPlan:
    """What a plan belongs to.

    Attributes:
        database: where it is, without user and password.
        psp: where it answers.
    """

    context: str | None
    database: str | None
    psp: str | None


def sealed(content: Mapping[str, object], key: SecretStr) -> str:
    """The text of a file that holds `content`: plain JSON, without floats."""
    return _text({**content, _SEAL: _seal(content, key)})


def parse(data: bytes) -> dict[str, Any]:
    """What a file holds, its seal included and not yet looked at.

    Raises:
        NotAPlan: it is no plan file.
        OtherFormat: it is one of another version.
    """
    content = _json(data)
    if not isinstance(content, dict) or "document" not in content:
        raise NotAPlan("it is JSON, and no document of this program")
    if content["document"] != "plan":
        raise NotAPlan("it is another document of this program, and no plan")
    found = content.get("format")
    if type(found) is not int or found != FORMAT:
        raise OtherFormat(found if type(found) is int else None)
    return content


def require_seal(data: bytes, content: Mapping[str, object], key: SecretStr) -> None:
    """See that `data` is, byte by byte, what `sealed` made with this key, `content` being what it holds.

    Raises:
        SealBroken: it is not.
    """
    seal = content.get(_SEAL)
    rest = {name: value for name, value in content.items() if name != _SEAL}
    try:
        fits = hmac.compare_digest(str(seal).encode(errors="replace"), _seal(rest, key).encode())
        unchanged = data == _text(content).encode()
    except (ValueError, RecursionError):
        raise SealBroken from None
    if not (fits and unchanged):
        raise SealBroken


def require_place(there: PlaceOfPlan, here: PlaceOfPlan) -> None:
    """See that a plan is applied where it was made.

    Raises:
        MadeElsewhere: it is not.
    """
    if there.context != here.context:
        raise MadeElsewhere("context", there=there.context, here=here.context)
    if there.database != here.database:
        raise MadeElsewhere("database", there=there.database, here=here.database)
    if there.psp != here.psp:
        raise MadeElsewhere("PSP", there=there.psp, here=here.psp)


def require_age(made_at: datetime, *, now: datetime, max_age: timedelta, skew_limit: timedelta) -> None:
    """See that a plan is neither too old nor of the future. `made_at`, `now`: UTC, database clock.

    Raises:
        PlanTooOld, MadeInTheFuture: it is.
    """
    age = now - made_at
    if age > max_age:
        raise PlanTooOld(age, max_age)
    if -age > skew_limit:
        raise MadeInTheFuture(-age)


def _seal(content: Mapping[str, object], key: SecretStr) -> str:
    own_key = hmac.new(key.get_secret_value().encode(), _LABEL, hashlib.sha256).digest()
    return hmac.new(own_key, _canonical(content), hashlib.sha256).hexdigest()


def _canonical(content: Mapping[str, object]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _text(content: Mapping[str, object]) -> str:
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def _json(data: bytes) -> object:
    """`data` as JSON of the kind that `sealed` writes.

    Raises:
        NotAPlan: it is none: each way in which it is not has its own words.
    """
    if not data.strip():
        raise NotAPlan("it is empty")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise NotAPlan("it is not UTF-8") from None
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
    except RecursionError:
        raise NotAPlan("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise NotAPlan(f"it is not JSON (line {error.lineno})") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NotAPlan("a key stands in it twice")
    return made


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise NotAPlan("a number in it is too large")
    return int(digits)


_LONGEST_NUMBER = 30


def _no_number(_: str) -> NoReturn:
    raise NotAPlan("a number in it is not whole")
