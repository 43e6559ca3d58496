"""Figures of proofs are shown, whether or not a proof passes."""

from collections.abc import Callable

import pytest

Say = Callable[[str], None]


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Say:
    """Print a line for whoever runs the proofs."""
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")

    def line(text: str) -> None:
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(f"  {text}")

    return line
