"""The `[mapping]` table of the settings as the core's mapping of the shop, checked key by key.

pydantic checks the values; keys are checked here, because a misspelt column must not become the default.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace

from pydantic import TypeAdapter, ValidationError

from reconcile_tui.core.store.mapping import (
    MappingInvalid,
    OrdersMapping,
    RefundsMapping,
    ShopMapping,
)
from reconcile_tui.settings.names import did_you_mean

_TABLES: Mapping[str, type[OrdersMapping] | type[RefundsMapping]] = {
    "orders": OrdersMapping,
    "refunds": RefundsMapping,
}


def shop_mapping(table: Mapping[str, object] | None, *, timezone: str | None = None) -> ShopMapping:
    """The mapping that `[mapping]` describes; without one, the demo shop's names, in a zone nobody said.

    Args:
        timezone: what RECONCILE_TIMEZONE says.

    Raises:
        MappingInvalid: naming every part that cannot be worked with.
    """
    mapping = ShopMapping() if table is None else _validated(table)
    if timezone is None:
        return mapping
    if mapping.timezone not in (None, timezone):
        raise MappingInvalid(
            f"mapping.timezone is {mapping.timezone} and RECONCILE_TIMEZONE is {timezone}: keep the right one"
        )
    return replace(mapping, timezone=timezone)


def _validated(table: Mapping[str, object]) -> ShopMapping:
    problems = _unknown_keys(table)
    if problems:
        raise MappingInvalid("; ".join(problems))
    try:
        return TypeAdapter(ShopMapping).validate_python(table)
    except ValidationError as error:
        raise MappingInvalid("; ".join(_said(error))) from None


def _unknown_keys(table: Mapping[str, object]) -> list[str]:
    names = [field.name for field in fields(ShopMapping)]
    problems = [_unknown("mapping", key, names) for key in table if key not in names]
    for name, shape in _TABLES.items():
        columns = table.get(name)
        if not isinstance(columns, Mapping) or not is_dataclass(shape):
            continue
        known = [field.name for field in fields(shape)]
        problems += [_unknown(f"mapping.{name}", key, known) for key in columns if key not in known]
    return problems


def _unknown(where: str, key: object, known: Mapping[str, object] | list[str]) -> str:
    return f"{where}.{key}: there is no such key{did_you_mean(str(key), known)}; known: {', '.join(known)}"


def _said(error: ValidationError) -> list[str]:
    """pydantic's complaints with their TOML keys. What the mapping itself refuses names its part already."""
    lines = []
    for each in error.errors(include_url=False):
        cause = each.get("ctx", {}).get("error")
        place = ".".join(("mapping", *map(str, each["loc"])))
        lines.append(f"mapping.{cause}" if isinstance(cause, MappingInvalid) else f"{place}: {each['msg']}")
    return lines
