"""The program in a terminal of its own, where it can ask."""

import asyncio
import os
import pty
import sys

from tests.integration.cli.conftest import Stage


async def in_a_terminal(stage: Stage, answer: str, *arguments: str, **more: str) -> tuple[int, str]:
    """Run the program in a terminal of its own and answer its question; its exit code and its screen."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "reconcile_tui",
        *arguments,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=stage.folder,
        env={"PATH": os.environ["PATH"], "TERM": "xterm", "COLUMNS": "120", **stage.settings(**more)},
    )
    os.close(theirs)
    loop = asyncio.get_running_loop()
    screen = bytearray()
    asked = loop.create_future()

    def read() -> None:
        try:
            screen.extend(os.read(ours, 65536))
        except OSError:
            loop.remove_reader(ours)
            return
        if b"/N]" in screen and not asked.done():
            asked.set_result(None)

    loop.add_reader(ours, read)
    ended = asyncio.ensure_future(process.wait())
    await asyncio.wait({asked, ended}, return_when=asyncio.FIRST_COMPLETED)
    if asked.done():
        os.write(ours, answer.encode())
    code = await ended
    read()
    loop.remove_reader(ours)
    os.close(ours)
    return code, screen.decode()
