"""Where a test's settings stand: a folder with its files, an environment, and the call that loads them."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from reconcile_tui.settings import Loaded, SettingsInvalid, load_settings


@dataclass(frozen=True, slots=True)
class Places:
    """A folder to run in, and a user's configuration folder, both empty at first."""

    cwd: Path
    user_folder: Path

    def toml(self, text: str, *, mode: int = 0o600) -> Path:
        return _written(self.cwd / "reconcile.toml", text, mode)

    def user_toml(self, text: str) -> Path:
        return _written(self.user_folder / "config.toml", text, 0o600)

    def dotenv(self, text: str, *, mode: int = 0o600) -> Path:
        return _written(self.cwd / ".env", text, mode)

    def load(self, context: str | None = None, **env: str) -> Loaded:
        return load_settings(context=context, env=env, cwd=self.cwd, user_folder=self.user_folder)

    def refusal(self, context: str | None = None, **env: str) -> SettingsInvalid:
        with pytest.raises(SettingsInvalid) as refused:
            self.load(context, **env)
        return refused.value

    def complaints(self, context: str | None = None, **env: str) -> list[str]:
        """The lines that a person reads."""
        return str(self.refusal(context, **env)).splitlines()


def _written(path: Path, text: str, mode: int) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path
