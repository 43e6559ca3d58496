"""Everything that can go wrong with one exchange, over real sockets: each is a value that says so."""

import gzip
import json
import socket
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconcile_tui.core.findings import PaymentId, RefundId
from reconcile_tui.core.psp.hyperswitch import RetryRules
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp_states import PaymentSeen, ReadFailed, ReadFailureKind, ReadHow
from tests.integration.psp.conftest import MakeReader
from tests.integration.psp.stub import (
    Handler,
    StubPsp,
    a_page,
    a_payment,
    a_refund,
    drips,
    raw_server,
    refuses,
    says,
    sends,
)
from tests.unit.psp.steered_clock import SteeredClock

PAY = PaymentId("pay_1")
HTML = b"<html><h1>not here</h1></html>"
ONCE = RetryRules(attempts=1)
WHOLE = json.dumps(a_payment()).encode()


async def failure_of(reader: PspReader, how: ReadHow = ReadHow.FORCED) -> ReadFailed:
    seen = await reader.payment(PAY, how=how)
    assert isinstance(seen, ReadFailed), seen
    return seen


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refuses(401, "IR_01"), ReadFailureKind.UNAUTHORISED),
        (refuses(401, "IR_17"), ReadFailureKind.UNAUTHORISED),
        (refuses(403, "IR_22"), ReadFailureKind.UNAUTHORISED),
        (sends(HTML, status=401, content_type="text/html"), ReadFailureKind.UNAUTHORISED),
        (refuses(400, "CE_00"), ReadFailureKind.CONNECTOR_ERROR),
        (refuses(502, "CE_01"), ReadFailureKind.CONNECTOR_ERROR),
        (refuses(500, "HE_00"), ReadFailureKind.SERVER_ERROR),
        (refuses(422, "HE_00", "Resource is busy"), ReadFailureKind.SERVER_ERROR),
        (refuses(423, "HE_00", "Resource is busy"), ReadFailureKind.SERVER_ERROR),
        (sends(b"", status=423), ReadFailureKind.SERVER_ERROR),
        (sends(HTML, status=503, content_type="text/html"), ReadFailureKind.SERVER_ERROR),
        (sends(HTML, status=429, content_type="text/html"), ReadFailureKind.RATE_LIMITED),
        (refuses(400, "IR_04"), ReadFailureKind.BAD_REQUEST),
        (refuses(422, "IR_05"), ReadFailureKind.BAD_REQUEST),
        (refuses(422, "IR_06"), ReadFailureKind.BAD_REQUEST),
        (refuses(400, "IR_07"), ReadFailureKind.BAD_REQUEST),
        (refuses(400, "IR_16"), ReadFailureKind.BAD_REQUEST),
        (refuses(404, "IR_02", "Unrecognized request URL"), ReadFailureKind.MALFORMED),
        (sends(HTML, status=404, content_type="text/html"), ReadFailureKind.MALFORMED),
        (says({"message": "no route"}, status=404), ReadFailureKind.MALFORMED),
        (sends(HTML, status=403, content_type="text/html"), ReadFailureKind.MALFORMED),
        (sends(b"", status=204), ReadFailureKind.MALFORMED),
        (says(a_payment(), status=201), ReadFailureKind.MALFORMED),
        (sends(b"", status=302, headers={"location": "/payments/pay_1"}), ReadFailureKind.REDIRECTED),
        (sends(b"", status=308, headers={"location": "https://example.org/"}), ReadFailureKind.REDIRECTED),
        (sends(HTML, content_type="text/html"), ReadFailureKind.MALFORMED),
        (sends(WHOLE, content_type="text/plain"), ReadFailureKind.MALFORMED),
        (sends(WHOLE[:-10]), ReadFailureKind.MALFORMED),
        (sends(b""), ReadFailureKind.MALFORMED),
        (sends(b"[]"), ReadFailureKind.MALFORMED),
        (sends(b"null"), ReadFailureKind.MALFORMED),
        (sends(WHOLE.replace(b"4210", b"NaN")), ReadFailureKind.MALFORMED),
        (sends(b'{"payment_id":"\xff"}'), ReadFailureKind.MALFORMED),
        (sends(b"[" * 100_000), ReadFailureKind.MALFORMED),
        (sends(WHOLE, headers={"content-encoding": "br"}), ReadFailureKind.MALFORMED),
        (sends(WHOLE, headers={"content-encoding": "gzip, gzip"}), ReadFailureKind.MALFORMED),
        (sends(WHOLE, headers={"content-encoding": "gzip"}), ReadFailureKind.MALFORMED),
    ],
)
async def test_each_answer_that_is_none_has_its_kind(
    psp: StubPsp, make_reader: MakeReader, answer: Handler, kind: ReadFailureKind
) -> None:
    psp.will(answer)

    failure = await failure_of(make_reader(psp.url, retries=ONCE))

    assert failure.kind is kind
    assert failure.detail
    assert len(psp.asked) == 1


@pytest.mark.parametrize(
    "message",
    ["Merchant connector account does not exist in our records", "Business profile with the given id x"],
)
async def test_a_404_about_another_kind_of_object_is_no_verdict_about_the_payment(
    psp: StubPsp, reader: PspReader, message: str
) -> None:
    psp.will(refuses(404, "HE_02", message))

    failure = await failure_of(reader)

    assert failure.kind in (ReadFailureKind.CONNECTOR_ERROR, ReadFailureKind.MALFORMED)
    assert (failure.detail, failure.code, failure.http_status) == (message, "HE_02", 404)


@pytest.mark.parametrize("status", [401, 404, 429])
async def test_a_connectors_own_status_says_nothing_of_our_key_or_the_payment(
    psp: StubPsp, reader: PspReader, status: int
) -> None:
    psp.will(refuses(status, "CE_00", "stripe: no such charge"))

    assert (await failure_of(reader)).kind is ReadFailureKind.CONNECTOR_ERROR


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 42.0},
        {"amount": "4210"},
        {"amount": True},
        {"amount": None},
        {"amount": 2**63},
        {"currency": "eur"},
        {"currency": "EURO"},
        {"currency": "EU\n"},
        {"currency": None},
        {"status": None},
        {"status": ""},
        {"status": 3},
        {"payment_id": ""},
        {"payment_id": 7},
        {"net_amount": 42.5},
        {"amount_received": "0"},
        {"refunds": {}},
        {"refunds": [a_refund(amount="1")]},
        {"refunds": [a_refund(), "ref_2"]},
        {"refunds": [a_refund(created_at="yesterday")]},
    ],
)
async def test_a_field_that_decides_and_cannot_be_trusted_spoils_the_answer(
    psp: StubPsp, reader: PspReader, wrong: dict[str, object]
) -> None:
    psp.will(says({**a_payment(), **wrong}))

    failure = await failure_of(reader)

    is_ours = "payment_id" not in wrong
    assert failure.kind is (ReadFailureKind.MALFORMED_FIELD if is_ours else ReadFailureKind.MALFORMED)
    assert failure.detail.startswith(next(iter(wrong)))


@pytest.mark.parametrize("field", ["payment_id", "status", "amount", "currency"])
async def test_a_field_that_decides_must_be_there(psp: StubPsp, reader: PspReader, field: str) -> None:
    body = a_payment()
    del body[field]
    psp.will(says(body))

    assert (await failure_of(reader)).detail == f"{field}: Field required"


@pytest.mark.parametrize(
    "wrong", [{"data": None}, {"total_count": None}, {"total_count": 1.0}, {"data": [1]}]
)
async def test_a_list_that_cannot_be_trusted_is_unreadable(
    psp: StubPsp, reader: PspReader, wrong: dict[str, object]
) -> None:
    psp.will(says({**a_page(a_refund()), **wrong}))

    listed = await reader.refunds_of(PAY)
    single = await reader.refund(RefundId("ref_1"), how=ReadHow.LAST_KNOWN)

    assert isinstance(listed, ReadFailed)
    assert isinstance(single, ReadFailed)
    assert (listed.kind, single.kind) == (ReadFailureKind.MALFORMED_FIELD, ReadFailureKind.MALFORMED_FIELD)


async def test_a_packed_answer_is_unpacked(psp: StubPsp, reader: PspReader) -> None:
    psp.will(says(a_payment(), packed=True))

    assert isinstance(await reader.payment(PAY, how=ReadHow.FORCED), PaymentSeen)


@pytest.mark.parametrize(
    "answer",
    [
        sends(b"[" + b" " * 200_000 + b"]"),
        sends(gzip.compress(b"[" + b" " * 50_000_000 + b"]"), headers={"content-encoding": "gzip"}),
        drips(b" " * 10_000, every=0.0),
        sends(HTML * 10_000, status=500, content_type="text/html"),
    ],
)
async def test_a_body_over_the_cap_is_given_up_packed_or_not(
    psp: StubPsp, make_reader: MakeReader, answer: Handler
) -> None:
    psp.will(answer)

    failure = await failure_of(make_reader(psp.url, max_body_bytes=100_000))

    assert failure.kind is ReadFailureKind.MALFORMED
    assert "100000 bytes" in failure.detail


async def test_a_bomb_is_never_unpacked_beyond_the_cap(psp: StubPsp, make_reader: MakeReader) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    psp.will(sends(bomb, headers={"content-encoding": "gzip"}))
    reader = make_reader(psp.url, max_body_bytes=100_000)
    tracemalloc.start()
    try:
        await failure_of(reader)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 5_000_000


@pytest.mark.parametrize("missing", [4, 12])
async def test_a_truncated_gzip_body_is_malformed(psp: StubPsp, reader: PspReader, missing: int) -> None:
    psp.will(sends(gzip.compress(WHOLE)[:-missing], headers={"content-encoding": "gzip"}))

    assert (await failure_of(reader)).kind is ReadFailureKind.MALFORMED


async def test_a_body_cut_off_on_the_wire_is_malformed(make_reader: MakeReader) -> None:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(WHOLE)}\r\n\r\n"
    async with raw_server(head.encode() + WHOLE[:40]) as url:
        failure = await failure_of(make_reader(url))

    assert failure.kind is ReadFailureKind.MALFORMED


async def test_what_is_no_http_is_malformed(make_reader: MakeReader) -> None:
    async with raw_server(b"SSH-2.0-OpenSSH_9.7\r\n\r\n") as url:
        failure = await failure_of(make_reader(url))

    assert failure.kind is ReadFailureKind.MALFORMED


PIECES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 429 Slow\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 101 Switch\r\n",
        b"content-type: application/json\r\n",
        b"transfer-encoding: chunked\r\n",
        b"content-encoding: gzip\r\n",
        b"content-length: 5\r\n",
        b"content-length: -1\r\n",
        b"retry-after: 99999999999999999999\r\n",
        b"date: Fri, 99 Nov 2026\r\n",
        b"\r\n",
        b"ZZ\r\n",
        b"5\r\nhello\r\n",
        b"0\r\n\r\n",
        b'{"a":',
        b"x" * 70_000,
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=st.lists(PIECES | st.binary(max_size=20), max_size=8).map(b"".join))
async def test_whatever_a_server_writes_a_failure_is_a_value(make_reader: MakeReader, answer: bytes) -> None:
    async with raw_server(answer) as url:
        failure = await failure_of(make_reader(url, retries=ONCE))

    assert failure.detail


@pytest.mark.parametrize("abort", [False, True])
async def test_a_connection_that_breaks_before_an_answer_is_unreachable(
    make_reader: MakeReader, clock: SteeredClock, abort: bool
) -> None:
    async with raw_server(b"", abort=abort) as url:
        failure = await failure_of(make_reader(url))

    assert failure.kind is ReadFailureKind.UNREACHABLE
    assert len(clock.slept) == 2


async def test_a_refused_connection_is_unreachable(make_reader: MakeReader) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        failure = await failure_of(make_reader(f"http://127.0.0.1:{nobody.getsockname()[1]}"))

    assert failure.kind is ReadFailureKind.UNREACHABLE


async def test_a_server_without_tls_behind_https_is_unreachable(
    psp: StubPsp, make_reader: MakeReader
) -> None:
    failure = await failure_of(make_reader(psp.url.replace("http://", "https://"), retries=ONCE))

    assert failure.kind is ReadFailureKind.UNREACHABLE
    assert psp.asked == []


async def test_foreign_texts_are_cut_and_hold_nothing_a_database_refuses(
    psp: StubPsp, reader: PspReader
) -> None:
    raw = json.dumps(a_payment(error_message="MESSAGE", error_code="a\x00b\ud800c \\u0000 \U0001f600"))
    psp.will(sends(raw.replace("MESSAGE", "x" * 10_000).encode()))

    seen = await reader.payment(PAY, how=ReadHow.FORCED)

    assert isinstance(seen, PaymentSeen)
    assert seen.error_message == "x" * 1_999 + "…"
    assert seen.error_code == "a\ufffdb\ufffdc \\u0000 \U0001f600"
    assert seen.body["error_code"] == seen.error_code
