"""Cases on the two databases in turn: each case on one of them, and each database under half of the cases.

For a list of cases that differ by something else than the database (how a shop misbehaves, how late something
is): what one database does otherwise shows in its half. A case by itself runs on both, by `database_url`.
"""

from collections.abc import Collection, Iterable
from itertools import cycle
from typing import Any, Final

import pytest

DATABASES: Final = ("sqlite", "postgresql")


def in_turn(*names: str, cases: Iterable[Any], ids: Collection[str] | None = None) -> pytest.MarkDecorator:
    """Parametrizes a test by `database_url` and these names; a case is a value, or a tuple of several."""
    values = [case if len(names) > 1 else (case,) for case in cases]
    named = list(ids) if ids is not None else ["-".join(str(each) for each in case) for case in values]
    return pytest.mark.parametrize(
        ("database_url", *names),
        [
            pytest.param(database, *case, id=f"{database}-{name}")
            for database, case, name in zip(cycle(DATABASES), values, named, strict=False)
        ],
        indirect=["database_url"],
    )
