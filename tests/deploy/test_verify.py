"""`deploy/verify` says which checks it ran and which tools are missing, and fails when a check fails."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.files import DEPLOY


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with what every machine has, and no tool of any operations file."""
    for name in ("bash", "sh", "dirname", "mktemp", "rm", "cp", "sed", "true"):
        found = shutil.which(name)
        assert found is not None
        (tmp_path / name).symlink_to(found)
    return tmp_path


def verified(tools: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(tools / "bash"), str(DEPLOY / "verify")],
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )


def a_tool(tools: Path, name: str, script: str) -> None:
    path = tools / name
    path.write_text(f"#!{tools / 'sh'}\n{script}\n")
    path.chmod(0o755)


def test_a_machine_without_the_tools_is_told_so_and_fails_nothing(tools: Path) -> None:
    run = verified(tools)

    assert run.returncode == 0
    assert [line.split(":")[0] for line in run.stdout.splitlines() if line.startswith("not run")] == [
        "not run  systemd-analyze",
        "not run  promtool",
        "not run  kubernetes-validate",
        "not run  kubectl",
        "not run  docker build",
    ]
    assert "5 not run" in run.stdout


def test_a_check_that_fails_fails_the_whole_and_shows_what_was_said(tools: Path) -> None:
    a_tool(tools, "promtool", 'case "$2" in rules) echo "rule 3 makes no sense"; exit 1;; esac')
    a_tool(tools, "docker", "exit 1")

    run = verified(tools)

    assert run.returncode == 1
    assert "FAILED   promtool check rules\nrule 3 makes no sense\n" in run.stdout
    assert "not run  docker build: no daemon answers" in run.stdout


def test_a_check_that_passes_is_named(tools: Path) -> None:
    a_tool(tools, "systemd-analyze", "exit 0")

    run = verified(tools)

    assert run.returncode == 0
    assert "ok       systemd-analyze verify\n" in run.stdout
