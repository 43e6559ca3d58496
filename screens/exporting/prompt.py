"""The export prompt: what, in which form, into which file. It writes nothing itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.events import Mount
from textual.widgets import Input, Static

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.screens.exporting.new_file import NotWritten, asked_path, default_path
from reconcile_tui.screens.exporting.one_of import OneOf
from reconcile_tui.screens.field import Field
from reconcile_tui.screens.prompts.prompt import Decision, Prompt


class Form(StrEnum):
    """In which form; the value is the file's suffix."""

    CSV = "csv"
    JSON = "json"
    MARKDOWN = "md"

    @property
    def words(self) -> str:
        """Its name for people."""
        return _FORMS[self]


_FORMS: Final = {Form.CSV: "CSV, for a spreadsheet", Form.JSON: "JSON", Form.MARKDOWN: "Markdown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrder:
    """What is to be written. `part`: the name of one of the parts that were offered."""

    part: str
    form: Form
    path: Path


class ExportPrompt(Prompt[ExportOrder]):
    """Asks what to write where.

    Args:
        heading: what it is about.
        parts: names and words of what can be written; the first is offered first.
        stem: how the file's name begins.
        at: the moment in the file's name (UTC).
        folder: where it goes, unless another path is written.
    """

    CSS_PATH = "../prompts/prompts.tcss"

    def __init__(
        self,
        heading: str,
        *,
        parts: Mapping[str, str],
        forms: Sequence[Form],
        stem: str,
        at: datetime,
        folder: Path,
    ) -> None:
        super().__init__()
        self._heading = heading
        self._parts = parts
        self._forms = forms
        self._stem = stem
        self._at = at
        self._folder = folder

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="prompt", can_focus=False):
            yield Static(harmless(self._heading), classes="heading", markup=False)
            yield OneOf([harmless(words, limit=90) for words in self._parts.values()], id="part")
            if len(self._forms) > 1:
                yield OneOf([form.words for form in self._forms], id="form")
            yield Static("Into this new file (readable by you alone)", markup=False)
            yield Field(str(self._proposed(self._forms[0])), id="path")
            yield Static("", id="why-not", markup=False)
            yield Decision("y: write the file · escape: leave it", id="decision", markup=False)

    @on(Mount)
    def _what_comes_first(self, event: Mount) -> None:
        """What to write comes first, not the path."""
        event.prevent_default()
        self.query_one("#part", OneOf).focus()

    def answer(self) -> ExportOrder | str:
        try:
            path = asked_path(self.query_one("#path", Input).value)
        except NotWritten as error:
            return f"{error}."
        return ExportOrder(
            part=list(self._parts)[self.query_one("#part", OneOf).chosen], form=self._form, path=path
        )

    @property
    def _form(self) -> Form:
        return self._forms[self.query_one("#form", OneOf).chosen if len(self._forms) > 1 else 0]

    @on(OneOf.Changed, "#form")
    def _other_form(self) -> None:
        """A path that nobody changed follows the form."""
        field = self.query_one("#path", Input)
        if field.value in {str(self._proposed(form)) for form in self._forms}:
            field.value = str(self._proposed(self._form))

    def _proposed(self, form: Form) -> Path:
        return default_path(self._stem, form.value, at=self._at, folder=self._folder)
