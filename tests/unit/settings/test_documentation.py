"""docs/settings.md says what the settings say of themselves."""

from tests.docs.settings import MEND, PAGE, page


def test_the_page_of_settings_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"docs/settings.md is stale. Mend: {MEND}"
