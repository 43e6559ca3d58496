"""The headless face never loads the screens' toolkit: each module is imported in a fresh process."""

import pkgutil
import subprocess
import sys

import reconcile_tui

SCREENS = (
    "reconcile_tui.screens",
    "reconcile_tui.app",
    "reconcile_tui.terminal.driver",
    "reconcile_tui.terminal.keys",
)
_PROBE = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    loaded = [module for module in sys.modules if module.partition(".")[0] == "textual"]
    if loaded:
        sys.exit(f"{name} loads {loaded[0]}")
"""


def headless_modules() -> list[str]:
    found = (each.name for each in pkgutil.walk_packages(reconcile_tui.__path__, "reconcile_tui."))
    return [name for name in found if not name.startswith(SCREENS) and ".migrations.env" not in name]


def in_a_fresh_process(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


def test_no_module_but_the_screens_loads_textual() -> None:
    modules = headless_modules()
    assert "reconcile_tui.cli.app" in modules
    assert "reconcile_tui.core.reconciler" in modules

    run = in_a_fresh_process("-c", _PROBE, *modules)

    assert (run.returncode, run.stderr) == (0, "")


def test_what_the_first_paint_needs_loads_neither_the_database_nor_the_psp_nor_the_settings() -> None:
    probe = (
        "import sys; import reconcile_tui.app\n"
        "slow = {'sqlalchemy', 'psycopg', 'aiosqlite', 'pydantic', 'httpx', 'aiohttp'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(slow)) or 0)"
    )

    run = in_a_fresh_process("-c", probe)

    assert (run.returncode, run.stderr) == (0, "")


def test_a_probe_that_meets_textual_says_so() -> None:
    run = in_a_fresh_process("-c", _PROBE, "textual")

    assert run.returncode == 1
    assert "textual loads textual" in run.stderr


def test_version_and_help_load_neither_the_database_nor_the_settings() -> None:
    probe = (
        "import sys; from reconcile_tui.cli.app import app\n"
        "try:\n    app(sys.argv[1:])\nexcept SystemExit as end:\n    assert end.code == 0, end.code\n"
        "slow = {'sqlalchemy', 'pydantic_settings', 'httpx', 'alembic'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(slow)) or 0)"
    )
    for option in ("--version", "--help"):
        run = in_a_fresh_process("-c", probe, option)
        assert (run.returncode, run.stderr) == (0, "")
