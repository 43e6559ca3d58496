"""The text of an error: what people are told, in parts that are always the same."""

from dataclasses import dataclass

from reconcile_tui.exit_codes import ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorText:
    """An error for people.

    Attributes:
        what: what happened, one sentence.
        on_what: what it happened to, a line each; empty where `what` says it all.
        untouched: what is certainly as it was.
        next_step: what to do.
    """

    what: str
    on_what: str
    untouched: str
    next_step: str
    exit_code: ExitCode

    def lines(self) -> tuple[str, ...]:
        """The parts that say something, a line each, `on_what` indented."""
        details = tuple(f"  {line}" for line in self.on_what.splitlines())
        return tuple(line for line in (self.what, *details, self.untouched, self.next_step) if line)

    def fields(self) -> dict[str, str]:
        """The same for a log line; what was left untouched goes without saying there."""
        fields = {
            "why": self.what,
            "detail": " ".join(self.on_what.splitlines()),
            "next_step": self.next_step,
        }
        return {key: value for key, value in fields.items() if value}

    @property
    def in_short(self) -> str:
        """What happened, and to what, on one line."""
        return " ".join((self.what, *self.on_what.splitlines()))


WHOLE_ROWS = "No row is half changed: a change and its journal entry are one transaction."


def of_database(what: str, on_what: str, next_step: str) -> ErrorText:
    """The database cannot be used."""
    return ErrorText(
        what=what, on_what=on_what, untouched=WHOLE_ROWS, next_step=next_step, exit_code=ExitCode.DATABASE
    )


def unusable(what: str, on_what: str, next_step: str) -> ErrorText:
    """Something that was given to the program cannot be used; nothing was begun."""
    return ErrorText(
        what=what,
        on_what=on_what,
        untouched="Nothing was read and nothing was changed.",
        next_step=next_step,
        exit_code=ExitCode.USAGE,
    )
