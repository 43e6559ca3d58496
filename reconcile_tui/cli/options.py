"""Options that stand before every command."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What stands before the command, or may.

    Attributes:
        context: the argument of `--context`.
        as_json: print one document instead of tables.
    """

    demo: bool = False
    context: str | None = None
    as_json: bool = False
