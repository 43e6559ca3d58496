"""`plan` and `apply`: a plan as a file, and the file applied."""

# ruff: noqa: PLC0415 a command's own modules are loaded when it runs, so that --version and --help are quick

from functools import partial
from typing import Annotated

import typer

from reconcile_tui.cli.choices import MOST_ROWS
from reconcile_tui.cli.commands.invoked import FILTER_HELP, ID_HELP, Json, run
from reconcile_tui.core.phases import PhaseName


def plan(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help=ID_HELP, show_default=False)] = None,
    *,
    filter_text: Annotated[
        str | None, typer.Option("--filter", metavar="TEXT", help=FILTER_HELP, show_default=False)
    ] = None,
    phase: Annotated[
        list[PhaseName] | None,
        typer.Option("--phase", help="Only rows of this phase; may be given more than once."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit",
            min=1,
            max=MOST_ROWS,
            help="The oldest rows at most; RECONCILE_BATCH_LIMIT by default.",
            show_default=False,
        ),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why, for the journal once it is applied.")
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Plan from what is last known, and write nothing. apply refuses such a plan."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Plan rows, and print the plan as a file for apply: reconcile-tui plan --filter "age>2h" > FILE

    The rows are those with these ids, else all stuck rows that the filter means. Each is read anew, forced.
    The file is JSON in any case; what it would do is said on stderr. Nothing is applied.
    """
    from reconcile_tui.cli.planning import plan_rows

    if ids and (filter_text is not None or phase or limit is not None):
        raise typer.BadParameter("ids say which rows are meant: leave --filter, --phase and --limit out")
    run(
        context,
        partial(
            plan_rows,
            ids=ids or (),
            filter_text=filter_text,
            phases=phase,
            limit=limit,
            reason=reason,
            dry_run=dry_run,
        ),
        as_json=as_json,
    )


def apply(
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A file that plan printed; - is stdin, with --yes.", show_default=False
        ),
    ],
    *,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Apply without asking. Needed where nobody can be asked.")
    ] = False,
    reason: Annotated[
        str | None,
        typer.Option("--reason", metavar="TEXT", help="Why, for the journal; by default the plan's own."),
    ] = None,
    again: Annotated[
        bool,
        typer.Option("--again", help="Send events again that were delivered before and had no effect."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Apply a plan that plan printed: show it, ask, apply exactly that, and print a receipt.

    Every row is read anew first, forced. One that is no longer as it was planned is left as it is, and what
    differs is said. A file that was edited, is from another place, or is older than RECONCILE_PLAN_MAX_AGE
    is refused.
    """
    from reconcile_tui.cli.applying import STDIN, apply_file

    if file == STDIN and not yes:
        raise typer.BadParameter("nobody can be asked while the plan is read from stdin: add --yes")
    run(context, partial(apply_file, source=file, yes=yes, reason=reason, again=again), as_json=as_json)
