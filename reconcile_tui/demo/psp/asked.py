"""Requests as the server saw them: which endpoint, about which object, without any key."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import unquote

from aiohttp import web


class Endpoint(StrEnum):
    """The reads there are. Nothing else is."""

    PAYMENT = "payment"
    PAYMENT_LIST = "payment_list"
    REFUND = "refund"
    REFUND_LIST = "refund_list"

    @property
    def method(self) -> str:
        return "POST" if self is Endpoint.REFUND_LIST else "GET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request.

    Attributes:
        at: when it came (UTC, the server's clock).
        path: without the server's prefix, percent-decoded.
        endpoint: None where there is none: a write, or a path that does not exist.
        object_id: the payment or refund that it is about; of a refund list, the payment or refund it names.
        body: the decoded JSON of a POST; None where it is none.
        misdirected: the path exists, for another method.
    """

    at: datetime
    method: str
    path: str
    endpoint: Endpoint | None
    object_id: str | None = None
    query: Mapping[str, str]
    body: object = None
    misdirected: bool = False

    @property
    def forced(self) -> bool:
        return self.query.get("force_sync") == "true"


async def asked(request: web.Request, *, prefix: str, at: datetime) -> Asked:
    """The request as a value. A body that is no JSON is None."""
    path, endpoint, object_id = _place(request.rel_url.raw_path, prefix)
    body = _decoded(await request.read()) if request.can_read_body else None
    if endpoint is Endpoint.REFUND_LIST and isinstance(body, dict):
        named = body.get("payment_id") or body.get("refund_id")
        object_id = named if isinstance(named, str) else None
    right = endpoint is not None and request.method == endpoint.method
    return Asked(
        at=at,
        method=request.method,
        path=path,
        endpoint=endpoint if right else None,
        object_id=object_id,
        query=dict(request.query) if request.query_string else _NO_QUERY,
        body=body,
        misdirected=endpoint is not None and not right,
    )


def well_formed(object_id: str) -> bool:
    """Whether the real server takes it for an id at all."""
    return _ID.fullmatch(object_id) is not None


def _place(raw_path: str, prefix: str) -> tuple[str, Endpoint | None, str | None]:
    if not raw_path.startswith(f"{prefix}/"):
        return unquote(raw_path), None, None
    match raw_path.removeprefix(prefix).split("/"):
        case ["", "payments", "list"]:
            return "/payments/list", Endpoint.PAYMENT_LIST, None
        case ["", "refunds", "list"]:
            return "/refunds/list", Endpoint.REFUND_LIST, None
        case ["", "payments", quoted] if quoted:
            return f"/payments/{unquote(quoted)}", Endpoint.PAYMENT, unquote(quoted)
        case ["", "refunds", quoted] if quoted:
            return f"/refunds/{unquote(quoted)}", Endpoint.REFUND, unquote(quoted)
        case _:
            return unquote(raw_path.removeprefix(prefix)), None, None


def _decoded(raw: bytes) -> object:
    try:
        decoded: object = json.loads(raw)
    except ValueError:
        return None
    return decoded


_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NO_QUERY: Final[Mapping[str, str]] = {}
