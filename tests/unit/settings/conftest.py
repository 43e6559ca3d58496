"""A folder to run in for each test of the settings."""

from pathlib import Path

import pytest

from tests.unit.settings.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    cwd, user_folder = tmp_path / "work", tmp_path / "user"
    cwd.mkdir()
    user_folder.mkdir()
    return Places(cwd=cwd, user_folder=user_folder)
