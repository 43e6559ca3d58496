"""The page about one row: why it is stuck, both sides, what would be done, what was done. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from reconcile_tui.core.decisions import (
    Adopt,
    Attention,
    Decision,
    FailOrphan,
    Reason,
    StillPending,
    Sync,
    Unreadable,
)
from reconcile_tui.core.findings import Check, LocalRefund
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.look_wording import look_words
from reconcile_tui.core.orphan_evidence import listed_refunds, verdict
from reconcile_tui.core.psp_states import OrphanEvidence, ReadFailed, is_last_known
from reconcile_tui.core.reason_wording import item_words
from reconcile_tui.core.sides import Fact, sides
from reconcile_tui.core.wording import next_step, reason_words, spoken_age
from reconcile_tui.screens.triage.row_panel.blocks import (
    BLANK,
    Block,
    Columns,
    Said,
    Sides,
    Tone,
    paragraph,
)
from reconcile_tui.screens.triage.row_panel.history import history
from reconcile_tui.screens.triage.row_panel.known import Known

NOBODY: Final = (paragraph(Said("No row is under the cursor.", Tone.DIM)),)
"""The page where there is no row."""


def page(known: Known) -> tuple[Block, ...]:
    """Everything about the row, what matters most first."""
    return (
        _title(known),
        *_why(known),
        *_attention(known),
        *_who(known),
        Sides(facts=_facts(known), psp=how_old(known)),
        *_orphan(known),
        *_next(known),
        *history(known),
    )


def how_old(known: Known) -> Said:
    """How old the PSP's side is, and how it was read."""
    at, check = known.read_at, known.finding.check
    if at is None:
        if known.looked is not None:
            return Said("PSP not asked", Tone.DIM)
        if check is None or check.psp_read_at is None:
            return Said("PSP: reading…", Tone.DIM)
        return Said(f"▲ PSP read {_ago(check.psp_read_at, known.now)}, reading…", Tone.STALE)
    if isinstance(known.state, ReadFailed):
        return Said(f"✗ PSP not readable {_ago(at, known.now)}", Tone.BAD)
    how = known.state.stamp.how.value if known.state is not None else ""
    if known.is_stale:
        again = f"stale: {known.reread_key} reads it again"
        return Said(f"▲ PSP read {_ago(at, known.now)}, {how}, {again}", Tone.STALE)
    return Said(f"● PSP read {_ago(at, known.now)}, {how}", Tone.GOOD)


def not_yet(known: Known) -> str:
    """What stands in for the sentence before the first look: what the last read left."""
    if known.row_moved:
        return "The row changed since the PSP was looked at; reading…"
    check = known.finding.check
    if check is None or check.last_read_at is None:
        return "The PSP was never asked about it; reading…"
    return f"Last read {_ago(check.last_read_at, known.now_there)}: {_left_by(check)}; reading…"


def _title(known: Known) -> Block:
    finding = known.finding
    name = f"{finding.ref.kind.value.capitalize()} {harmless(finding.ref.row_id, limit=60)}"
    about = f"{finding.cls.value.replace('_', ' ')}, {spoken_age(finding.age)}"
    return paragraph(Said(name, Tone.STRONG), Said(f" · {about}", Tone.DIM))


def _why(known: Known) -> Iterator[Block]:
    told = known.sentence
    yield paragraph(told) if told is not None else paragraph(Said(not_yet(known), Tone.DIM))


def _left_by(check: Check) -> str:
    words = harmless(look_words(check), limit=120) or "nothing is known of it"
    status = f", the PSP said {harmless(check.psp_status, limit=40)}" if check.psp_status else ""
    return f"{words}{status}"


def _who(known: Known) -> Iterator[Block]:
    if known.acting is None:
        return
    who = harmless(known.acting.actor or known.acting.holder, limit=60)
    until = f"{known.acting.expires_at:%H:%M:%S} UTC"
    yield paragraph(Said(f"◆ {who} acts on it just now, until {until} at the latest.", Tone.STALE))


def _facts(known: Known) -> tuple[Fact, ...]:
    """Both sides; where the PSP gave no answer now, its status is the one of the last read."""
    state, check = known.state, known.finding.check
    facts = sides(known.finding, state)
    if (state is not None and not isinstance(state, ReadFailed)) or check is None or not check.psp_status:
        return facts
    then = f" ({_minute(check.psp_read_at, known.now)})" if check.psp_read_at else ""
    last = f"{check.psp_status}{then}"
    return tuple(replace(fact, psp=last) if fact.name == "status" else fact for fact in facts)


def _orphan(known: Known) -> Iterator[Block]:
    row, state, decision = known.finding.row, known.state, known.decision
    if not isinstance(row, LocalRefund) or not isinstance(state, OrphanEvidence) or decision is None:
        return
    yield BLANK
    yield paragraph(Said("Refunds of its payment at the PSP", Tone.STRONG))
    yield paragraph(verdict(row, state, decision))
    yield Columns(
        rows=tuple(
            (
                Said(harmless(refund.refund_id, limit=40)),
                Said(
                    f"{'=' if refund.money_agrees else '≠'} {harmless(refund.money, limit=40)}",
                    Tone.PLAIN if refund.money_agrees else Tone.DIFFERS,
                ),
                Said(refund.claim.value),
                Said(harmless(refund.status, limit=20)),
                Said(_moment(refund.created_at, known.now), Tone.DIM),
            )
            for refund in listed_refunds(row, state, decision)[:_MOST_REFUNDS]
        )
    )


def _next(known: Known) -> Iterator[Block]:
    """The event that a sync would send, and what to do; an attention's step stands in the sentence."""
    decision, row = known.decision, known.finding.row
    action = decision.withheld if isinstance(decision, Attention) else decision
    here = harmless(row.status.value, limit=40)
    yield BLANK
    match action:
        case Sync(event=event, despite=Reason() as reason):
            would = f"{event}: {here} → {event.target}, ALTHOUGH {reason_words(reason)}"
        case Sync(event=event) | FailOrphan(event=event):
            would = f"{event}: {here} → {event.target}"
        case Adopt(refund_id=refund_id):
            would = f"{action.event}: {harmless(refund_id, limit=60)} becomes its id at the PSP"
        case None if known.looked is None or known.row_moved:
            would = "not known before the PSP is read"
        case Unreadable():
            would = "nothing: the PSP could not be read"
        case None | StillPending() if is_last_known(known.state):
            would = "not known: nothing as last known, and only a forced read can tell (s)"
        case _:
            would = "nothing"
    yield paragraph(Said("→ A sync would send  ", Tone.DIM), Said(would, Tone.STRONG))
    if decision is not None and not _tells_its_step(decision, known.reason):
        yield paragraph(Said("  Next  ", Tone.DIM), _step(known, decision), hanging=8)


def _step(known: Known, decision: Decision) -> str:
    """What to do next: by who reads this, and by whether it would be done without them."""
    step = next_step(decision, daemon_heals=known.daemon_heals)
    if not isinstance(decision, Sync | Adopt | FailOrphan):
        return step
    itself = known.daemon_heals and known.listed.attention is None
    if not known.may_write:
        return "Let the daemon do it, or ask an operator." if itself else "Ask an operator to sync it."
    return "Read the plan and confirm it, or let the daemon do it." if itself else step


def _tells_its_step(decision: Decision, reason: Reason | None) -> bool:
    """Whether the sentence ends with what to do next."""
    return isinstance(decision, Attention | StillPending | Unreadable) or reason is Reason.NO_EFFECT


def _attention(known: Known) -> Iterator[Block]:
    mark = known.listed.attention
    if mark is None:
        return
    for_long = spoken_age(known.now_there - mark.since)
    needs = Said(f"! Needs a person for {for_long}: {item_words(mark.reason, mark.item.facts)}.", Tone.STALE)
    if mark.acknowledged_by is None:
        yield paragraph(needs, Said(" Nobody has acknowledged it.", Tone.DIM), hanging=2)
        return
    until = (
        f"until {mark.acknowledged_until:%Y-%m-%d %H:%M} UTC"
        if mark.acknowledged_until
        else ("until its facts change")
    )
    why = f": “{harmless(mark.acknowledged_reason, limit=200)}”" if mark.acknowledged_reason else ""
    by = harmless(mark.acknowledged_by, limit=60)
    yield paragraph(needs, Said(f" Acknowledged by {by} {until}{why}", Tone.DIM), hanging=2)


_MOST_REFUNDS: Final = 50


def _ago(at: datetime, now: datetime) -> str:
    return f"{spoken_age(now - at)} ago"


def _moment(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "unknown when"
    return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M}"


def _minute(at: datetime, now: datetime) -> str:
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at:%m-%d %H:%M}"
