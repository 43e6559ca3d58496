"""The README shows the keys that are in force."""

from tests.docs.dashboard_keys import MEND, README, as_markdown, between_markers


def test_the_table_of_keys_is_of_now() -> None:
    shown = between_markers(README.read_text(encoding="utf-8"))

    assert shown == as_markdown().strip("\n"), f"README.md's table of keys is stale. Mend: {MEND}"
