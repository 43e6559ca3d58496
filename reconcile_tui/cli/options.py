"""Options that stand before every command."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What stands before the command, or may.

    Attributes:
        context: the argument of `--context`.
        as_json: print one document instead of tables.
        mouse: False leaves the mouse to the terminal.
    """

    demo: bool = False
    context: str | None = None
    as_json: bool = False
    mouse: bool = True


def plain_options(arguments: Sequence[str]) -> Options | None:
    """The options of a command line that says nothing but where to open the dashboard; None for any other.

    Reading these by hand saves the parser's own modules, a third of the time to the first paint.
    """
    match list(arguments):
        case []:
            return Options()
        case ["--demo"]:
            return Options(demo=True)
        case ["--context", name] if not name.startswith("-"):
            return Options(context=name)
        case _:
            return None
