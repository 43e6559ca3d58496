"""Servers behind TLS: certificates of an authority that nobody knows (`tests/certificates`)."""

import ssl
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "certificates"

AUTHORITY: Final = str(_FOLDER / "authority.pem")
"""The authority of all of them."""


def certificate(name: str = "server") -> ssl.SSLContext:
    """What a server shows: `server` (this machine's), `expired`, or `other_host`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(_FOLDER / f"{name}.pem")
    return context
