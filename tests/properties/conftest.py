"""Databases of these tests lie in memory where the system can: they commit some ten thousand times."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder for one test."""
    with tempfile.TemporaryDirectory(
        prefix="reconcile-", dir=_MEMORY if _MEMORY.is_dir() else None
    ) as folder:
        yield Path(folder)
