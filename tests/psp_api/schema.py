"""The PSP's own API document as a validator, with its known errors mended.

The document (`openapi.json`, Hyperswitch, November 2026) contradicts the server in the places that
`PATCHES` lists; everything else holds as it is written. OpenAPI 3.0 `nullable` becomes a null type.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DOCUMENT: Final = Path(__file__).with_name("openapi.json")

PATCHES: Final[tuple[str, ...]] = (
    "PaymentsResponse.amount_capturable has a minimum of 100; every captured payment has 0",
    "PaymentsResponse.payment_method is not nullable; it is null before the customer chose",
    "PaymentsResponse.payment_id is fixed to 30 characters; a merchant may choose the id",
    "RefundResponse.amount has a minimum of 100; a refund may be smaller",
    "GET /payments/list is said to answer an array of PaymentListResponse; it answers one",
    "RefundListRequest requires start_time; the server's time range is optional as a whole",
)


@cache
def document() -> dict[str, Any]:
    """The mended document."""
    api: dict[str, Any] = json.loads(DOCUMENT.read_text())
    schemas = api["components"]["schemas"]
    payment = schemas["PaymentsResponse"]["properties"]
    del payment["amount_capturable"]["minimum"]
    payment["payment_method"] = {"allOf": [payment["payment_method"]], "nullable": True}
    del payment["payment_id"]["minLength"], payment["payment_id"]["maxLength"]
    del schemas["RefundResponse"]["properties"]["amount"]["minimum"]
    time_range = {key: value for key, value in schemas["TimeRange"].items() if key != "required"}
    schemas["RefundListRequest"]["allOf"][0] = time_range
    listed = api["paths"]["/payments/list"]["get"]["responses"]["200"]["content"]["application/json"]
    listed["schema"] = listed["schema"]["items"]
    mended: dict[str, Any] = _with_null_types(api)
    return mended


def words(enumeration: str) -> list[str]:
    """The values of a named enumeration, such as "IntentStatus"."""
    values: list[str] = document()["components"]["schemas"][enumeration]["enum"]
    return values


@cache
def validator(schema: str) -> Draft202012Validator:
    """Validates a body against a named schema, such as "PaymentsResponse" or "OutgoingWebhook"."""
    registry: Registry[Any] = Registry().with_resource(
        "urn:hyperswitch", Resource.from_contents(document(), default_specification=DRAFT202012)
    )
    return Draft202012Validator({"$ref": f"urn:hyperswitch#/components/schemas/{schema}"}, registry=registry)


def violations(schema: str, body: object) -> list[str]:
    """What is wrong with `body`, as "path: message", empty where it is valid."""
    return sorted(
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
        for error in validator(schema).iter_errors(body)
    )


def _with_null_types(node: Any) -> Any:
    """OpenAPI 3.0's `nullable: true` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_with_null_types(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _with_null_types(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [{"type": "null"}, plain]} if node.get("nullable") is True else plain
