"""Exit codes: what a script or a person may conclude from how the program ended."""

from enum import IntEnum
from typing import Self


class ExitCode(IntEnum):
    """Every code that the program ends with, and what it means."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    OK = 0, "done, and nothing is left that needs anybody"
    INTERNAL_ERROR = 1, "a defect of the program, or something nobody foresaw"
    USAGE = 2, "the command line or the settings cannot be used; nothing was read or changed"
    LEFT = (
        3,
        (
            "something is left that needs a person or a later tick; "
            "for sync, plan, apply and acknowledge: not all that was asked was, or can be, done"
        ),
    )
    PSP_UNREADABLE = 4, "the PSP could not be read: it is down, refuses the key, or the breaker ended a phase"
    DATABASE = 5, "the database could not be used"
    REFUSED = 6, "not allowed now: paused, the role, not confirmed, the guard of production, a plan file"
    NO_SUCH_ROW = 7, "no order and no refund has this id"
    SHOP_REFUSES = (
        8,
        "the shop's endpoint rejects or ignores events: a wrong secret, profile or address, or it is down",
    )
    NOT_HEALTHY = 9, "for status: no daemon sweeps, it is overdue, or its last tick failed or was cut short"
    HUNG_UP = 129, "the terminal went away: an SSH line dropped, a window was closed (128 + SIGHUP)"
    INTERRUPTED = 130, "stopped by the keyboard (128 + SIGINT)"
    TERMINATED = 143, "stopped by SIGTERM (128 + SIGTERM)"
