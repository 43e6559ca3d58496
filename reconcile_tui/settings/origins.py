"""Where a setting's value came from, for people who look for the place to change it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class OriginKind(StrEnum):
    """The kinds of places, the strongest first."""

    COMMAND_LINE = "command line"
    ENVIRONMENT = "environment"
    DOTENV = ".env"
    TOML_CONTEXT = "TOML context"
    TOML = "TOML"
    FOUND = "found"
    """Not said by anybody, but the only one there is: the file, the context."""
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One place.

    Attributes:
        name: the setting's name as it is written there.
        file: the file, where it is one.
        context: the TOML file's context, where it is one.
    """

    kind: OriginKind
    name: str = ""
    file: Path | None = None
    context: str | None = None

    @property
    def place(self) -> str:
        """The place without the name: `environment`, `/srv/.env`, `/srv/reconcile.toml [context.prod]`."""
        if self.file is None:
            return str(self.kind)
        return f"{self.file} [context.{self.context}]" if self.context else str(self.file)

    def __str__(self) -> str:
        match self.kind:
            case OriginKind.DEFAULT:
                return "default"
            case OriginKind.FOUND:
                return f"found: {self.place}"
            case _:
                return f"{self.place}: {self.name}"


DEFAULT = Origin(kind=OriginKind.DEFAULT)
