"""The program's own options, and the list of its commands."""

# ruff: noqa: PLC0415 a command's own modules are loaded when it runs, so that --version and --help are quick

import sys
from functools import partial
from typing import Annotated

import typer

from reconcile_tui import __version__
from reconcile_tui.cli.commands import brakes, places, plans, records, rows
from reconcile_tui.cli.commands.invoked import Json, run
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
    daemon: Annotated[
        bool,
        typer.Option(
            "--daemon",
            help="Tick every RECONCILE_INTERVAL until stopped (SIGTERM, Ctrl-C). One daemon a database "
            "sweeps; another one waits, and takes over. Writes the log alone.",
        ),
    ] = False,
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
    no_mouse: Annotated[
        bool, typer.Option("--no-mouse", help="The dashboard leaves the mouse to the terminal.")
    ] = False,
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
    if daemon and context.invoked_subcommand is not None:
        raise typer.BadParameter(f"--daemon and {context.invoked_subcommand} are two commands: choose one")
    if daemon and once:
        raise typer.BadParameter("--daemon and --once are two commands: choose one")
    if daemon and as_json:
        raise typer.BadParameter("--daemon prints no document: leave --json out (RECONCILE_LOG_FORMAT=json)")
    if not once and (dry_run or phase or drain):
        raise typer.BadParameter("--dry-run, --phase and --drain go with --once")
    if once:
        from reconcile_tui.cli.once import once as command

        run(context, partial(command, phases=phase, dry_run=dry_run, drain=drain))
    if daemon:
        from reconcile_tui.cli.daemon import daemon as command_of_daemon

        run(context, command_of_daemon)
    if context.invoked_subcommand is None and sys.stdin.isatty() and sys.stdout.isatty():
        from reconcile_tui.interactive import run_dashboard

        run_dashboard(context.obj, mouse=not no_mouse)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.USAGE)


app.command("list")(rows.list_)
app.command()(rows.show)
app.command()(rows.sync)
app.command()(plans.plan)
app.command()(plans.apply)
app.command()(records.acknowledge)
app.command()(records.unacknowledge)
app.command()(records.journal)
app.command()(records.export)
app.command()(brakes.status)
app.command()(brakes.runs)
app.command()(brakes.pause)
app.command()(brakes.resume)
app.command()(places.settings)
app.command("init-db")(places.init_db)
app.command("demo-db", cls=DemoDbCommand)(places.demo_db)


def main() -> None:
    """The program."""
    app(prog_name="reconcile-tui")
