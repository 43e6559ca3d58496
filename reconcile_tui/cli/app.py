"""The program's own options, and the list of its commands."""

# ruff: noqa: PLC0415 a command's own modules are loaded when it runs, so that --version and --help are quick

from functools import partial
from typing import Annotated

import typer

from reconcile_tui import __version__
from reconcile_tui.cli.commands import brakes, places, plans, records, rows
from reconcile_tui.cli.commands.invoked import Json, run
from reconcile_tui.cli.help import DemoDbCommand, Program
from reconcile_tui.cli.options import Options
from reconcile_tui.cli.streams import has_screen
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

    On a terminal and without a command it opens the dashboard; with --demo, on a demo shop in the middle of
    an incident. Without a terminal --demo alone does what --demo --once does.

    Data goes to stdout, everything else to stderr. On a terminal the tables tell what was done; the log,
    one line an action with "reconcile" in its event, is written where stderr is no terminal, or where
    RECONCILE_LOG_LEVEL is set.
    """
    if demo and context_name is not None:
        raise typer.BadParameter("the demo is a place of its own: leave --context out")
    context.obj = Options(demo=demo, context=context_name, as_json=as_json, mouse=not no_mouse)
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
    opens_dashboard = not once and not daemon and context.invoked_subcommand is None
    if no_mouse and not opens_dashboard:
        raise typer.BadParameter("--no-mouse goes with the dashboard alone")
    if as_json and opens_dashboard:
        raise typer.BadParameter("the dashboard prints no document: leave --json out, or add --once")
    if once:
        from reconcile_tui.cli.once import once as command

        run(context, partial(command, phases=phase, dry_run=dry_run, drain=drain))
    if daemon:
        from reconcile_tui.cli.daemon import daemon as command_of_daemon

        run(context, command_of_daemon)
    if opens_dashboard:
        _dashboard(context)


def _dashboard(context: typer.Context) -> None:
    """Open the dashboard; where there is no terminal for it, do or say what comes nearest."""
    options: Options = context.obj
    if has_screen():
        from reconcile_tui.interactive import run_dashboard

        run_dashboard(options)
    if options.demo:
        from reconcile_tui.cli.once import rehearsed_once

        typer.echo("No terminal to open the dashboard on: this is what --demo --once does.", err=True)
        run(context, rehearsed_once)
    typer.echo(
        "The dashboard needs a terminal: stdin, stdout and stderr must be one, and TERM must not be dumb.\n"
        "Without one: reconcile-tui --once (one tick), list and status (what is stuck, and how it stands), "
        "--daemon (tick by itself); --help names them all.",
        err=True,
    )
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
