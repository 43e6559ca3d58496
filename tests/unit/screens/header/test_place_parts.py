"""The first line of the header: production by words, and the time here beside UTC."""

import time
from collections.abc import Callable, Iterator

import pytest

from reconcile_tui.core.policy import Policy
from reconcile_tui.screens.desk.place import Place
from reconcile_tui.screens.header.place_parts import clock_part, place_parts
from tests.builders import NOW
from tests.world import ALICE


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def words(**facts: object) -> list[str]:
    known = {
        "context": None,
        "production": True,
        "database": "sqlite:///shop.db",
        "psp": "https://psp.example",
    }
    place = Place(actor=ALICE, policy=Policy(), **(known | facts))  # type: ignore[arg-type]
    return [part.forms[0] for part in place_parts(place)]


def test_nothing_is_said_of_a_place_that_is_not_known() -> None:
    assert [part.forms[0] for part in place_parts(None)] == ["reconcile-tui", "opening…"]


def test_production_is_said_without_any_context() -> None:
    assert words()[0] == " PRODUCTION "
    assert words(production=False)[0] == " not production "
    assert words(context="shop-eu")[:2] == [" PRODUCTION ", "shop-eu"]


def test_what_goes_unencrypted_is_said_loudly() -> None:
    said = words(psp="http://psp:8080", psp_unencrypted=True, shop="shop:80", shop_unencrypted=True)

    assert said[-2:] == ["PSP psp:8080 over http, UNENCRYPTED", "dispatch: http to shop:80, UNENCRYPTED"]


def test_the_time_here_stands_beside_utc(in_zone: Callable[[str], None]) -> None:
    in_zone("CET-1")
    assert clock_part(NOW).forms[0] == "13:00:00 CET · 12:00:00 UTC"
    in_zone("UTC")
    assert clock_part(NOW).forms == ("12:00:00 UTC",)


def test_an_address_that_is_none_is_shown_as_far_as_it_goes() -> None:
    assert "PSP [red]" in words(psp="https://[red]/x")
    assert "database postgresql://[red]@db/shop" in words(database="postgresql://[red]@db/shop")
