"""Certificates and proxies as settings: refused by name where they cannot be used, and no secret is shown."""

from pathlib import Path

import pytest

from reconcile_tui.core.http_client import Outbound
from reconcile_tui.settings import explain, outbound
from tests.tls import AUTHORITY
from tests.unit.settings.places import Places

PROXY = "http://shop:sw0rd%20fish@proxy.example:3128"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "there is no such file"),
        ("", "it holds no certificate in PEM format (-----BEGIN CERTIFICATE-----)"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "it holds no certificate in PEM format",
        ),
    ],
)
def test_a_file_of_authorities_that_cannot_be_used_is_refused_by_name(
    places: Places, tmp_path: Path, content: str | None, says: str
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)

    (line,) = places.complaints(RECONCILE_CA_FILE=str(file))

    assert line.startswith(f'RECONCILE_CA_FILE = "{file}" (environment): {says}')


def test_a_folder_is_no_file_of_authorities(places: Places, tmp_path: Path) -> None:
    (line,) = places.complaints(RECONCILE_CA_FILE=str(tmp_path))
    assert line.startswith("RECONCILE_CA_FILE")
    assert "it " in line


def test_what_leads_outside_is_taken_from_the_settings(places: Places) -> None:
    settings = places.load(RECONCILE_CA_FILE=AUTHORITY, https_proxy=PROXY, NO_PROXY="intern").settings
    way = outbound(settings)

    assert (way.ca_file, way.exempt) == (AUTHORITY, "intern")
    assert way.proxy is not None
    assert way.proxy.address == "http://proxy.example:3128"
    assert settings.where("https_proxy").name == "https_proxy"
    assert way.proxy_to("https://api.example/x") is way.proxy
    assert way.proxy_to("http://api.example/x") is None
    assert way.proxy_to("https://hooks.intern/x") is None
    assert outbound(places.load().settings) == Outbound()


def test_the_user_of_a_proxy_is_never_shown(places: Places) -> None:
    settings = places.load(HTTPS_PROXY=PROXY).settings
    shown = " ".join(f"{each.name} {each.value}" for each in explain(settings))
    (line,) = places.complaints(HTTPS_PROXY=PROXY.replace("http", "socks5"))

    assert "fish" not in f"{settings!r} {shown} {outbound(settings)!r} {line}"
    assert {"sw0rd fish", PROXY} <= set(settings.secrets())
    assert line.startswith("HTTPS_PROXY = ******** (environment): SOCKS is not spoken here")
