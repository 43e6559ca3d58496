"""Answers: what the server sends, before anything is done to it on the way; and its errors, word for word.

Codes and messages are the real server's (`hyperswitch_domain_models`, `ApiErrorResponse`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

JSON_TYPE: Final = "application/json"
HTML_TYPE: Final = "text/html"
TEXT_TYPE: Final = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete HTTP answer."""

    status: int = 200
    body: bytes
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


def encoded(body: object) -> bytes:
    """JSON as the real server writes it: compact, UTF-8."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def error(status: int, kind: str, code: str, message: str) -> Answer:
    """An error of the server's own shape. `kind` is its `type`."""
    return Answer(status=status, body=encoded({"error": {"type": kind, "message": message, "code": code}}))


def page(status: int, title: str, headers: Mapping[str, str] | None = None) -> Answer:
    """What a proxy in front of the server says by itself."""
    line = f"{status} {title}"
    html = f"<html>\r\n<head><title>{line}</title></head>\r\n<body><h1>{line}</h1></body>\r\n</html>\r\n"
    return Answer(status=status, body=html.encode(), content_type=HTML_TYPE, headers=headers or {})


UNAUTHORISED: Final = error(401, "invalid_request", "IR_01", "API key not provided or invalid API key used")
NO_SUCH_PAYMENT: Final = error(404, "object_not_found", "HE_02", "Payment does not exist in our records")
NO_SUCH_REFUND: Final = error(404, "object_not_found", "HE_02", "Refund does not exist in our records.")
UNKNOWN_URL: Final = error(404, "invalid_request", "IR_02", "Unrecognized request URL")
WRONG_METHOD: Final = error(405, "invalid_request", "IR_03", "The HTTP method is not applicable for this API")


def invalid(message: str) -> Answer:
    """Our request was wrong: data that cannot be."""
    return error(400, "invalid_request", "IR_06", message)


def unreadable_query(message: str) -> Answer:
    """A query string that the server cannot parse is answered in plain text."""
    return Answer(status=400, body=f"Query deserialize error: {message}".encode(), content_type=TEXT_TYPE)
