"""The wheel, as a shop would install it: in a fresh environment, beside folders with colliding names."""

import os
import sqlite3
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from reconcile_tui import __version__
from tests.stories.terminal.program import Program

ROOT = Path(__file__).parents[2]


def built(target: str, source: Path, into: Path) -> Path:
    """The archive that hatchling makes of `source`."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(into)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    [archive] = into.iterdir()
    return archive


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel; its dependencies are lent, the checkout is not."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*install, "--disable-pip-version-check", str(wheel)], check=True, capture_output=True)
    [site_packages] = folder.glob("lib/python*/site-packages")
    (site_packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.fixture
def shops_folder(tmp_path: Path) -> Path:
    """A folder of a shop's that has a `core` and `screens` of its own."""
    for name in ("core", "screens"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(
            f"raise SystemExit('the shop\\'s own {name} was imported')\n"
        )
    return tmp_path


def run(python: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(
        [str(python), "-m", "reconcile_tui", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_holds_one_package_with_everything_it_needs(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0] for name in names} == {
        "reconcile_tui",
        f"reconcile_tui-{__version__}.dist-info",
    }
    assert "reconcile_tui/py.typed" in names
    assert "reconcile_tui/core/store/migrations/versions/0001_first_tables.py" in names
    assert "reconcile_tui/core/store/migrations/env.py" in names
    assert "reconcile_tui/core/store/migrations/script.py.mako" in names
    assert "reconcile_tui/screens/__init__.py" in names
    sheets = {str(path.relative_to(ROOT)) for path in (ROOT / "screens").rglob("*.tcss")}
    assert len(sheets) > 2
    assert {f"reconcile_tui/{sheet}" for sheet in sheets} <= set(names)
    assert [name for name in names if "test" in name or ".venv" in name] == []


def test_it_runs_from_another_folder_beside_a_foreign_core(python: Path, shops_folder: Path) -> None:
    version = run(python, shops_folder, "--version")
    assert (version.returncode, version.stdout.strip()) == (0, f"reconcile-tui {__version__}"), version.stderr

    once = run(python, shops_folder, "--demo", "--once")
    assert once.returncode in (0, 3), once.stderr
    assert "pending → completed" in once.stdout
    assert "Next:" in once.stdout


async def test_its_dashboard_opens_on_a_terminal_beside_a_foreign_core(
    python: Path, shops_folder: Path
) -> None:
    command = (str(python), "-m", "reconcile_tui", "--demo")
    async with Program.started(folder=shops_folder, command=command) as program:
        await program.opens()
        program.presses("q")

        assert await program.ended() == 0
        assert program.is_restored


def test_its_migrations_run_from_where_it_is_installed(python: Path, shops_folder: Path) -> None:
    assert run(python, shops_folder, "demo-db", "shop.sqlite3").returncode == 0
    (shops_folder / ".env").write_text("DATABASE_URL=sqlite:///shop.sqlite3\n")

    made = run(python, shops_folder, "init-db")

    assert made.returncode == 0, made.stderr
    with sqlite3.connect(shops_folder / "shop.sqlite3") as shop:
        assert shop.execute("SELECT version_num FROM reconcile_schema_version").fetchall() == [("0006",)]


def test_a_source_archive_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = built("sdist", ROOT, tmp_path / "sdist")
    with tarfile.open(archive) as source:
        source.extractall(tmp_path / "source", filter="data")
    [folder] = (tmp_path / "source").iterdir()

    again = built("wheel", folder, tmp_path / "wheel")

    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())
