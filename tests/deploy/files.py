"""The shipped operations files, read as their own worlds read them, without any tool of theirs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "deploy"


@dataclass(frozen=True, slots=True)
class Unit:
    """A systemd unit. A key may be there more than once."""

    lines: tuple[tuple[str, str, str], ...]

    @classmethod
    def read(cls, path: Path) -> "Unit":
        section, lines = "", []
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("["):
                section = line.strip("[]")
            elif line and not line.startswith(("#", ";")):
                key, _, value = line.partition("=")
                lines.append((section, key, value))
        return cls(tuple(lines))

    def all(self, key: str, section: str = "Service") -> list[str]:
        return [value for where, name, value in self.lines if (where, name) == (section, key)]

    def one(self, key: str, section: str = "Service") -> str:
        [value] = self.all(key, section)
        return value


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile: `RUN`, and what follows."""

    name: str
    text: str


def dockerfile(path: Path) -> list[Instruction]:
    """The instructions in order; comments are left out, continued lines are one."""
    text = "\n".join(
        line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    )
    joined = re.sub(r"\\\n\s*", " ", text)
    split = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [Instruction(name, rest.strip()) for name, _, rest in split]


def documents(path: Path) -> list[dict[str, Any]]:
    """Every document of a YAML file."""
    return [each for each in yaml.safe_load_all(path.read_text(encoding="utf-8")) if each]


def locked(path: Path) -> dict[str, frozenset[str]]:
    """What a lock pins: `name==version ; marker` to its hashes."""
    pinned: dict[str, set[str]] = {}
    current: set[str] = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            current.add(line.strip(" \\"))
        else:
            current = pinned.setdefault(line.rstrip(" \\"), set())
    return {name: frozenset(hashes) for name, hashes in pinned.items()}


def rules(path: Path) -> Iterator[dict[str, Any]]:
    """Every alert rule of a file."""
    for group in documents(path)[0]["groups"]:
        yield from group["rules"]
