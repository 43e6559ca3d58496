"""What every command shares: its options, and being run to the end of the process."""

# ruff: noqa: PLC0415 the execution's own modules are loaded when a command runs

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Annotated, Any, overload

import typer

from reconcile_tui.cli.options import Options
from reconcile_tui.core.moments import Spoken, spoken

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON document (docs/json.md) instead of tables.")
]
ID_HELP = (
    "The shop's own id of an order or refund, or the PSP's payment or refund id. "
    "order:ID and refund:ID say which kind is meant."
)
FILTER_HELP = (
    "Which rows: words of text, and terms such as connector:adyen status:processing age>2h amount>=100 "
    "currency:EUR class:orphan why:amount_mismatch. All must hold; a,b means either, -term all other rows."
)

TO_COME = "2h (from now), 14:30 (the next one, UTC) or 2026-11-24T14:30"
GONE = "2h (ago), 14:30 (the last one, UTC) or 2026-11-24T14:30"


def run(
    context: typer.Context, command: Callable[[Any], Coroutine[Any, Any, int]], *, as_json: bool = False
) -> None:
    """Run a command to the end of the process, with the options that stand before it."""
    from reconcile_tui.cli.execution import execute

    options: Options = context.obj
    execute(command, replace(options, as_json=True) if as_json else options)


def moment(text: str | None, option: str) -> Spoken | None:
    """The moment that an option says.

    Raises:
        typer.BadParameter: with a sentence that says what to write instead.
    """
    if text is None:
        return None
    try:
        return spoken(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text}: {error}.", param_hint=option) from error


@overload
def said(text: str, option: str) -> str: ...
@overload
def said(text: None, option: str) -> None: ...
@overload
def said(text: str | None, option: str) -> str | None: ...
def said(text: str | None, option: str) -> str | None:
    """The words of an option; empty ones say nothing.

    Raises:
        typer.BadParameter: there is no word.
    """
    if text is None:
        return None
    if not text.strip():
        raise typer.BadParameter("say it in words.", param_hint=option)
    return text.strip()
