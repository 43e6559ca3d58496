"""The account of a crash for the log: where it happened, and nothing of what was in the variables there."""

import traceback
from collections.abc import Iterator
from typing import Final

_FRAMES: Final = 30
_CAUSES: Final = 5


def crash_account(error: BaseException) -> list[str]:
    """The frames of `error` and of what caused it, innermost last, a line each. Texts of exceptions are left
    out: they may quote a row."""
    return list(_account(error, deep=0))


def _account(error: BaseException, *, deep: int) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and deep < _CAUSES:
        yield from _account(cause, deep=deep + 1)
    for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]:
        yield f"{frame.filename}:{frame.lineno} in {frame.name}"
    yield type(error).__name__
    if isinstance(error, BaseExceptionGroup) and deep < _CAUSES:
        for each in error.exceptions:
            yield from _account(each, deep=deep + 1)
