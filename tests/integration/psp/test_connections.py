"""How a reader comes to the PSP: whom it trusts, through which proxy, and what it sends unasked."""

import asyncio
import json

import pytest
from pydantic import SecretStr

from reconcile_tui.core.findings import PaymentId
from reconcile_tui.core.http_client import Outbound
from reconcile_tui.core.proxies import Proxy
from reconcile_tui.core.psp.hyperswitch import RetryRules
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.psp_states import PaymentSeen, ReadFailed, ReadFailureKind, ReadHow
from reconcile_tui.core.trust import authorities
from tests.integration.psp.conftest import MakeReader
from tests.integration.psp.stub import KEY, StubPsp, a_payment, says, stub_psp
from tests.tls import AUTHORITY, certificate
from tests.tunnel import tunnels
from tests.unit.psp.steered_clock import SteeredClock

PAY = PaymentId("pay_1")
ONCE = RetryRules(attempts=1)
TRUSTING = Outbound(ca_file=AUTHORITY)


def through(address: str, *, exempt: str = "") -> Outbound:
    return Outbound(ca_file=AUTHORITY, proxy=Proxy.parsed(f"http://shop:p%40ss@{address}"), exempt=exempt)


async def test_an_authority_of_ones_own_is_trusted_where_its_file_is_given(make_reader: MakeReader) -> None:
    async with stub_psp(tls=certificate()) as psp:
        psp.will(says(a_payment()))

        seen = await make_reader(psp.url, outbound=TRUSTING).payment(PAY, how=ReadHow.FORCED)
        other = await make_reader(psp.url, retries=ONCE).payment(PAY, how=ReadHow.FORCED)

    assert isinstance(seen, PaymentSeen)
    assert isinstance(other, ReadFailed)
    assert other.kind is ReadFailureKind.UNREACHABLE
    assert other.detail == (
        f"{psp.url.removeprefix('https://')}: its certificate is not trusted: if it comes from an authority "
        "of your own, set RECONCILE_CA_FILE"
    )


async def test_this_machines_own_store_is_trusted(
    make_reader: MakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", AUTHORITY)
    authorities.cache_clear()
    try:
        async with stub_psp(tls=certificate()) as psp:
            psp.will(says(a_payment()))
            seen = await make_reader(psp.url).payment(PAY, how=ReadHow.FORCED)
    finally:
        authorities.cache_clear()

    assert isinstance(seen, PaymentSeen)


@pytest.mark.parametrize(
    ("shown", "why"),
    [("expired", "its certificate has expired"), ("other_host", "its certificate is for another host")],
)
async def test_a_certificate_that_is_not_accepted_says_why(
    make_reader: MakeReader, shown: str, why: str
) -> None:
    async with stub_psp(tls=certificate(shown)) as psp:
        failure = await make_reader(psp.url, outbound=TRUSTING, retries=ONCE).payment(PAY, how=ReadHow.FORCED)

    assert isinstance(failure, ReadFailed)
    assert failure.detail == f"{psp.url.removeprefix('https://')}: {why}"


async def test_a_server_without_tls_is_told_in_words(psp: StubPsp, make_reader: MakeReader) -> None:
    address = psp.url.removeprefix("http://")

    failure = await make_reader(f"https://{address}", retries=ONCE).payment(PAY, how=ReadHow.FORCED)

    assert isinstance(failure, ReadFailed)
    assert failure.detail == f"{address}: no TLS is spoken there; is it http://, or another port?"


async def test_https_goes_through_the_proxy_unless_the_host_is_exempt(make_reader: MakeReader) -> None:
    async with stub_psp(tls=certificate("other_host")) as psp, tunnels(psp.url) as proxy:
        psp.will(says(a_payment()))

        way = through(proxy.address)
        seen = await make_reader("https://shop.example", outbound=way).payment(PAY, how=ReadHow.FORCED)
        away = through(proxy.address, exempt="intern,.example")
        missed = await make_reader("https://shop.example", outbound=away, retries=ONCE).payment(
            PAY, how=ReadHow.FORCED
        )

    assert isinstance(seen, PaymentSeen)
    assert (proxy.wanted, proxy.users) == (["shop.example:443"], ["shop:p@ss"])
    assert psp.asked[0].headers["api-key"] == KEY
    assert not any(name.startswith("proxy") for name in psp.asked[0].headers)
    assert isinstance(missed, ReadFailed)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (407, "the proxy asks for a user and password (407): write them into HTTPS_PROXY"),
        (503, "the proxy made no connection (it answered 503)"),
    ],
)
async def test_a_proxy_that_makes_no_tunnel_says_so(make_reader: MakeReader, status: int, why: str) -> None:
    async with tunnels("https://nobody:1") as proxy:
        proxy.status = status
        reader = make_reader("https://shop.example", outbound=through(proxy.address), retries=ONCE)
        failure = await reader.payment(PAY, how=ReadHow.FORCED)

    assert isinstance(failure, ReadFailed)
    assert (failure.kind, failure.detail) == (ReadFailureKind.UNREACHABLE, why)


async def test_a_proxy_that_is_away_is_named_without_its_user(make_reader: MakeReader) -> None:
    async with tunnels("https://nobody:1") as proxy:
        pass

    reader = make_reader("https://shop.example", outbound=through(proxy.address), retries=ONCE)
    failure = await reader.payment(PAY, how=ReadHow.FORCED)

    assert isinstance(failure, ReadFailed)
    assert failure.detail == f"the proxy {proxy.address} cannot be reached: Connection refused"


async def test_a_kept_connection_that_is_cut_costs_a_slot_for_each_request_that_is_sent(
    make_reader: MakeReader, clock: SteeredClock
) -> None:
    """The HTTP library would repeat the GET by itself, past the budget."""
    body = json.dumps(a_payment()).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    arrived = 0

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        await reader.readuntil(b"\r\n\r\n")
        arrived += 1
        writer.write(head.encode() + body)
        await reader.readuntil(b"\r\n\r\n")
        arrived += 1
        writer.close()

    budget = LocalBudget(rate=None, at_once=1, clock=clock)
    async with await asyncio.start_server(answer_once, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        reader = make_reader(url, budget=budget, api_key=SecretStr(KEY))
        first = await reader.payment(PAY, how=ReadHow.FORCED)
        second = await reader.payment(PAY, how=ReadHow.FORCED)
        await reader.aclose()

    assert isinstance(first, PaymentSeen)
    assert isinstance(second, PaymentSeen)
    assert (arrived, budget.use.sent_last_second) == (3, 3)
