"""The version that the program asks for is the newest migration's."""

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from reconcile_tui.core.store import schema


def test_the_wanted_version_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))

    newest = ScriptDirectory.from_config(config).get_current_head()

    assert newest == schema.VERSION, f"core/store/schema.py: VERSION is {schema.VERSION}, not {newest}"
