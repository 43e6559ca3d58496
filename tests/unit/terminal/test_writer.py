"""The terminal's writer: in order, never holding anybody up, and honest about what was lost."""

import os
import threading
from collections.abc import Iterator

import pytest

from reconcile_tui.terminal.plain import encoded
from reconcile_tui.terminal.writer import TerminalWriter


class Terminal:
    """A pipe that stands for a terminal."""

    def __init__(self) -> None:
        self.ours, self.theirs = os.pipe()
        self.is_lost = threading.Event()
        self.has_caught_up = threading.Event()

    def writer(self, *, most: int = 1000) -> TerminalWriter:
        return TerminalWriter(
            self.theirs, on_lost=self.is_lost.set, on_caught_up=self.has_caught_up.set, most=most
        )


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    it = Terminal()
    yield it
    for fileno in (it.ours, it.theirs):
        os.close(fileno)


def test_what_is_written_arrives_in_its_order(terminal: Terminal) -> None:
    writer = terminal.writer()

    for word in ("one ", "two ", "three"):
        writer.write(word)

    assert writer.drained(5)
    assert os.read(terminal.ours, 100) == b"one two three"
    writer.close()


def test_a_terminal_that_takes_nothing_holds_nobody_up_and_is_painted_anew_later(terminal: Terminal) -> None:
    writer = terminal.writer()
    full = "x" * 100_000
    writer.write(full)
    assert not writer.drained(0.05)

    for number in range(1000):
        writer.write(f"frame {number:04} ")
    writer.write("last")
    written = bytearray()
    while not written.endswith(b"last"):
        written += os.read(terminal.ours, 65536)

    assert writer.drained(5)
    assert terminal.has_caught_up.wait(5)
    frames = written.removeprefix(full.encode())
    assert len(frames) <= 1100
    assert frames.startswith(b"frame ")
    writer.close()


def test_a_terminal_that_is_gone_is_told_of_once_and_takes_nothing_more() -> None:
    it = Terminal()
    os.close(it.ours)
    writer = it.writer()

    writer.write("to nobody")

    assert it.is_lost.wait(5)
    writer.write("to nobody either")
    assert writer.drained(5)
    os.close(it.theirs)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_an_encoding_does_not_have_becomes_plain_signs_of_the_same_width(encoding: str) -> None:
    assert encoded("│ a → b ✓ … 金", encoding) == "| a > b * ~ ??".encode(encoding)


def test_utf_8_stays_what_it_is() -> None:
    assert encoded("│→金", "utf-8") == "│→金".encode()
