"""Zones by name: what is none is refused with the one that was likely meant."""

import pytest

from reconcile_tui.core.zones import UnknownZone, zone_named


@pytest.mark.parametrize("name", ["UTC", "America/New_York", "Asia/Kathmandu", "EST5EDT"])
def test_a_zone_is_found_by_its_name(name: str) -> None:
    assert zone_named(name).key == name


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("America/NewYork", "America/New_York"),
        ("new york", "America/New_York"),
        ("Berlin", "Europe/Berlin"),
        ("utc", "UTC"),
        ("Europe/Lond", "Europe/London"),
    ],
)
def test_a_misspelt_one_is_refused_with_what_was_meant(name: str, meant: str) -> None:
    with pytest.raises(UnknownZone, match=f"did you mean {meant}\\?"):
        zone_named(name)


@pytest.mark.parametrize(
    "name",
    ["", "+02:00", "GMT+2", "America", "localtime", "right/UTC", "../etc/passwd", "/etc/localtime", "x\0"],
)
def test_what_is_no_zone_of_its_own_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone) as refused:
        zone_named(name)

    assert "did you mean" not in str(refused.value)
