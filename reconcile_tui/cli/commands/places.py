"""`settings`, `init-db` and `demo-db`: where the program works."""

# ruff: noqa: PLC0415 a command's own modules are loaded when it runs, so that --version and --help are quick

from functools import partial
from typing import Annotated

import typer

from reconcile_tui.cli.commands.invoked import Json, run


def settings(context: typer.Context, *, as_json: Json = False) -> None:
    """Show every setting in force and where its value came from. Secrets are masked."""
    from reconcile_tui.cli.settings_shown import show_settings

    run(context, show_settings, as_json=as_json)


def init_db(
    context: typer.Context,
    *,
    print_shop_indexes: Annotated[
        bool,
        typer.Option(
            "--print-shop-indexes",
            help="Instead: print the indexes recommended for the shop's own tables as SQL. Runs nothing.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Create the tool's own tables (reconcile_...), or bring them to this version. Safe to repeat."""
    from reconcile_tui.cli.init_db import init_database, print_indexes

    run(context, print_indexes if print_shop_indexes else init_database, as_json=as_json)


def demo_db(
    context: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            metavar="PATH|URL",
            help="A new SQLite file, or the URL of a database without orders and refunds.",
            show_default=False,
        ),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Make the demo shop: its tables, and the rows of its incident. Refuses where orders or refunds exist."""
    from reconcile_tui.cli.demo_db import make_demo_db

    if context.obj.demo:
        raise typer.BadParameter("demo-db makes a database that stays: leave --demo out")
    run(context, partial(make_demo_db, target=target), as_json=as_json)
