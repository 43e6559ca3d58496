"""A PSP's whole object, and the digest by which the journal and the webhook log name it."""

import hashlib
import json
from collections.abc import Mapping


class WholeObject(dict[str, object]):
    """A PSP's whole object as it was read; nobody changes it. Its canonical JSON is made once: it is the
    greatest part of what a heal digests, and is digested for the journal and in the webhook alike."""

    __slots__ = ("_canonical",)
    _canonical: str

    @property
    def canonical(self) -> str:
        """See `digest`."""
        try:
            return self._canonical
        except AttributeError:
            self._canonical = _as_json(self)
            return self._canonical


def digest(body: Mapping[str, object]) -> str:
    """SHA-256, in lower-case hex, of the whole object as canonical JSON: sorted keys, no spaces, ASCII."""
    return hashlib.sha256(_canonical(body).encode("ascii")).hexdigest()


_as_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


def _canonical(value: object) -> str:
    match value:
        case WholeObject():
            return value.canonical
        case dict():
            parts = (f"{_as_json(name)}:{_canonical(value[name])}" for name in sorted(value))
            return f"{{{','.join(parts)}}}"
        case _:
            return _as_json(value)
