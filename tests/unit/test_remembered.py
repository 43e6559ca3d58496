"""What is remembered of how the screens look."""

from pathlib import Path

import pytest

from reconcile_tui.remembered import RememberedChoices, choices
from reconcile_tui.screens.choices import Chosen, TabChoice
from reconcile_tui.screens.desk.lists import Tab

CHOSEN = Chosen(
    theme="light",
    tabs={Tab.ORDERS: TabChoice(columns=("id", "amount"), sorted_by="amount", is_reversed=True)},
)


async def test_what_was_chosen_is_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "state" / "choices.json"

    assert await RememberedChoices(path).keep(CHOSEN) is None

    again = RememberedChoices(path)
    assert (again.chosen, again.trouble()) == (CHOSEN, None)
    assert [each.name for each in path.parent.iterdir()] == ["choices.json"]


async def test_the_demo_neither_knows_nor_keeps_what_was_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    await choices(demo=False).keep(CHOSEN)
    rehearsal = choices(demo=True)
    assert rehearsal.chosen == Chosen()

    await rehearsal.keep(Chosen(theme="dark"))
    assert choices(demo=False).chosen == CHOSEN


def test_without_a_file_nothing_was_chosen(tmp_path: Path) -> None:
    choices = RememberedChoices(tmp_path / "choices.json")

    assert (choices.chosen, choices.trouble()) == (Chosen(), None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"x"',
        '{"tabs": 3}',
        '{"tabs": {"orders": []}}',
        "\x00",
        "[" * 100_000,
        '{"tabs": null}',
    ],
)
def test_a_broken_file_costs_the_choices_alone_and_is_told_of_once(tmp_path: Path, text: str) -> None:
    path = tmp_path / "choices.json"
    path.write_text(text)

    choices = RememberedChoices(path)

    assert choices.chosen == Chosen()
    said = choices.trouble()
    assert said is not None
    assert str(path) in said
    assert choices.trouble() is None


def test_names_of_another_version_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "choices.json"
    path.write_text('{"theme": 3, "tabs": {"moon": {}, "orders": {"columns": ["id", 7], "sorted_by": 1}}}')

    assert RememberedChoices(path).chosen == Chosen(tabs={Tab.ORDERS: TabChoice(columns=("id",))})


async def test_a_folder_that_cannot_be_written_is_told_of_once(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    choices = RememberedChoices(tmp_path / "taken" / "choices.json")
    choices.trouble()

    said = await choices.keep(CHOSEN)

    assert said is not None
    assert said.endswith("the choice lasts until you quit.")
    assert await choices.keep(CHOSEN) is None
    assert choices.chosen == CHOSEN
