"""Mishaps: what befalls a finished answer on its way back to the client."""

import asyncio
import json
import socket
import struct
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from reconcile_tui.core.clock import Clock
from reconcile_tui.demo.psp.answers import Answer, encoded
from reconcile_tui.demo.psp.faults import (
    Fault,
    Hang,
    Miscounted,
    Mislabelled,
    OtherField,
    OtherId,
    OtherStatus,
    Padded,
    Reply,
    Reset,
    Truncated,
)


def bent(answer: Answer, fault: Fault | None) -> Answer:
    """The answer as the client gets it; errors keep what they are."""
    match fault:
        case Reply():
            return fault.answer
        case Mislabelled():
            return replace(answer, content_type=fault.content_type)
        case Truncated(mid_body=False):
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        case Padded():
            return replace(answer, body=answer.body + b" " * max(0, fault.size - len(answer.body)))
        case OtherId() | OtherStatus() | OtherField() | Miscounted() if answer.status == 200:
            return replace(answer, body=encoded(_untrue(json.loads(answer.body), fault)))
        case _:
            return answer


async def send(
    request: web.Request, answer: Answer, fault: Fault | None, *, date: str, clock: Clock
) -> web.StreamResponse:
    """The answer goes out, or does not."""
    if isinstance(fault, Hang):
        await (_for_ever() if fault.seconds is None else clock.sleep(fault.seconds))
    headers = {**answer.headers, "Date": date, "Content-Type": answer.content_type}
    if isinstance(fault, Truncated) and fault.mid_body:
        return await _half(request, answer, headers)
    if isinstance(fault, Reset):
        _cut(request)
    return web.Response(status=answer.status, body=answer.body, headers=headers)


def _untrue(body: dict[str, Any], fault: OtherId | OtherStatus | OtherField | Miscounted) -> dict[str, Any]:
    match fault:
        case Miscounted():
            return {**body, "total_count": body.get("total_count", 0) + fault.by}
        case _ if "data" in body:
            return {**body, "data": [_untrue(item, fault) for item in body["data"]]}
        case OtherId() if "refund_id" in body:
            return {**body, "refund_id": fault.object_id, "payment_id": fault.object_id}
        case OtherId():
            return {**body, "payment_id": fault.object_id}
        case OtherStatus():
            return {**body, "status": fault.status}
        case OtherField():
            return {**body, fault.field: fault.value}


async def _half(request: web.Request, answer: Answer, headers: dict[str, str]) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=headers)
    response.content_length = len(answer.body)
    await response.prepare(request)
    await response.write(answer.body[: len(answer.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def _cut(request: web.Request) -> None:
    if request.transport is None:
        return
    connection: socket.socket = request.transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    request.transport.abort()


async def _for_ever() -> None:
    await asyncio.get_running_loop().create_future()


_NO_LINGER: Final = struct.pack("ii", 1, 0)
