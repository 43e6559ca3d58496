"""`settings`: what is in force, and where each value came from; secrets are masked."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from reconcile_tui.cli.documents import SettingDocument, SettingsDocument
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.output import foreign
from reconcile_tui.cli.page_parts import heading, table, where
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.settings import explain

_DEFAULT = "default"


async def show_settings(work: Work) -> int:
    """Print every setting."""
    loaded = work.loaded
    document = SettingsDocument(
        file=str(loaded.toml) if loaded.toml else None,
        contexts=loaded.contexts,
        warnings=tuple(str(warning) for warning in loaded.warnings),
        settings=tuple(
            SettingDocument(
                name=each.name,
                key=each.key,
                value=each.value,
                origin=str(each.origin),
                allowed=each.allowed,
                description=each.description,
            )
            for each in explain(work.settings)
        ),
        exit_code=ExitCode.OK,
    )

    def page(document: SettingsDocument) -> Iterator[RenderableType]:
        yield where(work.place)
        yield from settings_page(document)

    work.output.show(document, page)
    return ExitCode.OK


def settings_page(document: SettingsDocument) -> Iterator[RenderableType]:
    """Settings by name; what somebody set stands out from the defaults."""
    if document.file is not None:
        contexts = f"contexts: {', '.join(document.contexts)}" if document.contexts else "no contexts"
        yield foreign(f"{document.file}, {contexts}", limit=500, style="dim")
    yield heading("Settings")
    made = table("setting", "value", "from")
    made.columns[0].no_wrap = True
    for each in document.settings:
        made.add_row(each.name, *_cells(each))
    yield made
    if document.warnings:
        yield heading("Warnings")
    for warning in document.warnings:
        yield Text("  ! ", style="yellow").append_text(foreign(warning, limit=500))
    yield Text(
        "\nWhat each one does, and what is allowed: docs/settings.md, or settings --json.", style="dim"
    )


def _cells(each: SettingDocument) -> tuple[Text, Text]:
    style = "dim" if each.origin == _DEFAULT else ""
    return foreign(each.value, limit=300, style=style), foreign(each.origin, limit=300, style=style)
