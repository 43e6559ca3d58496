"""Help that ends in tables made from the program's own words: exit codes, the demo shop's columns."""

# ruff: noqa: PLC0415 the demo shop's tables are loaded when their help is asked for

from collections.abc import Iterator
from typing import Any

from typer.core import TyperCommand, TyperGroup

from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.log_file import log_path

Part = tuple[str, list[tuple[str, str]]]
"""A title, and lines of a term with its meaning."""


class Program(TyperGroup):
    """The program itself: its help ends with the exit codes, and where the dashboard's log is."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        codes = [(str(code.value), code.meaning) for code in ExitCode]
        files = [(str(log_path()), "the dashboard's log: what it did, and where it crashed")]
        _write(formatter, [("Exit codes", codes), ("Files", files)])


class DemoDbCommand(TyperCommand):
    """`demo-db`: its help ends with the demo shop's tables, column by column."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        _write(formatter, _tables())


def _tables() -> Iterator[Part]:
    from reconcile_tui.demo.shop import metadata

    for table in metadata.sorted_tables:
        columns = [(column.name, f"{column.type}. {column.comment or ''}") for column in table.columns]
        yield f"Table {table.name}, {table.comment}", columns


def _write(formatter: Any, parts: Any) -> None:
    for title, lines in parts:
        with formatter.section(title):
            formatter.write_dl(lines)
