"""docs/json.md, generated: `python -m tests.docs.json_documents` prints it, `--write` writes it."""

import sys
from pathlib import Path
from typing import Any, Final

from reconcile_tui.cli.document_parts import Document
from reconcile_tui.cli.documents import EVERY_DOCUMENT

PAGE: Final = Path(__file__).parents[2] / "docs" / "json.md"
MEND: Final = ".venv/bin/python -m tests.docs.json_documents --write"

_HEAD: Final = """\
# `--json`

Every command that prints a table prints the same facts as one JSON document with `--json`: UTF-8 without
anything but ASCII in it, on stdout, with nothing else beside it. A key that is listed here stays; new ones
may be added. Moments are ISO 8601 in UTC. Amounts are integers of minor units with their currency.

Texts from the PSP and the shop's database are given as they came, escaped as JSON escapes them: make them
harmless before you show them. Where a command cannot be carried out (exit codes 2 and 5, for example),
stdout is empty and stderr says why.

## Documents
"""


def page() -> str:
    """The whole page. It is made of the documents' own documentation."""
    parts = _parts()
    documents = "".join(_section(model, _command(model)) for model in EVERY_DOCUMENT)
    return f"{_HEAD}{documents}\n## Parts\n{''.join(_section(part, part.__name__) for part in parts)}"


def _parts() -> list[type[Document]]:
    """What the documents are made of, in the order of their definition."""
    return [model for model in _subclasses(Document) if model not in EVERY_DOCUMENT]


def _subclasses(model: type[Document]) -> list[type[Document]]:
    return list(model.__subclasses__())


def _command(model: type[Document]) -> str:
    return str(model.model_fields["document"].default)


def _section(model: type[Document], title: str) -> str:
    schema = model.model_json_schema()
    lines = [
        f"| `{key}` | {_kind(property_)} | {_said(property_)} |"
        for key, property_ in schema["properties"].items()
    ]
    text = " ".join((model.__doc__ or "").split())
    rows = "\n".join(lines)
    return f"\n### {_titled(title)}\n\n{text}\n\n| key | type | meaning |\n| --- | --- | --- |\n{rows}\n"


def _titled(title: str) -> str:
    return title.removesuffix("Document") if title.endswith("Document") else f"`{title}`"


def _said(property_: dict[str, Any]) -> str:
    return " ".join(str(property_.get("description", "")).split()).replace("|", "\\|")


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{_titled(name)}](#{_titled(name).lower()})" if name.endswith("Document") else _words(name)
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    match schema.get("type"):
        case "array":
            return f"list of {_kind(schema['items'])}"
        case "object":
            return f"object of {_kind(schema['additionalProperties'])}"
        case "string" if schema.get("format") == "date-time":
            return "moment"
        case kind:
            return str(kind)


def _words(name: str) -> str:
    """A closed list of words, by its values."""
    for model in (*EVERY_DOCUMENT, *_parts()):
        found = model.model_json_schema().get("$defs", {}).get(name)
        if found is not None:
            return ", ".join(f"`{word}`" for word in found.get("enum", [found.get("const")]))
    raise KeyError(name)


def main() -> None:
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
