"""What is wrong with settings, in words that name the setting as the user wrote it, and no secret."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pydantic import ValidationError

from reconcile_tui.settings.model import DoNotFit, Settings
from reconcile_tui.settings.names import environment_name
from reconcile_tui.settings.origins import DEFAULT, Origin
from reconcile_tui.settings.values import allowed, is_secret

MASK = "********"
_LONGEST_VALUE = 80
_LIKE_A_KEY = re.compile(r"(?:snd|prd|dev|pk|sk)_[A-Za-z0-9_]{16,}")
"""An API key that somebody wrote under another name."""
_FIELDS = {environment_name(field): field for field in Settings.model_fields}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        name: the setting, as the user wrote it (an environment variable, a TOML key, an option).
        message: what is allowed, or what to do.
        value: what was written, escaped, masked when secret; None where nothing was.
        place: where it was written; empty where it was not.
    """

    name: str
    message: str
    value: str | None = None
    place: str = ""

    def __str__(self) -> str:
        value = "" if self.value is None else f" = {self.value}"
        place = f" ({self.place})" if self.place else ""
        return f"{self.name}{value}{place}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsWarning:
    """Something that is probably not meant, and stops nothing."""

    name: str
    message: str
    place: str = ""

    def __str__(self) -> str:
        place = f" ({self.place})" if self.place else ""
        return f"{self.name}{place}: {self.message}"


class SettingsInvalid(Exception):
    """The settings cannot be used. Holds every problem, one line each, and no secret."""

    def __init__(self, problems: Iterable[Problem], warnings: Iterable[SettingsWarning] = ()) -> None:
        self.problems = tuple(problems)
        self.warnings = tuple(warnings)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def problems_of(error: ValidationError, where: Callable[[str], Origin]) -> tuple[Problem, ...]:
    """pydantic's complaints, rendered. `where` gives the origin of an environment variable's value."""
    found: list[Problem] = []
    for each in error.errors(include_url=False):
        cause = each.get("ctx", {}).get("error")
        if isinstance(cause, DoNotFit):
            found += [_misfit(check.fields, check.sentence, where) for check in cause.checks]
            continue
        name = str(each["loc"][0]) if each["loc"] else ""
        if name not in _FIELDS:
            found.append(Problem(name=name, message="this is no setting"))
            continue
        field = Settings.model_fields[_FIELDS[name]]
        message = str(cause) if isinstance(cause, ValueError) else f"allowed: {allowed(field)}"
        origin = where(name)
        value = MASK if is_secret(field) else shown_value(each["input"])
        found.append(Problem(name=origin.name or name, value=value, place=origin.place, message=message))
    return tuple(found)


def _misfit(fields: tuple[str, ...], sentence: str, where: Callable[[str], Origin]) -> Problem:
    """A failed check, under the name of the first of its fields that somebody set."""
    names = [environment_name(field) for field in fields]
    name = next((name for name in names if where(name) != DEFAULT), names[0])
    origin = where(name)
    return Problem(name=origin.name or name, place=origin.place, message=sentence)


def shown_value(value: object) -> str:
    """A value as somebody wrote it: quoted, escaped, short, and without what may be a password in a URL."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    text = value if isinstance(value, str) else str(value)
    if ("@" in text and "//" in text) or _LIKE_A_KEY.search(text):
        return MASK
    text = text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"
    return f'"{text.encode("unicode_escape").decode("ascii")}"' if not text.isprintable() else f'"{text}"'
