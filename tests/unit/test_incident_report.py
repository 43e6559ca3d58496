"""The report: everything is told, and whatever others wrote, the page keeps its shape."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.incident import Incident, Span
from reconcile_tui.core.incident_account import Deed, Fate, Happening, Sum
from reconcile_tui.core.money import Money
from reconcile_tui.core.outcomes import Outcome, Refusal
from reconcile_tui.core.policy import ActorKind
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.actions import Action, ActionKind
from reconcile_tui.core.store.attention import AttentionItem
from reconcile_tui.incident_report import Letterhead, incident_markdown
from tests.builders import NOW, ago
from tests.foreign import ANY
from tests.situations import a_pause, a_run, a_standing

GITHUB = MarkdownIt("gfm-like")
LETTERHEAD = Letterhead(title=None, where="prod", written_by="reconcile-tui 0.1.0")
HEALED = Sum(
    fate=Fate(outcome=Outcome.FIXED, refusal=None, event=Event.PAYMENT_SUCCEEDED, kind=Kind.ORDER),
    rows=2,
    money=(Money(4200, "EUR"), Money(900, "JPY")),
)
REFUSED = Sum(
    fate=Fate(outcome=Outcome.REFUSED, refusal=Refusal.PAUSED, event=Event.REFUND_FAILED, kind=Kind.REFUND),
    rows=1,
    money=(Money(100, "EUR"),),
)


def an_incident(**what: Any) -> Incident:
    """Two orders healed and a refund left; nothing that people did."""
    told: dict[str, Any] = {
        "span": Span(since=ago("6h")),
        "made_at": NOW,
        "began": ago("3h"),
        "ended": ago("1h"),
        "sums": (HEALED, REFUSED),
        "resolution": timedelta(minutes=1),
        "timeline": (),
        "deeds": (),
        "actions": (),
        "runs": (),
        "idle_runs": 0,
        "runs_left_out": 0,
        "pauses": (),
        "open_items": (),
        "items_left_out": 0,
        "standing": a_standing(),
        "is_cut": False,
    }
    return Incident(**(told | what))


def an_item(row_id: str = "o-1", *, by: str | None = None, reason: str | None = None) -> AttentionItem:
    return AttentionItem(
        ref=RowRef(Kind.ORDER, row_id),
        reason=Reason.AMOUNT_MISMATCH,
        since=ago("2h"),
        facts={"row": {"amount": 4200, "currency": "EUR"}},
        acknowledged_by=by,
        acknowledged_reason=reason,
        acknowledged_at=ago("1h") if by else None,
        acknowledged_until=None,
        is_acknowledged=by is not None,
    )


def written(incident: Incident, **letterhead: Any) -> str:
    return incident_markdown(incident, replace(LETTERHEAD, **letterhead))


def test_money_is_told_per_currency_and_what_is_left_has_its_next_step() -> None:
    page = written(an_incident())

    assert "- **Healed:** 2 rows, 42.00 EUR · 900 JPY" in page
    assert "- **Left:** 1 row, 1.00 EUR" in page
    assert "| 1 | refund refused: applying is paused | 1.00 EUR | Resume when" in page


def test_a_page_about_nothing_says_so() -> None:
    page = written(an_incident(began=None, ended=None, sums=()))

    assert page.startswith("# Nothing is on record\n")
    assert "- **When:** since 2026-11-20 06:00, until 2026-11-20 12:00" in page
    assert "- **Rows:** none was touched" in page
    assert "Nothing is stuck, and nothing needs a person." in page
    assert "## Timeline" not in page


def test_what_was_left_out_is_said() -> None:
    page = written(
        an_incident(
            is_cut=True,
            runs=(a_run(),),
            runs_left_out=1,
            idle_runs=22,
            open_items=(an_item(),),
            items_left_out=7,
        )
    )

    assert "only the first 100,000 journal entries are told" in page
    assert "The newest 1; 1 before them are left out." in page
    assert "Ticks that found nothing to do: 22." in page
    assert "And 7 rows more that need a person." in page


def test_a_long_stretch_is_said_and_a_tick_that_went_wrong_is_in_the_timeline() -> None:
    failed = a_run(began="2h", counts={"breaker.orders.psp_down": 1}, error="DBAPIError")

    page = written(an_incident(resolution=timedelta(hours=1), runs=(failed,)))

    assert "What became of rows is told by 1 h." in page
    wrong = "orders: the PSP fails too often; the database could not be used (DBAPIError)"
    assert f"| 2026-11-20 10:00 | daemon | **A tick went wrong**: {wrong} |" in page


def test_ticks_that_went_wrong_the_same_way_one_after_the_other_are_one_line() -> None:
    tripped = {"breaker.orders.psp_down": 1}
    runs = (
        *(a_run(number, began=f"{30 - number}m", counts=tripped) for number in range(3)),
        a_run(4, began="20m"),
        a_run(5, began="10m", counts=tripped),
    )

    page = written(an_incident(runs=runs))

    assert "**3 ticks until 2026-11-20 11:32 went wrong**: orders: the PSP fails too often" in page
    assert page.count("went wrong**") == 2


def test_what_is_paused_still_and_who_has_seen_what_is_told() -> None:
    page = written(
        an_incident(
            pauses=(a_pause("adyen", until="2h"), a_pause()),
            open_items=(an_item(by="alice", reason="support is on it"),),
            standing=a_standing(orders=2, attention=1, acknowledged=1),
        )
    )

    assert "**Paused still:** `adyen`, until 2026-11-20 14:00, by bob: the release is under way" in page
    assert "**Paused still:** Everything, without an end, by bob" in page
    assert "| alice: support is on it |" in page
    assert "- **Needs a person still:** 1 row, 1 of them acknowledged" in page
    assert "| orders | 2 | 84.00 EUR |" in page


TEXTS = ("title", "where", "who", "why", "connector", "row", "plan", "error")


def a_page_of(texts: dict[str, str]) -> str:
    """A report with a text of somebody else's wherever one may stand."""
    who, why, ref = texts["who"], texts["why"], RowRef(Kind.ORDER, texts["row"])
    sums = (HEALED, REFUSED)
    connector, plan, at = f"c {texts['connector']}", f"p {texts['plan']}", ago("2h")
    by_hand = ActorKind.OPERATOR
    told = an_incident(
        timeline=(Happening(at=at, actor=who, actor_kind=by_hand, plan_id=plan, sums=sums, refs=(ref,)),),
        deeds=(Deed(at=at, actor=who, plan_id=plan, reason=why, sums=sums),),
        actions=(
            Action(at=ago("1h"), kind=ActionKind.PAUSED, actor=who, reason=why, connector=connector),
            Action(at=ago("1h"), kind=ActionKind.ACKNOWLEDGED, actor=who, reason=why, ref=ref),
        ),
        runs=(a_run(actor=who, error=f"e {texts['error']}"),),
        pauses=(replace(a_pause(connector), actor=who, reason=why),),
        open_items=(an_item(ref.row_id, by=who, reason=why),),
    )
    return written(told, title=f"A night {texts['title']}", where=texts["where"])


@settings(max_examples=100, deadline=None)
@given(texts=st.fixed_dictionaries(dict.fromkeys(TEXTS, ANY)))
def test_whatever_others_wrote_the_page_keeps_its_shape(texts: dict[str, str]) -> None:
    plain = GITHUB.parse(a_page_of(dict.fromkeys(TEXTS, "x")))
    hostile = GITHUB.parse(a_page_of(texts))

    assert [token.type for token in hostile] == [token.type for token in plain]
    inside = {child.type for token in hostile for child in token.children or ()}
    assert inside <= {"text", "code_inline", "strong_open", "strong_close", "softbreak"}
