"""What is remembered of how the screens look: a small JSON file in the user's state folder.

It holds no data of the shop. A broken or unwritable file costs the choices alone, and is told of once.
"""

import asyncio
import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from reconcile_tui.screens.choices import Choices, Chosen, ForgottenChoices, TabChoice
from reconcile_tui.screens.desk.lists import Tab

_LONGEST = 100_000
"""Bytes of the file at most: more was not written by this program."""


def remembered_path() -> Path:
    """Where the choices are kept."""
    from platformdirs import user_state_path  # noqa: PLC0415 asked once, and not for the first paint

    return user_state_path("reconcile-tui") / "choices.json"


def choices(*, demo: bool) -> Choices:
    """What is remembered. The rehearsal opens as it is described, and leaves nothing behind."""
    return ForgottenChoices() if demo else RememberedChoices(remembered_path())


class RememberedChoices:
    """`Choices` in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._chosen = Chosen()
        self._trouble: str | None = None
        self._told_unwritable = False
        self._turn = asyncio.Lock()
        try:
            self._chosen = _read(path)
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            self._trouble = (
                f"{path} could not be read ({_words(error)}): columns and order are the usual ones."
            )

    @property
    def chosen(self) -> Chosen:
        return self._chosen

    async def keep(self, chosen: Chosen) -> str | None:
        self._chosen = chosen
        async with self._turn:
            try:
                await asyncio.to_thread(_write, self._path, _document(self._chosen))
            except OSError as error:
                if not self._told_unwritable:
                    self._told_unwritable = True
                    why = f"{self._path} could not be written ({_words(error)})"
                    return f"{why}: the choice lasts until you quit."
        return None

    def trouble(self) -> str | None:
        said, self._trouble = self._trouble, None
        return said


def _words(error: Exception) -> str:
    return (error.strerror or "no reason given") if isinstance(error, OSError) else "it makes no sense"


def _read(path: Path) -> Chosen:
    with path.open("rb") as file:
        document = json.loads(file.read(_LONGEST))
    theme = document.get("theme")
    tabs = document.get("tabs", {})
    return Chosen(
        theme=theme if isinstance(theme, str) else None,
        tabs={Tab(name): _tab(choice) for name, choice in tabs.items() if name in list(Tab)},
    )


def _tab(choice: dict[str, Any]) -> TabChoice:
    columns, sorted_by = choice.get("columns", []), choice.get("sorted_by")
    return TabChoice(
        columns=tuple(column for column in columns if isinstance(column, str)),
        sorted_by=sorted_by if isinstance(sorted_by, str) else None,
        is_reversed=choice.get("reversed") is True,
    )


def _document(chosen: Chosen) -> str:
    tabs = {
        tab.value: {
            "columns": list(choice.columns),
            "sorted_by": choice.sorted_by,
            "reversed": choice.is_reversed,
        }
        for tab, choice in chosen.tabs.items()
    }
    return json.dumps({"theme": chosen.theme, "tabs": tabs}, indent=1) + "\n"


def _write(path: Path, text: str) -> None:
    """Write it whole or not at all: another dashboard may read it at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".choices-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
