"""Inputs that are not taken, in words: a filter, a file, a plan file."""

from reconcile_tui.bounded_read import FileTooLarge, FileUnreadable
from reconcile_tui.core.filter_grammar import FilterInvalid
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.wording import age
from reconcile_tui.error_text import ErrorText, unusable
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.plan_file import (
    FORMAT,
    MadeByDryRun,
    MadeElsewhere,
    MadeInTheFuture,
    NotAPlan,
    OtherFormat,
    PlanFileRefused,
    PlanTooOld,
    SealBroken,
)

_NEW_PLAN = "Make a new plan: reconcile-tui plan > FILE."


def about_input(error: BaseException) -> ErrorText | None:
    """A filter, a file or a plan file that is not taken; None for anything else."""
    match error:
        case FilterInvalid():
            known = f"\nKnown: {', '.join(error.known)}" if error.known else ""
            what = f"The filter cannot be read: {error.problem}."
            return unusable(what, f"{_pointed_at(error)}{known}", "Mend the filter, then try again.")
        case FileUnreadable():
            return unusable(f"The file cannot be read: {error.why}.", error.name, "Check its name.")
        case FileTooLarge():
            what = f"The file is larger than {error.limit // 1024**2} MiB, so it is not read."
            return unusable(what, error.name, _NEW_PLAN)
        case PlanFileRefused():
            return _about_plan_file(error)
        case _:
            return None


def _pointed_at(error: FilterInvalid) -> str:
    """The part of the filter that is wrong, what stands around it, and a line of marks below."""
    before, wrong, after = (
        harmless(part) if part else ""
        for part in (
            error.text[max(error.start - 30, 0) : error.start],
            error.text[error.start : error.end][:40],
            error.text[error.end : error.end + 20],
        )
    )
    return f"{before}{wrong}{after}\n{' ' * len(before)}{'^' * max(len(wrong), 1)}"


def _about_plan_file(error: PlanFileRefused) -> ErrorText:
    """Why a plan file is not taken: no plan at all is a wrong command line, the rest is refused."""
    match error:
        case NotAPlan():
            return unusable(f"This is no plan file: {error.problem}.", "", _NEW_PLAN)
        case OtherFormat(found=None):
            return unusable(f"The plan file has no format; this version reads {FORMAT}.", "", _NEW_PLAN)
        case OtherFormat():
            what = f"The plan file has the format {error.found}, not {FORMAT}."
            return unusable(what, "Another version of this program made it.", _NEW_PLAN)
        case SealBroken():
            what = "The plan's seal does not fit: it was edited by hand, or made with another API key."
        case MadeElsewhere():
            what = f"The plan was made in another place: its {error.what} is not the one in use."
            there, here = (harmless(place) if place else "none" for place in (error.there, error.here))
            places = f"made in  {there}\nin use   {here}"
            return _refused_plan(what, places, "Apply it where it was made, or make a new plan here.")
        case MadeByDryRun():
            what = "The plan was made by a dry run, of what was last known: no processor was asked."
        case PlanTooOld():
            most = f"RECONCILE_PLAN_MAX_AGE allows {age(error.max_age)}"
            what = f"The plan is too old: it was made {age(error.age)} ago; {most}."
        case MadeInTheFuture():
            what = f"The plan is of the future: made {age(error.ahead)} from now by the database's clock."
        case _:
            what = "The plan file is refused."
    return _refused_plan(what, "", _NEW_PLAN)


def _refused_plan(what: str, on_what: str, next_step: str) -> ErrorText:
    return ErrorText(
        what=what,
        on_what=on_what,
        untouched="Nothing was read from the PSP and nothing was applied.",
        next_step=next_step,
        exit_code=ExitCode.REFUSED,
    )
