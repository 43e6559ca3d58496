"""The dashboard's log file: private, bounded, and shared."""

import shutil
from pathlib import Path

from reconcile_tui.log_file import LogFile


def test_it_is_its_users_alone_and_so_is_its_folder(tmp_path: Path) -> None:
    with LogFile(tmp_path / "state" / "log.log") as log:
        log.write("one line\n")

    assert log.path.read_text() == "one line\n"
    assert log.path.stat().st_mode & 0o777 == 0o600
    assert log.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_others_may_read_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "log.log"
    path.write_text("before\n")
    path.chmod(0o644)

    LogFile(path).close()

    assert path.stat().st_mode & 0o777 == 0o600


def test_it_is_bounded_whatever_is_written_by_however_many(tmp_path: Path) -> None:
    path = tmp_path / "log.log"
    with LogFile(path, largest=1000) as one, LogFile(path, largest=1000) as other:
        for number in range(500):
            (one if number % 3 else other).write(f"line {number}\n")
        one.write("the last\n")

    files = sorted(tmp_path.iterdir())
    assert [each.name for each in files] == ["log.log", "log.log.1"]
    assert all(each.stat().st_size <= 1000 for each in files)
    assert path.read_text().endswith("the last\n")


def test_what_cannot_be_written_is_lost_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with LogFile(folder / "log.log", largest=20) as log:
        log.write("as long as one file\n")
        shutil.rmtree(folder)

        assert log.write("one too many\n") == len("one too many\n")
        folder.mkdir()
        log.write("there again\n")

    assert log.path.read_text() == "there again\n"
