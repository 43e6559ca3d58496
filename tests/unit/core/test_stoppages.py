"""Stoppages: from when until when nothing was applied, as the records of pauses have it."""

from datetime import datetime

from reconcile_tui.core.stoppages import stoppages
from reconcile_tui.core.store.actions import Action, ActionKind
from tests.builders import NOW, ago


def paused(
    since: str, *, by: str = "bob", connector: str | None = None, until: datetime | None = None
) -> Action:
    return Action(
        at=ago(since), kind=ActionKind.PAUSED, actor=by, reason="release", connector=connector, until=until
    )


def resumed(since: str, *, connector: str | None = None) -> Action:
    return Action(at=ago(since), kind=ActionKind.RESUMED, actor="alice", connector=connector)


def spans(*actions: Action) -> list[tuple[datetime | None, datetime | None, str | None]]:
    return [(each.began, each.ended, each.ended_by) for each in stoppages(actions, now=NOW)]


def test_a_pause_ends_when_somebody_resumes() -> None:
    [stoppage] = stoppages((paused("3h"), resumed("2h")), now=NOW)

    assert (stoppage.began, stoppage.ended, stoppage.by, stoppage.ended_by) == (
        ago("3h"),
        ago("2h"),
        "bob",
        "alice",
    )
    assert stoppage.reason == "release"


def test_a_pause_ends_by_itself_where_its_time_is_over_first() -> None:
    assert spans(paused("3h", until=ago("2h"))) == [(ago("3h"), ago("2h"), None)]
    assert spans(paused("3h", until=ago("2h")), paused("1h")) == [
        (ago("3h"), ago("2h"), None),
        (ago("1h"), None, None),
    ]


def test_a_pause_that_is_replaced_ends_where_the_next_one_begins() -> None:
    assert spans(paused("3h"), paused("1h", by="carol")) == [
        (ago("3h"), ago("1h"), "carol"),
        (ago("1h"), None, None),
    ]


def test_a_connector_is_a_matter_of_its_own() -> None:
    assert spans(paused("3h"), paused("2h", connector="adyen"), resumed("1h", connector="adyen")) == [
        (ago("3h"), None, None),
        (ago("2h"), ago("1h"), "alice"),
    ]


def test_a_pause_that_began_before_what_is_told_has_its_end() -> None:
    assert spans(resumed("1h")) == [(None, ago("1h"), "alice")]


def test_what_is_not_about_pauses_is_left_out() -> None:
    assert spans(Action(at=NOW, kind=ActionKind.ACKNOWLEDGED, actor="alice")) == []
