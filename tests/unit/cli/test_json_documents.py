"""docs/json.md says what `--json` prints."""

from reconcile_tui.cli.document_parts import Document
from reconcile_tui.cli.documents import EVERY_DOCUMENT
from tests.docs.json_documents import MEND, PAGE, page


def test_the_page_of_documents_is_made_from_them() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"docs/json.md is stale. Mend: {MEND}"


def test_every_command_has_a_document_of_its_own() -> None:
    names = [model.model_fields["document"].default for model in EVERY_DOCUMENT]

    assert names == [
        *("once", "list", "show", "sync", "plan", "apply"),
        *("acknowledge", "unacknowledge", "journal", "export"),
        *("status", "runs", "pause", "resume", "settings", "init-db", "demo-db"),
    ]


def test_every_part_is_reachable_from_a_document() -> None:
    reached: set[str] = set()
    for model in EVERY_DOCUMENT:
        reached |= {model.__name__} | set(model.model_json_schema().get("$defs", {}))

    assert {model.__name__ for model in Document.__subclasses__()} <= reached
