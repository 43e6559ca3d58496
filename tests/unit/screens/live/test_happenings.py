"""What is told of rows that left, and of who acts; foreign text in it is harmless."""

from reconcile_tui.screens.desk.lists import Acting, Trace, Way
from reconcile_tui.screens.live.happenings import Happenings, acting_words, departure_lines
from tests.builders import NOW
from tests.clocks import SkippingClock
from tests.world import ref


def traces(way: Way, count: int, actor: str | None = None) -> list[Trace]:
    return [Trace(ref=ref(f"o-{way}-{n}"), way=way, status="completed", actor=actor) for n in range(count)]


def test_two_rows_are_told_one_by_one() -> None:
    left = [
        Trace(ref=ref("o-1"), way=Way.FIXED, status="completed", at=NOW, actor="alice"),
        Trace(ref=ref("r-2"), way=Way.GONE),
    ]

    assert departure_lines(left, where="Stuck orders") == [
        "order o-1 became completed by alice at 12:00 UTC",
        "refund r-2 is gone: the shop has no such row any more",
    ]


def test_many_rows_are_added_up_with_their_marks_and_those_nobody_asked_about() -> None:
    left = [*traces(Way.BY_ITSELF, 3), *traces(Way.FIXED, 80, "{alice}")]

    assert departure_lines(left, where="Stuck orders", marks_dropped=12, untold=1000) == [
        "1,083 rows left Stuck orders: 80 fixed by {alice}, 3 final by no step on record",
        "12 marks dropped: their rows left",
    ]


def test_who_acts_on_how_many_rows() -> None:
    acting = [Acting(ref=ref(f"o-{n}"), actor="alice", holder="h:1:x", expires_at=NOW) for n in range(12)]
    acting.append(Acting(ref=ref("r-1"), actor=None, holder="shop-1:4711:abcdef", expires_at=NOW))

    assert acting_words(acting) == "alice acts on 12 rows, somebody (shop-1:4711) acts on 1 row"
    assert acting_words([]) == ""


def test_lines_are_harmless_and_only_the_latest_are_kept() -> None:
    happenings = Happenings(SkippingClock(NOW))
    for number in range(300):
        happenings.tell(f"line {number}")
    happenings.tell("\x1b]52;c;aGk=\x07 [red]" + "x" * 10_000)

    assert len(happenings) == 200
    latest = happenings.latest
    assert latest is not None
    assert latest.words.startswith("␛]52;c;aGk=␇ [red]xxx")
    assert len(latest.words) == 300
    assert [each.words for each in happenings][1:3] == ["line 299", "line 298"]
