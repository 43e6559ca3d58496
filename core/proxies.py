"""Proxies: what https goes through on its way out, and which hosts are reached without it."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Self
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from reconcile_tui.core.loopback import is_loopback


class ProxyRefused(ValueError):
    """The address of a proxy cannot be used; the message repeats no part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """An HTTP proxy that makes tunnels (CONNECT).

    Attributes:
        address: scheme, host and port: the part that may be shown.
        user: percent-decoded; None where it needs none.
    """

    address: str
    user: SecretStr | None = None
    password: SecretStr | None = None

    @classmethod
    def parsed(cls, text: str) -> Self:
        """A proxy from its URL, `http://` where it says no scheme.

        Raises:
            ProxyRefused: see there.
        """
        whole = text.strip() if "://" in text else f"http://{text.strip()}"
        try:
            parts = urlsplit(whole)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ProxyRefused(_HOW) from None
        if parts.scheme.startswith("socks"):
            raise ProxyRefused(f"SOCKS is not spoken here; {_HOW}")
        if (
            parts.scheme not in ("http", "https")
            or not host
            or port == 0
            or " " in whole
            or not whole.isprintable()
        ):
            raise ProxyRefused(_HOW)
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ProxyRefused(f"{_HOW}, with %2F for a / in the password")
        named = f"[{host}]" if ":" in host else host
        return cls(
            address=f"{parts.scheme}://{named}:{port or (443 if parts.scheme == 'https' else 80)}",
            user=_secret(parts.username),
            password=_secret(parts.password),
        )

    def secrets(self) -> tuple[str, ...]:
        """What must not be shown."""
        return (self.password.get_secret_value(),) if self.password is not None else ()


_HOW = "write http://proxy.example:3128, with user:password@ before the host where it asks for them"


def goes_direct(host: str, port: int, exempt: str) -> bool:
    """Whether a host is reached without the proxy: this machine, and what `exempt` lists.

    Args:
        exempt: as in NO_PROXY, separated by commas: a name (also of all its subdomains), an address or a
            network (10.0.0.0/8), each with `:port` if need be; `*` is every host.
    """
    host = host.lower().removeprefix("[").removesuffix("]").rstrip(".")
    return is_loopback(host) or any(
        _covers(entry.strip().lower(), host, port) for entry in exempt.split(",") if entry.strip()
    )


def _covers(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    name, colon, number = entry.rpartition(":")
    if colon and number.isdecimal() and (":" not in name or name.endswith("]")):
        if int(number) != port:
            return False
        entry = name
    entry = entry.removeprefix("[").removesuffix("]").removeprefix("*").strip(".")
    if not entry:
        return False
    try:
        return ip_address(host) in ip_network(entry, strict=False)
    except (ValueError, TypeError):
        return host == entry or host.endswith(f".{entry}")


def _secret(part: str | None) -> SecretStr | None:
    return SecretStr(unquote(part)) if part else None
