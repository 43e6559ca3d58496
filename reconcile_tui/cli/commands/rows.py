"""`list`, `show` and `sync`: the stuck rows, one by one."""

# ruff: noqa: PLC0415 a command's own modules are loaded when it runs, so that --version and --help are quick

from functools import partial
from typing import Annotated

import typer

from reconcile_tui.cli.choices import ListName
from reconcile_tui.cli.commands.invoked import FILTER_HELP, ID_HELP, Json, run


def list_(
    context: typer.Context,
    names: Annotated[
        list[ListName] | None, typer.Argument(help="Which lists; all of them by default.", show_default=False)
    ] = None,
    *,
    filter_text: Annotated[
        str | None, typer.Option("--filter", metavar="TEXT", help=FILTER_HELP, show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Rows of each list at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List what is stuck, oldest first, with what was last known of it, and the money at risk.

    Asks no PSP. "customer" holds the orders whose customer has a step to do: they are not money at risk.
    """
    from reconcile_tui.cli.listing import list_rows

    run(
        context,
        partial(list_rows, names=names or (), limit=limit, filter_text=filter_text),
        as_json=as_json,
    )


def show(
    context: typer.Context,
    row_id: Annotated[str, typer.Argument(metavar="ID", help=ID_HELP, show_default=False)],
    *,
    forced: Annotated[
        bool,
        typer.Option(
            "--forced",
            help="Ask the processor too: the look is recorded, and may make the PSP send its webhook.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Show everything about a row: shop and PSP side by side, the decision and its evidence, the history.

    Reads the PSP as last known. If several rows have the id, all of them are shown.
    """
    from reconcile_tui.cli.showing import show_rows

    run(context, partial(show_rows, asked=row_id, forced=forced), as_json=as_json)


def sync(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help=ID_HELP, show_default=False)],
    *,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Apply without asking. Needed where nobody can be asked.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why, for the journal.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan from what is last known, and write nothing.")
    ] = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="Send events again that were delivered before and had no effect."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Plan these rows, ask, apply exactly that plan, and print a receipt.

    The plan is made of forced reads. If an id matches no row, or several, nothing is applied.
    """
    from reconcile_tui.cli.syncing import sync_rows

    run(
        context,
        partial(sync_rows, ids=ids, yes=yes, reason=reason, dry_run=dry_run, again=again),
        as_json=as_json,
    )
