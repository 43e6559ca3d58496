"""The one rule of names: a setting's field, its environment variable and its TOML key.

Environment: `RECONCILE_` and the field in capitals; `HYPERSWITCH_…`, `DATABASE_URL`, `HTTPS_PROXY` and
`NO_PROXY` stand as they are, the last two in lower case too.
TOML: the field; what begins with `hyperswitch_` is a key of the table `[hyperswitch]`.
"""

from collections.abc import Iterable
from difflib import get_close_matches

PREFIX = "RECONCILE_"
PSP = "hyperswitch"

TOML_ONLY = {"shop_mapping": "mapping"}
"""Fields that are a table, and so have a TOML key alone."""
_OTHERWISE = {"own_schema": "schema"}
"""Fields that cannot have their setting's name: it is a method of pydantic's models."""
_EVERYBODYS = frozenset({"database_url", "https_proxy", "no_proxy"})
"""Fields whose variables other programs hear too."""
NOT_IN_TOML = frozenset({"config", "context"})
"""Fields that choose the file, or the part of it."""


def environment_name(field: str) -> str:
    """The environment variable of a field of the settings."""
    name = _OTHERWISE.get(field, field).upper()
    return name if field in _EVERYBODYS or field.startswith(f"{PSP}_") else PREFIX + name


def also_heard_as(name: str) -> str | None:
    """The other spelling of an environment variable; None where there is none."""
    return name.lower() if name in ("HTTPS_PROXY", "NO_PROXY") else None


def toml_key(field: str) -> str | None:
    """The dotted TOML key of a field, inside its context or at the top; None where it has none."""
    if field in NOT_IN_TOML:
        return None
    if field in TOML_ONLY:
        return TOML_ONLY[field]
    if field.startswith(f"{PSP}_"):
        return field.replace("_", ".", 1)
    return _OTHERWISE.get(field, field)


def is_ours(name: str) -> bool:
    """Whether an environment variable's name claims to be a setting of this program."""
    return name.upper().startswith((PREFIX, f"{PSP.upper()}_"))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was most likely meant to be; prefixes and letter case say nothing."""
    by_core = {_core(each): each for each in known}
    found = get_close_matches(_core(name), by_core, n=1, cutoff=0.6)
    return by_core[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """` (did you mean X?)`, or nothing."""
    close = nearest(name, known)
    return f" (did you mean {close}?)" if close else ""


def _core(name: str) -> str:
    return name.lower().removeprefix(PREFIX.lower()).removeprefix(PSP).lstrip("_.")
