"""How a text gets to the clipboard, and what may be pasted."""

import pytest

from reconcile_tui.screens.copying import Way, pasteable, way_of


@pytest.mark.parametrize(
    ("environment", "way"),
    [
        ({"TERM": "xterm-256color"}, Way.TERMINAL),
        ({"TERM": "tmux-256color", "TMUX": "/run/tmux/default,1,0"}, Way.TMUX),
        ({"TERM": "xterm", "TMUX": "/run/tmux/t,1,0", "SSH_TTY": "/dev/pts/3"}, Way.TMUX),
        ({"TERM": "xterm-256color", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, Way.TERMINAL_PERHAPS),
        ({"TERM": "screen", "STY": "1.pts-0"}, Way.TERMINAL_PERHAPS),
        ({"TERM": "linux"}, Way.BY_HAND),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, Way.BY_HAND),
    ],
)
def test_the_way_follows_from_where_the_program_runs(environment: dict[str, str], way: Way) -> None:
    assert way_of(environment) is way


def test_what_is_copied_does_nothing_where_it_is_pasted() -> None:
    assert pasteable("a \x1b[31mred\rrm -rf\n  b\x00  \n") == "a ␛[31mred␍rm -rf\n  b␀"
