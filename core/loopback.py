"""Loopback: whether a host can only be this machine, so that nothing travels unencrypted to another."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether `host`, as a URL names it, can only be this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
