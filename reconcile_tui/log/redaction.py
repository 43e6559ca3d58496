"""Redaction: the last line of defence between a log line and keys, cards, customers and terminal escapes.

Nothing that is logged should hold any of these. What does all the same is masked here, at any depth, in keys,
values, the texts of exceptions and the messages of libraries, and no character of it can leave its line.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any
from urllib.parse import quote, quote_plus

from pydantic import SecretBytes, SecretStr

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.masking import without_numbers

MASK = "[masked]"

_LONGEST = 2_000
_READ_AT_MOST = 50_000
_DEEPEST = 6
_SHORTEST_PART = 6
"""A shorter secret is masked only where it is a value by itself: it would cut up every line otherwise."""

_KEYS = {"apikey", "authorization", "bearer", "cookie", "credential", "credentials", "signature", "token"}
_PASSWORDS = {"dsn", "passphrase", "passwd", "password", "pwd", "secret"}
_CARDS = {"card", "cardholder", "cardnumber", "cvc", "cvv", "holder", "iban", "pan"}
_CUSTOMERS = {"billing", "browserinfo", "email", "phone", "shipping"}
_SECRET_WORDS = frozenset(_KEYS | _PASSWORDS | _CARDS | _CUSTOMERS)
_SECRET_PHRASES = (
    "api key",
    "access key",
    "private key",
    "webhook key",
    "hash key",
    "browser info",
    "payment method data",
    "connector response",
    "database url",
    "last four",
    "last 4",
)
_ROW_IDS = frozenset(("id", "psp_id"))
"""Fields by which the log names a row: whoever is called must find it, though its id looks like a card's."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_USER_INFO = re.compile(r"(?<=://)[^\s/@:]{0,200}:[^\s@]{0,400}(?=@)")
_NAMED = re.compile(
    r"(?i)(\b(?:[\w-]{0,40}api[-_ ]?key|authorization|[\w-]{0,40}passw(?:or)?d|[\w-]{0,40}secret"
    r"|[\w-]{0,40}token|cookie|cvc|cvv)[\"']?\s{0,4}[:=]\s{0,4}(?:(?:bearer|basic)\s{1,4})?)"
    r"(\"[^\"]*\"|'[^']*'|[^\s,;&}]+)"
)
_KEY = re.compile(r"\b(?:snd|prd|dev|pk|sk)_[A-Za-z0-9_]{16,}")
_CARD = re.compile(r"(?<![0-9])[0-9](?:[\s.\-_]?[0-9]){12,18}(?![0-9])")
_EMAIL = re.compile(
    r"[^\s\"'<>()\[\]{},;:=\\@]{0,64}(?<!\[masked\])@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*"
)


class Redaction:
    """Masks what no log may hold.

    Args:
        secrets: values that are known to be secret, found in every form that quoting gives them.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for secret in secrets if secret for form in _forms(secret)}
        self._whole = frozenset(known)
        parts = sorted((form for form in known if len(form) >= _SHORTEST_PART), key=len, reverse=True)
        self._parts = re.compile("|".join(map(re.escape, parts))) if parts else None

    def text(self, text: str, *, limit: int = _LONGEST, is_id: bool = False) -> str:
        """`text` masked, on one line, printable, at most `limit` characters long.

        It is masked again at the end: blanks that were made plain may show a number for the first time.

        Args:
            is_id: it is the id of a row, whose digits stay.
        """
        masked = self._masked if not is_id else self._without_secrets
        return masked(harmless(masked(text[:_READ_AT_MOST]), limit=limit))

    def lines(self, text: str) -> str:
        """A text of several lines, each as `text` gives it and marked, so that none looks like a log line."""
        return "\n".join(f"  | {self.text(line)}" for line in self._masked(text).splitlines())

    def fields(self, fields: Mapping[Any, object], *, depth: int = 0) -> dict[str, object]:
        """The same keys with their values, all of them as `text` and `value` give them."""
        return {
            self.text(str(name)): self.value(each, key=str(name), depth=depth)
            for name, each in fields.items()
        }

    def value(self, value: object, *, key: str = "", depth: int = 0) -> object:
        """`value` with everything masked that its own type, its key or its text gives away.

        Numbers, booleans and None stay what they are; containers become dicts and lists of plain values.
        """
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, SecretStr | SecretBytes) or is_secret_key(key):
            return MASK
        if depth >= _DEEPEST:
            return "…"
        match value:
            case Enum():
                return self.value(value.value, depth=depth + 1)
            case int() | float():
                return value if self._masked(str(value)) == str(value) else MASK
            case str():
                return self.text(value, is_id=key in _ROW_IDS)
            case bytes() | bytearray():
                return self.text(bytes(value).decode("utf-8", "replace"))
            case Mapping():
                return self.fields(value, depth=depth + 1)
            case list() | tuple() | set() | frozenset():
                return [self.value(each, depth=depth + 1) for each in value]
            case BaseException():
                return self.text(said_by(value))
            case date():
                return value.isoformat()
            case _:
                return self.text(_represented(value))

    def _masked(self, text: str) -> str:
        text = without_numbers(self._without_secrets(text), mask=MASK)
        return _CARD.sub(lambda found: MASK if _is_luhn(found[0]) else found[0], text)

    def _without_secrets(self, text: str) -> str:
        if text in self._whole:
            return MASK
        if self._parts is not None:
            text = self._parts.sub(MASK, text)
        text = _USER_INFO.sub(MASK, text)
        text = _NAMED.sub(rf"\g<1>{MASK}", text)
        text = _KEY.sub(MASK, text)
        return _EMAIL.sub(MASK, text)


def said_by(error: BaseException) -> str:
    """An exception as one sentence: its type and its own words."""
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 a foreign __str__ must not cost the line
        words = ""
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def is_secret_key(key: str) -> bool:
    """Whether a value under this key is secret, or a customer's, by the key's name alone."""
    words = [word.lower() for word in _WORDS.findall(key)]
    if not _SECRET_WORDS.isdisjoint(words):
        return True
    phrase = f" {' '.join(words)} "
    return any(f" {each} " in phrase for each in _SECRET_PHRASES)


def _forms(secret: str) -> tuple[str, ...]:
    return (
        secret,
        quote(secret),
        quote(secret, ""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    )


def _is_luhn(text: str) -> bool:
    digits = [int(char) for char in text if char.isdigit()]
    doubled = (digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _represented(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 a foreign __repr__ must not cost the line
        return f"<{type(value).__name__}>"
