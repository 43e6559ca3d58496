"""The commands as a person meets them: help, version, and what is refused before anything is read."""

import pytest
from typer.testing import CliRunner

from reconcile_tui import __version__
from reconcile_tui.cli.app import app
from reconcile_tui.demo.shop import metadata
from reconcile_tui.exit_codes import ExitCode

RUNNER = CliRunner()
COMMANDS = (
    *("list", "show", "sync", "plan", "apply", "acknowledge", "unacknowledge", "journal", "export"),
    *("status", "runs", "pause", "resume", "settings", "init-db", "demo-db"),
)
OPTIONS = ("--once", "--daemon", "--dry-run", "--phase", "--drain", "--demo", "--context", "--json")


def test_the_version_is_said() -> None:
    assert RUNNER.invoke(app, ["--version"]).output.strip() == f"reconcile-tui {__version__}"


def test_the_programs_help_names_every_command_and_every_exit_code() -> None:
    text = " ".join(RUNNER.invoke(app, ["--help"]).output.split())

    for command in (
        *COMMANDS,
        "--once",
        "--daemon",
        "--dry-run",
        "--phase",
        "--drain",
        "--demo",
        "--context",
        "--json",
    ):
        assert command in text
    for code in ExitCode:
        assert f"{code.value} {code.meaning}" in text


def test_without_a_terminal_it_says_what_to_run_instead_of_the_dashboard() -> None:
    run = RUNNER.invoke(app, [])

    assert run.exit_code == ExitCode.USAGE
    for instead in ("--once", "list", "status", "--daemon", "--help"):
        assert instead in run.stderr
    assert run.stdout == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    run = RUNNER.invoke(app, [command, "--help"])

    assert run.exit_code == 0
    assert "--json" in run.output


def test_the_demo_shops_tables_are_documented_column_by_column() -> None:
    text = " ".join(RUNNER.invoke(app, ["demo-db", "--help"]).output.split())

    for table in metadata.tables.values():
        assert f"Table {table.name}" in text
        for column in table.columns:
            assert f" {column.name} " in text
            assert (column.comment or "") in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--dry-run"], "go with --once"),
        (["--phase", "orders", "list"], "go with --once"),
        (["--once", "list"], "two commands"),
        (["--demo", "--context", "prod", "--once"], "leave --context out"),
        (["--demo", "demo-db", "x.db"], "leave --demo out"),
        (["--once", "--phase", "order"], "order"),
        (["list", "everything"], "everything"),
        (["list", "--limit", "0"], "--limit"),
        (["sync"], "ID"),
        (["--daemon", "--once"], "two commands"),
        (["--daemon", "list"], "two commands"),
        (["--daemon", "--json"], "leave --json out"),
        (["--daemon", "--dry-run"], "go with --once"),
        (["--daemon", "--drain"], "go with --once"),
        (["--json"], "the dashboard prints no document"),
        (["--demo", "--json"], "the dashboard prints no document"),
        (["--no-mouse", "--once"], "--no-mouse goes with the dashboard"),
        (["--no-mouse", "list"], "--no-mouse goes with the dashboard"),
        (["--deamon"], "--deamon"),
        (["plan", "o-1", "--filter", "age>2h"], "leave --filter, --phase and --limit out"),
        (["plan", "o-1", "--limit", "3"], "leave --filter, --phase and --limit out"),
        (["plan", "--limit", "1001"], "1000"),
        (["apply"], "FILE"),
        (["apply", "-"], "add --yes"),
        (["pause"], "--reason"),
        (["pause", "--reason", " "], "say it in words"),
        (["pause", "--reason", "x", "--until", "5"], "write 5s, 5m or 5h"),
        (["pause", "--reason", "x", "--connector", "c" * 65], "no connector has a name"),
        (["acknowledge", "o-1"], "--reason"),
        (["acknowledge", "--reason", "x"], "ID"),
        (["journal", "--since", "soon"], "a duration (2h, 1h30m, 7d)"),
        (["journal", "--outcome", "healed"], "healed"),
        (["journal", "--limit", "0"], "--limit"),
        (["runs", "--limit", "0"], "--limit"),
    ],
)
def test_a_command_line_that_means_nothing_is_refused(arguments: list[str], said: str) -> None:
    run = RUNNER.invoke(app, arguments)

    assert run.exit_code == ExitCode.USAGE
    assert said in run.output


@pytest.mark.parametrize(
    ("typed", "offered"), [("li", "list"), ("--dr", "--drain"), ("list orp", "orphans"), ("pau", "pause")]
)
def test_a_shell_completes_commands_options_and_their_words(typed: str, offered: str) -> None:
    words = f"reconcile-tui {typed}"
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}

    run = RUNNER.invoke(
        app, [], prog_name="reconcile-tui", env={"_RECONCILE_TUI_COMPLETE": "complete_bash", **asked}
    )

    assert offered in run.output.split()
