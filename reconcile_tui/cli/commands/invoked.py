"""What every command shares: its options, and being run to the end of the process."""

# ruff: noqa: PLC0415 the execution's own modules are loaded when a command runs

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Annotated, Any

import typer

from reconcile_tui.cli.options import Options

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


def run(
    context: typer.Context, command: Callable[[Any], Coroutine[Any, Any, int]], *, as_json: bool = False
) -> None:
    """Run a command to the end of the process, with the options that stand before it."""
    from reconcile_tui.cli.execution import execute

    options: Options = context.obj
    execute(command, replace(options, as_json=True) if as_json else options)
