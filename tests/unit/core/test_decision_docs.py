"""The README shows the decision table that is in force."""

from tests.docs.decision_table import MEND, README, as_markdown, between_markers, with_table


def test_the_readme_shows_the_table_in_force() -> None:
    shown = between_markers(README.read_text(encoding="utf-8"))
    assert shown == as_markdown().strip("\n"), f"README.md's table of decisions is stale. Mend: {MEND}"


def test_writing_the_table_twice_changes_nothing_more() -> None:
    once = with_table(README.read_text(encoding="utf-8"))
    assert with_table(once) == once
    assert between_markers(once) == as_markdown().strip("\n")
