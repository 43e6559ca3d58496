"""Late effects: an event that showed nothing within the settle time may still be done by the shop (rule 11).

Its intent is over by then, and told as one without effect. A row that shows the event now closes it as fixed
by that event, under the plan and the name of whoever sent it, and says how late it was seen. Its attention
item stays until a fresh look agrees (rule 12): the money may have gone back since the event was sent.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from reconcile_tui.core.bookkeeping import Bookkeeper
from reconcile_tui.core.decisions import Event, Reason
from reconcile_tui.core.findings import Finding, RowRef, is_open
from reconcile_tui.core.outcomes import Outcome, Result
from reconcile_tui.core.policy import Actor, Policy
from reconcile_tui.core.store.checks import CheckedRow
from reconcile_tui.core.store.journal_entries import Authorship, Conclusion, Entry, Intent, LateEffect
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tellings import Listener, RowSettled
from reconcile_tui.core.transitions import agrees
from reconcile_tui.core.wording import spoken_age


@dataclass(frozen=True, slots=True, kw_only=True)
class LateEffects:
    """Looks at rows whose event had no effect in time."""

    store: Store
    bookkeeper: Bookkeeper
    policy: Policy
    listener: Listener

    async def close(self, refs: Collection[RowRef] | None, *, now: datetime) -> int:
        """Close what shows its event by now; how many intents that were.

        Args:
            refs: these rows alone; None: whatever is on the attention list for it, a batch at most.
            now: UTC, database clock.
        """
        items = await self.store.attention.open_items(
            limit=self.policy.batch_limit if refs is None else max(len(refs), 1),
            refs=None if refs is None else list(refs),
            reason=Reason.NO_EFFECT,
        )
        waiting = [item.ref for item in items]
        if not waiting:
            return 0
        findings = await self.store.findings.findings(waiting, now=now, policy=self.policy)
        final = {each.ref: each for each in findings if not is_open(each.row)}
        if not final:
            return 0
        sent = await self.store.journal_search.in_vain(list(final))
        late = [
            self._late(entry, final[ref], now) for ref, entry in sent.items() if _shows(final[ref], entry)
        ]
        closed = await self.store.journal.effects_came(late, now=now)
        for each in late:
            intent = each.conclusion.intent
            if intent is not None and intent.ref in closed:
                self.listener(RowSettled(ref=intent.ref, event=intent.event, result=each.conclusion.result))
        return len(closed)

    def _late(self, sent: Entry, finding: Finding, now: datetime) -> LateEffect:
        if sent.event is None or sent.intent_id is None or sent.attempt is None:
            raise ValueError(f"{sent.ref}: entry {sent.entry_id} is about no event")
        result = Result(
            outcome=Outcome.FIXED,
            after=finding.row,
            detail=f"seen {spoken_age(now - sent.at)} after it was delivered",
        )
        intent = Intent(
            intent_id=sent.intent_id,
            ref=sent.ref,
            psp_id=sent.psp_id,
            event=sent.event,
            attempt=sent.attempt,
            holder="",
            fence=0,
        )
        conclusion = Conclusion(
            result=result,
            intent=intent,
            check=self._check(finding, sent.event, now),
        )
        return LateEffect(conclusion=conclusion, by=_who(sent))

    def _check(self, finding: Finding, event: Event, now: datetime) -> CheckedRow:
        """Due at once, watched or not: nobody has asked the PSP since the event was sent."""
        checked = self.bookkeeper.once_settled(finding, event, now=now)
        return replace(checked, check=replace(checked.check, next_due=now))


def _who(sent: Entry) -> Authorship:
    return Authorship(
        actor=Actor(name=sent.actor, kind=sent.actor_kind), plan_id=sent.plan_id, reason=sent.reason
    )


def _shows(finding: Finding, sent: Entry) -> bool:
    """Whether a final row shows the event that was sent for the PSP id that it has."""
    return (
        sent.event is not None
        and sent.event.target is not None
        and sent.psp_id == (finding.row.psp_id or "")
        and agrees(finding.row, sent.event)
    )
