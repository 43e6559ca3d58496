"""Trust: what a server's certificate must go back to, and in words why one is not accepted."""

import ssl
from functools import cache
from typing import Final

import httpx

CERTIFICATES_BEGIN: Final = "-----BEGIN CERTIFICATE-----"

_UNTRUSTED: Final = frozenset({2, 18, 19, 20, 21, 24})
_EXPIRED: Final = 10
_NOT_YET: Final = 9
_OTHER_HOST: Final = frozenset({62, 64})
"""OpenSSL's numbers of what it found (x509_vfy.h)."""


class CaFileRefused(ValueError):
    """The file of further authorities cannot be used; the message says why, without the path."""


@cache
def authorities(ca_file: str | None) -> ssl.SSLContext:
    """The public authorities, this machine's own, and those of `ca_file`. Read once a process (20 ms).

    Raises:
        CaFileRefused: see there.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    # A certificate of the file is enough by itself, an intermediate's or a server's own, as from 3.13 on.
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    if ca_file is not None:
        _add(ca_file, context)
    return context


def check_ca_file(path: str) -> None:
    """Whether certificates can be read from a file.

    Raises:
        CaFileRefused: see there.
    """
    _add(path, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def certificate_words(error: ssl.SSLError) -> str:
    """Why no encrypted connection was made, without the words of OpenSSL's own that nobody knows."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return _handshake_words(error)
    code = error.verify_code
    if code in _UNTRUSTED:
        return (
            "its certificate is not trusted: if it comes from an authority of your own, set RECONCILE_CA_FILE"
        )
    if code == _EXPIRED:
        return "its certificate has expired"
    if code == _NOT_YET:
        return "its certificate is not valid yet; check the clock of this machine"
    if code in _OTHER_HOST:
        return "its certificate is for another host"
    return f"its certificate is not accepted: {error.verify_message}"


def _handshake_words(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
        return "no TLS is spoken there; is it http://, or another port?"
    words = reason.replace("_", " ").lower()
    return f"no encrypted connection could be agreed on{f' ({words})' if words else ''}"


def _add(path: str, context: ssl.SSLContext) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except FileNotFoundError:
        raise CaFileRefused("there is no such file") from None
    except ssl.SSLError:
        raise CaFileRefused(f"it holds no certificate in PEM format ({CERTIFICATES_BEGIN})") from None
    except OSError as error:
        raise CaFileRefused(f"it cannot be read: {error.strerror or type(error).__name__}") from None
