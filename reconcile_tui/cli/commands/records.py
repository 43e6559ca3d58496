"""`acknowledge`, `unacknowledge`, `journal` and `export`: what people put on record, and what is there."""

# ruff: noqa: PLC0415 a command's own modules are loaded when it runs, so that --version and --help are quick

from functools import partial
from typing import Annotated

import typer

from reconcile_tui.cli.commands.invoked import GONE, ID_HELP, TO_COME, Json, moment, run, said
from reconcile_tui.core.decisions import Event
from reconcile_tui.core.outcomes import Outcome

Ids = Annotated[list[str], typer.Argument(metavar="ID...", help=ID_HELP, show_default=False)]


def acknowledge(
    context: typer.Context,
    ids: Ids,
    *,
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="TEXT", help="Why it may be quiet: for whoever sees it next."),
    ],
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="T",
            help=f"When it is loud again in any case: {TO_COME}.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say of rows that need a person that somebody saw them. They count no more, and are listed last.

    A row is loud again as soon as its facts change: its status, amount or ids, or what the PSP says. If an
    id matches no row, or several, nothing is acknowledged. Exit code 3: a row did not need a person, or
    its facts changed a moment ago.
    """
    from reconcile_tui.cli.acknowledging import acknowledge as command

    ends = moment(until, "--until")
    run(context, partial(command, ids=ids, reason=said(reason, "--reason"), until=ends), as_json=as_json)


def unacknowledge(
    context: typer.Context,
    ids: Ids,
    *,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why, for the record.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Take acknowledgements back: the rows are loud again. Exit code 0 also where there was none."""
    from reconcile_tui.cli.acknowledging import unacknowledge as command

    run(context, partial(command, ids=ids, reason=said(reason, "--reason")), as_json=as_json)


Since = Annotated[str | None, typer.Option("--since", metavar="T", help=f"From then on: {GONE}.")]
Until = Annotated[str | None, typer.Option("--until", metavar="T", help=f"Before then: {GONE}.")]
Plan = Annotated[str | None, typer.Option("--plan", metavar="ID", help="Only what was done under this plan.")]


def journal(
    context: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID...", help=f"{ID_HELP} Every row by default.", show_default=False),
    ] = None,
    *,
    actor: Annotated[
        str | None, typer.Option("--actor", metavar="NAME", help="Only what this person or daemon did.")
    ] = None,
    since: Since = None,
    until: Until = None,
    outcome: Annotated[
        list[Outcome] | None,
        typer.Option(
            "--outcome",
            metavar="WORD",
            help=f"Only entries with this outcome; may be given more than once: {', '.join(Outcome)}.",
        ),
    ] = None,
    event: Annotated[
        list[Event] | None,
        typer.Option(
            "--event",
            metavar="WORD",
            help=f"Only entries about this event; may be given more than once: {', '.join(Event)}.",
        ),
    ] = None,
    plan: Plan = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="The newest so many.")] = 100,
    as_json: Json = False,
) -> None:
    """Show what was done, step by step: intents, deliveries, outcomes, and who paused or acknowledged.

    In the order in which it happened, oldest first; --limit takes the newest. Everything that is asked for
    must hold: --since 2h --actor alice is what alice did in the last two hours.
    """
    from reconcile_tui.cli.journal import JournalAsked, show_journal

    asked = JournalAsked(
        ids=ids or (),
        actor=said(actor, "--actor"),
        since=moment(since, "--since"),
        until=moment(until, "--until"),
        outcomes=outcome or (),
        events=event or (),
        plan_id=said(plan, "--plan"),
        limit=limit,
    )
    run(context, partial(show_journal, asked=asked), as_json=as_json)


def export(
    context: typer.Context,
    *,
    since: Since = None,
    until: Until = None,
    plan: Plan = None,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="The title; one is made up by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write an incident as Markdown, for its post-mortem: reconcile-tui export --since 6h > incident.md

    What was healed with its money per currency, the timeline, what people did and why, the ticks, and what
    is still open. Without --since and --plan: the last 24 hours. Asks no PSP.
    """
    from reconcile_tui.cli.exporting import export as command

    chosen = partial(
        command,
        since=moment(since, "--since"),
        until=moment(until, "--until"),
        plan_id=said(plan, "--plan"),
        title=said(title, "--title"),
    )
    run(context, chosen, as_json=as_json)
