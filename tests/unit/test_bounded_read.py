"""Reading to the end and no further than the bound, from whatever a shell may name."""

import asyncio
import os
from pathlib import Path

import pytest

from reconcile_tui.bounded_read import FileTooLarge, FileUnreadable, read_descriptor, read_file


async def test_a_file_is_read_whole_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(b"x" * 100_000)

    assert await read_file(path, limit=100_000) == b"x" * 100_000
    with pytest.raises(FileTooLarge):
        await read_file(path, limit=99_999)


async def test_a_named_pipe_is_awaited_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)

    reading = asyncio.create_task(read_file(path, limit=100))
    writing = await asyncio.to_thread(os.open, path, os.O_WRONLY)
    os.write(writing, b"a pl")
    await asyncio.sleep(0)
    os.write(writing, b"an")
    os.close(writing)

    assert await reading == b"a plan"


async def test_who_stops_waiting_is_not_kept(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    reading = asyncio.create_task(read_descriptor(ours, name="stdin", limit=100))
    await asyncio.sleep(0)

    reading.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reading
    os.close(ours)
    os.close(theirs)


async def test_what_never_ends_ends_at_the_bound() -> None:
    with pytest.raises(FileTooLarge):
        await read_file(Path("/dev/zero"), limit=1_000_000)


@pytest.mark.parametrize(
    ("name", "why"),
    [("nowhere", "No such file"), (".", "Is a directory"), ("a\0b", "null"), ("x" * 5000, "too long")],
)
async def test_what_cannot_be_read_is_said_in_the_systems_words(tmp_path: Path, name: str, why: str) -> None:
    with pytest.raises(FileUnreadable) as refused:
        await read_file(tmp_path / name, limit=100)

    assert why in refused.value.why
