"""[mapping] becomes the core's mapping, or is refused by the name of what is wrong."""

from dataclasses import replace

import pytest

from reconcile_tui.core.statuses import OrderStatus
from reconcile_tui.core.store.mapping import DEMO_SHOP, IdType, MappingInvalid
from reconcile_tui.shop_mapping import shop_mapping

WORDS = {
    "pending": ["open", "new"],
    "completed": ["paid"],
    "failed": ["broken"],
    "refund_pending": ["refunding"],
    "refunded": ["refunded"],
}


def test_without_a_table_it_is_the_demo_shops_in_a_zone_that_nobody_said() -> None:
    assert shop_mapping(None) == replace(DEMO_SHOP, timezone=None)


@pytest.mark.parametrize("table", [None, {}, {"timezone": "America/New_York"}])
def test_the_zone_may_be_said_in_either_place(table: dict[str, object] | None) -> None:
    assert shop_mapping(table, timezone="America/New_York").timezone == "America/New_York"


def test_two_zones_are_one_too_many() -> None:
    with pytest.raises(MappingInvalid) as refused:
        shop_mapping({"timezone": "UTC"}, timezone="Europe/Berlin")

    assert str(refused.value) == (
        "mapping.timezone is UTC and RECONCILE_TIMEZONE is Europe/Berlin: keep the right one"
    )


def test_names_types_and_words_are_taken_over_and_the_rest_keeps_its_default() -> None:
    table = {"orders": {"table": "shop_order", "id_type": "integer", "words": WORDS}}

    mapping = shop_mapping(table)

    assert (mapping.orders.table, mapping.orders.id_type) == ("shop_order", IdType.INTEGER)
    assert mapping.orders.status_of("new") is OrderStatus.PENDING
    assert mapping.orders.word_for(OrderStatus.PENDING) == "open"
    assert mapping.refunds == DEMO_SHOP.refunds


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"ordres": {}}, "mapping.ordres: there is no such key (did you mean orders?)"),
        ({"orders": {"payment_ids": "x"}}, "mapping.orders.payment_ids: there is no such key (did you mean"),
        ({"orders": {"table": 5}}, "mapping.orders.table"),
        ({"orders": "shop_order"}, "mapping.orders"),
        ({"refunds": {"id_type": "serial"}}, "mapping.refunds.id_type"),
        ({"orders": {"words": {"pending": ["open"]}}}, "has no word"),
        ({"orders": {"currency": None}}, "fixed_currency"),
        ({"timezone": "America/NewYork"}, "mapping.timezone: 'America/NewYork' is no IANA time zone"),
        ({"timezone": "New York"}, "(did you mean America/New_York?)"),
        ({"timezone": "+02:00"}, "mapping.timezone"),
        ({"timezone": 5}, "mapping.timezone"),
    ],
)
def test_what_cannot_be_worked_with_is_named(table: dict[str, object], said: str) -> None:
    with pytest.raises(MappingInvalid) as refused:
        shop_mapping(table)

    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_misspelt_key_is_named_at_once() -> None:
    with pytest.raises(MappingInvalid) as refused:
        shop_mapping({"orders": {"tabel": "x"}, "refunds": {"stauts": "y"}})

    assert "mapping.orders.tabel" in str(refused.value)
    assert "mapping.refunds.stauts" in str(refused.value)
