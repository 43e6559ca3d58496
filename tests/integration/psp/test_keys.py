"""The API key: which are refused, where it may go, and that it turns up nowhere."""

import logging

import pytest
from pydantic import SecretStr

from reconcile_tui.core.findings import PaymentId
from reconcile_tui.core.psp.hyperswitch import KeyRefused, MalformedKeyRefused, PublishableKeyRefused
from reconcile_tui.core.psp.wire import BaseUrlRefused, PlainHttpRefused
from reconcile_tui.core.psp_states import PaymentSeen, ReadFailed, ReadHow
from tests.integration.psp.conftest import MakeReader
from tests.integration.psp.stub import KEY, StubPsp, a_payment, raw_server, refuses, says, sends

PAY = PaymentId("pay_1")
HOST = "https://psp.example.org"


@pytest.mark.parametrize("key", ["pk_snd_3b33cd94", "pk_dev_x", " PK_prd_1"])
async def test_a_publishable_key_is_refused_with_the_reason(make_reader: MakeReader, key: str) -> None:
    with pytest.raises(PublishableKeyRefused, match="publishable") as refused:
        make_reader(HOST, api_key=SecretStr(key))

    assert key.strip() not in f"{refused.value!r} {refused.value}"


@pytest.mark.parametrize("key", ["", "  ", "snd_1\n", "snd 1", "snd_\u00e9", "snd_1\x00"])
async def test_a_key_that_is_none_is_refused_without_repeating_it(make_reader: MakeReader, key: str) -> None:
    with pytest.raises(MalformedKeyRefused) as refused:
        make_reader(HOST, api_key=SecretStr(key))

    assert isinstance(refused.value, KeyRefused)
    assert "snd" not in f"{refused.value!r} {refused.value}"


@pytest.mark.parametrize(
    "url", ["http://psp.example.org", "http://localhost.example.org", "http://10.0.0.1:8080", "http://[::2]"]
)
async def test_plain_http_to_another_machine_is_refused(make_reader: MakeReader, url: str) -> None:
    with pytest.raises(PlainHttpRefused):
        make_reader(url)

    make_reader(url, allow_http=True)


@pytest.mark.parametrize(
    "url", ["http://localhost:1", "http://127.0.0.1", "http://127.8.9.1", "http://[::1]:1"]
)
async def test_plain_http_on_this_machine_is_fine(make_reader: MakeReader, url: str) -> None:
    make_reader(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "psp.example.org",
        "ftp://psp.example.org",
        "https://",
        "https://user:word@psp.example.org",
        "https://psp.example.org?x=1",
        "https://psp.example.org#x",
        "https://psp.example.org:port",
    ],
)
async def test_an_address_that_is_none_is_refused(make_reader: MakeReader, url: str) -> None:
    with pytest.raises(BaseUrlRefused) as refused:
        make_reader(url)

    assert "word" not in str(refused.value)


async def test_a_path_prefix_is_kept(psp: StubPsp, make_reader: MakeReader) -> None:
    psp.will(says(a_payment()))

    await make_reader(psp.url + "/hyper/v1/").payment(PAY, how=ReadHow.LAST_KNOWN)

    assert [asked.raw_path for asked in psp.asked] == ["/hyper/v1/payments/pay_1"]


async def test_the_environments_proxies_are_not_used(
    psp: StubPsp, make_reader: MakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    psp.will(says(a_payment()))

    assert isinstance(await make_reader(psp.url).payment(PAY, how=ReadHow.FORCED), PaymentSeen)


async def test_a_redirect_does_not_carry_the_key_away(psp: StubPsp, make_reader: MakeReader) -> None:
    psp.will(sends(b"", status=307, headers={"location": "/elsewhere"}), says(a_payment()))

    await make_reader(psp.url).payment(PAY, how=ReadHow.FORCED)

    assert [asked.raw_path for asked in psp.asked] == ["/payments/pay_1?force_sync=true"]


async def test_a_cookie_of_the_server_is_not_sent_back(psp: StubPsp, make_reader: MakeReader) -> None:
    psp.will(says(a_payment(), headers={"set-cookie": "sticky=1; Path=/"}), says(a_payment()))
    reader = make_reader(psp.url)

    await reader.payment(PAY, how=ReadHow.FORCED)
    await reader.payment(PAY, how=ReadHow.FORCED)

    assert ["cookie" in asked.headers for asked in psp.asked] == [False, False]


async def test_the_key_is_in_no_value_no_repr_and_no_log_line(
    psp: StubPsp, make_reader: MakeReader, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reader = make_reader(psp.url)
    told: list[object] = [reader]
    for answer in (
        refuses(401, "IR_01", f"API key {KEY} is not valid"),
        sends(f"no such key {KEY}".encode(), status=500),
        sends(b"", status=302, headers={"location": f"/?key={KEY}"}),
        sends(KEY.encode()),
        sends(KEY.encode(), content_type=f"text/{KEY}"),
        says(a_payment(f"pay_{KEY}")),
        says(a_payment(currency=KEY)),
        says(a_payment()),
    ):
        psp.will(answer)
        told.append(await reader.payment(PAY, how=ReadHow.FORCED))
    for broken in (b"HTTP/9 what\r\n\r\n", b"HTTP/1.1 200 OK\r\nbad header\x00\r\n\r\n", b""):
        async with raw_server(broken) as url:
            told.append(await make_reader(url).payment(PAY, how=ReadHow.FORCED))

    assert sum(isinstance(value, ReadFailed) for value in told) == 10
    assert KEY not in " ".join(f"{value!r} {value}" for value in told)
    assert KEY not in caplog.text
    assert all(KEY not in str(vars(record)) for record in caplog.records)
