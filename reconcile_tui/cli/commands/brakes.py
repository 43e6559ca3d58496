"""`status`, `runs`, `pause` and `resume`: how the daemon is, and the hand on its brake."""

# ruff: noqa: PLC0415 a command's own modules are loaded when it runs, so that --version and --help are quick

from functools import partial
from typing import Annotated

import typer

from reconcile_tui.cli.commands.invoked import TO_COME, Json, moment, run, said

Connector = Annotated[
    str | None,
    typer.Option(
        "--connector",
        metavar="C",
        help="Only what goes through this processor, as the PSP spells it (adyen). Everything by default.",
    ),
]


def status(context: typer.Context, *, as_json: Json = False) -> None:
    """Say whether it is well: is the daemon alive, when is its next tick, what is stuck, who paused what.

    For scripts: 0 nobody needs to look; 3 a row needs a person, a connector is paused, or something else is
    left; 6 everything is paused; 9 no daemon sweeps, it is overdue, or its last tick failed or was ended by
    the breaker. Asks no PSP.
    """
    from reconcile_tui.cli.status import show_status

    run(context, show_status, as_json=as_json)


def runs(
    context: typer.Context,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Ticks at most, the newest.")] = 20,
    as_json: Json = False,
) -> None:
    """List the latest ticks: when, how long, who ran them, what they did, and what went wrong."""
    from reconcile_tui.cli.status import list_runs

    run(context, partial(list_runs, limit=limit), as_json=as_json)


def pause(
    context: typer.Context,
    *,
    reason: Annotated[
        str,
        typer.Option(
            "--reason", metavar="TEXT", help="Why. Shown wherever the pause is.", show_default=False
        ),
    ],
    connector: Connector = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="T",
            help=f"When it ends by itself: {TO_COME}.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Stop every dispatch on this database, daemons' and operators' alike, until it is resumed.

    Rows are still found and read. A pause that is there already is replaced. A row whose processor is not
    known is held back by the pause of any connector.
    """
    from reconcile_tui.cli.pausing import pause as command

    ends = moment(until, "--until")
    chosen = partial(command, reason=said(reason, "--reason"), connector=_connector(connector), until=ends)
    run(context, chosen, as_json=as_json)


def resume(
    context: typer.Context,
    *,
    connector: Connector = None,
    psp: Annotated[
        bool,
        typer.Option("--psp", help="Ask the PSP again, although it asked to be left alone (Retry-After)."),
    ] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why, for the record.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Lift the pause of everything, or with --connector that of one processor.

    The other pauses stay, and are said. Where nothing was paused, that is said, and the exit code is 0.
    With --psp every process asks the PSP again, though it asked to be left alone; the pauses stay.
    """
    from reconcile_tui.cli.pausing import resume as command

    if psp and connector is not None:
        raise typer.BadParameter("lift one at a time: a connector's pause, or the PSP's wait")
    run(
        context,
        partial(command, reason=said(reason, "--reason"), connector=_connector(connector), psp=psp),
        as_json=as_json,
    )


_LONGEST_CONNECTOR = 64


def _connector(name: str | None) -> str | None:
    name = said(name, "--connector")
    if name is not None and len(name) > _LONGEST_CONNECTOR:
        raise typer.BadParameter("no connector has a name as long as that", param_hint="--connector")
    return name
