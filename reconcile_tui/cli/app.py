"""The commands: names, options and their help. What a command does is loaded when it is asked for."""

# ruff: noqa: PLC0415 a command's own modules are loaded when it runs, so that --version and --help are quick

from functools import partial
from typing import Annotated

import typer

from reconcile_tui.core.phases import PhaseName

app = typer.Typer(
    name="reconcile-tui",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON document (docs/json.md) instead of tables.")
]


def _version(asked: bool) -> None:
    if asked:
        from reconcile_tui import __version__

        typer.echo(f"reconcile-tui {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="One tick now: find, read, decide, apply, prove.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="With --once: plan from what is last known, and write nothing at all."
        ),
    ] = False,
    phase: Annotated[
        list[PhaseName] | None,
        typer.Option("--phase", help="With --once: this phase alone. May be repeated."),
    ] = None,
    drain: Annotated[
        bool, typer.Option("--drain", help="With --once: go on until nothing is due; each row is tried once.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Work on a throw-away demo shop and a simulated PSP.")
    ] = False,
    name: Annotated[
        str | None, typer.Option("--context", metavar="NAME", help="Which [context.NAME] of the TOML file.")
    ] = None,
    as_json: Json = False,
    _version_asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find orders and refunds that hang because a payment webhook was lost, and heal them."""
    from reconcile_tui.cli.execution import Options, execute

    options = Options(demo=demo, context=name, as_json=as_json)
    context.obj = options
    if once:
        from reconcile_tui.cli.once import once as command

        execute(partial(command, phases=phase, dry_run=dry_run, drain=drain), options)


def main() -> None:
    """The program."""
    app()
