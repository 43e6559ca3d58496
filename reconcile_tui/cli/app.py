"""The commands: names, options and their help. What a command does is loaded when it is asked for."""

# ruff: noqa: PLC0415 a command's own modules are loaded when it runs, so that --version and --help are quick

from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import typer

from reconcile_tui import __version__
from reconcile_tui.cli.choices import ListName
from reconcile_tui.cli.help import DemoDbCommand, Program
from reconcile_tui.cli.options import Options
from reconcile_tui.core.phases import PhaseName
from reconcile_tui.exit_codes import ExitCode

app = typer.Typer(
    name="reconcile-tui",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    cls=Program,
)

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON document (docs/json.md) instead of tables.")
]
_ID_HELP = (
    "The shop's own id of an order or refund, or the PSP's payment or refund id. "
    "order:ID and refund:ID say which kind is meant."
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"reconcile-tui {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    *,
    once: Annotated[
        bool,
        typer.Option("--once", help="One tick now: find, read, decide, apply, prove. Prints what it did."),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="With --once: plan from what is last known, and write nothing at all."
        ),
    ] = False,
    phase: Annotated[
        list[PhaseName] | None,
        typer.Option("--phase", help="With --once: only this phase; may be given more than once."),
    ] = None,
    drain: Annotated[
        bool,
        typer.Option("--drain", help="With --once: go on until nothing is due; each row is tried once."),
    ] = False,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo", help="Work on a throw-away demo shop with a simulated PSP. For every command."
        ),
    ] = False,
    context_name: Annotated[
        str | None,
        typer.Option("--context", metavar="NAME", help="The [context.NAME] of the TOML file to work in."),
    ] = None,
    as_json: Json = False,
    _version_asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find orders and refunds that hang because a payment webhook was lost, and heal them through the
    shop's own idempotent handler. Payments and refunds are read, never made.

    Data goes to stdout, everything else to stderr. On a terminal the tables tell what was done; the log,
    one line an action with "reconcile" in its event, is written where stderr is no terminal, or where
    RECONCILE_LOG_LEVEL is set.
    """
    if demo and context_name is not None:
        raise typer.BadParameter("the demo is a place of its own: leave --context out")
    context.obj = Options(demo=demo, context=context_name, as_json=as_json)
    if once and context.invoked_subcommand is not None:
        raise typer.BadParameter(f"--once and {context.invoked_subcommand} are two commands: choose one")
    if not once and (dry_run or phase or drain):
        raise typer.BadParameter("--dry-run, --phase and --drain go with --once")
    if once:
        from reconcile_tui.cli.once import once as command

        _run(context, partial(command, phases=phase, dry_run=dry_run, drain=drain))
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.USAGE)


@app.command("list")
def list_(
    context: typer.Context,
    names: Annotated[
        list[ListName] | None, typer.Argument(help="Which lists; all of them by default.", show_default=False)
    ] = None,
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Rows of each list at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List what is stuck, oldest first, with what was last known of it, and the money at risk.

    Asks no PSP. "customer" holds the orders whose customer has a step to do: they are not money at risk.
    """
    from reconcile_tui.cli.listing import list_rows

    _run(context, partial(list_rows, names=names or (), limit=limit), as_json=as_json)


@app.command()
def show(
    context: typer.Context,
    row_id: Annotated[str, typer.Argument(metavar="ID", help=_ID_HELP, show_default=False)],
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

    _run(context, partial(show_rows, asked=row_id, forced=forced), as_json=as_json)


@app.command()
def sync(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help=_ID_HELP, show_default=False)],
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

    _run(
        context,
        partial(sync_rows, ids=ids, yes=yes, reason=reason, dry_run=dry_run, again=again),
        as_json=as_json,
    )


@app.command()
def settings(context: typer.Context, *, as_json: Json = False) -> None:
    """Show every setting in force and where its value came from. Secrets are masked."""
    from reconcile_tui.cli.settings_shown import show_settings

    _run(context, show_settings, as_json=as_json)


@app.command("init-db")
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

    _run(context, print_indexes if print_shop_indexes else init_database, as_json=as_json)


@app.command("demo-db", cls=DemoDbCommand)
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
    _run(context, partial(make_demo_db, target=target), as_json=as_json)


def main() -> None:
    """The program."""
    app(prog_name="reconcile-tui")


def _run(
    context: typer.Context, command: Callable[[Any], Coroutine[Any, Any, int]], *, as_json: bool = False
) -> None:
    """Run a command to the end of the process, with the options that stand before it."""
    from reconcile_tui.cli.execution import execute

    options: Options = context.obj
    execute(command, replace(options, as_json=True) if as_json else options)
