"""Proxies: what an address says, and which hosts are reached without one."""

import pytest

from reconcile_tui.core.proxies import Proxy, ProxyRefused, goes_direct


@pytest.mark.parametrize(
    ("text", "address", "user", "password"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128", None, None),
        ("proxy.example:3128/", "http://proxy.example:3128", None, None),
        ("https://[fd00::1]", "https://[fd00::1]:443", None, None),
        ("http://shop:p%40ss@proxy.example", "http://proxy.example:80", "shop", "p@ss"),
    ],
)
def test_an_address_is_taken_apart(text: str, address: str, user: str | None, password: str | None) -> None:
    proxy = Proxy.parsed(text)

    assert proxy.address == address
    assert (proxy.user and proxy.user.get_secret_value()) == user
    assert (proxy.password and proxy.password.get_secret_value()) == password
    assert "p@ss" not in repr(proxy)


@pytest.mark.parametrize(
    "text",
    [
        "socks5://proxy:1080",
        "http://",
        "http://proxy:port",
        "http://shop:s3/cret@proxy",
        "http://a b:1",
        "ftp://x",
    ],
)
def test_what_is_no_proxy_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(ProxyRefused, match="write http://proxy") as refused:
        Proxy.parsed(text)

    assert "s3" not in str(refused.value)
    assert "cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("host", "exempt", "direct"),
    [
        ("localhost", "", True),
        ("[::1]", "", True),
        ("api.example", "", False),
        ("api.example", "*", True),
        ("api.example", "other, API.example", True),
        ("api.example", ".example", True),
        ("api.example", "*.example", True),
        ("api.example", "ample", False),
        ("api.example", "api.example:443", True),
        ("api.example", "api.example:8443", False),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("[fd00::5]", "fd00::/8", True),
        ("[fd00::5]", "[fd00::5]:443", True),
        ("api.example", " , ,.", False),
    ],
)
def test_a_host_is_exempt_by_name_domain_address_network_or_port(
    host: str, exempt: str, direct: bool
) -> None:
    assert goes_direct(host, 443, exempt) is direct
