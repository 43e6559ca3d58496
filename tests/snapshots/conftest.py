"""What snapshots stand on: an empty shop on SQLite, a fixed clock."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import URL


@pytest.fixture
def shop_url(tmp_path: Path, sqlite_template: Path) -> URL:
    """A shop's database with empty tables, the tool's own beside them."""
    path = tmp_path / "shop.sqlite3"
    shutil.copy(sqlite_template, path)
    return URL.create("sqlite", database=str(path))
