"""What stands above and below a plan: where it would be applied, how far it is read, what would be sent.

Plain functions; everything they return is harmless text.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from reconcile_tui.core.decisions import Event
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.outcomes import Refusal
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.psp_states import connector_of
from reconcile_tui.core.store.controls import Pause
from reconcile_tui.core.wording import breaker_words, next_step, spoken_age
from reconcile_tui.screens.batch.batch import Batch, Purpose, Stage
from reconcile_tui.screens.confirm.grouping import events_of
from reconcile_tui.screens.confirm.plan_lines import rows_in_words
from reconcile_tui.screens.desk.place import Place

LONGEST_READ_SECONDS: Final = 30
DEFAULT_REASONS: Final = {
    Purpose.SYNC: "sync from the dashboard",
    Purpose.SWEEP: "sweep from the dashboard",
    Purpose.RETRY: "retry of what was left, from the dashboard",
    Purpose.SEND_AGAIN: "sent again from the dashboard",
    Purpose.DRY_RUN: "",
}


def title(batch: Batch) -> str:
    """What is asked, in a few words."""
    rows = rows_in_words(len(batch.refs))
    match batch.undertaking.purpose:
        case Purpose.SYNC:
            return f"Sync {rows}"
        case Purpose.SWEEP:
            return f"Sweep now: {rows} that a tick would take"
        case Purpose.RETRY:
            return f"Retry {rows} that were left"
        case Purpose.SEND_AGAIN:
            return f"Send again: {rows} whose event had no effect"
        case Purpose.DRY_RUN:
            return f"Dry run of {rows}: nothing is written, and it cannot be applied"


def where(place: Place) -> str:
    """The place by its name: database, PSP, and as whom."""
    psp = f"{place.psp} (unencrypted)" if place.psp_unencrypted else place.psp
    return harmless(
        f"database {place.database} · PSP {psp} · as {place.actor.name} ({place.actor.role})", limit=400
    )


def place_name(place: Place) -> str:
    """The context in capitals where it is production: `PRODUCTION shop-eu`."""
    if not place.production:
        return harmless(f"not production: {place.name}", limit=60)
    return harmless(f"PRODUCTION {place.context or ''}".strip(), limit=60)


def how_far(batch: Batch, *, elapsed: float, now: datetime, place: Place) -> str:
    """How far the reading is, or how old the plan.

    Args:
        elapsed: since the reading began, in seconds.
        now: UTC, this machine's clock.
    """
    total = len(batch.refs)
    match batch.stage:
        case Stage.READING if batch.stopping:
            return f"Stopping: no new read begins, those in flight end. {len(batch.answers)} of {total} read."
        case Stage.READING:
            done = len(batch.answers)
            how = "as last known" if batch.undertaking.is_dry_run else f"up to {LONGEST_READ_SECONDS} s each"
            return f"{bar(done, total, 20)} {done} of {total} read · {elapsed:.0f} s · {how}"
        case _ if batch.trouble is not None:
            return batch.trouble
        case _ if batch.planned_at is None:
            return ""
        case _ if batch.undertaking.is_dry_run:
            return f"As last known, read at {batch.planned_at:%H:%M:%S} UTC: no processor was asked."
        case _ if batch.barred_by is not None:
            return f"No plan to apply, read at {batch.planned_at:%H:%M:%S} UTC: the PSP answers abnormally."
        case _ if batch.is_stale(now=now, fresh_for=place.policy.fresh_for):
            old = spoken_age(now - batch.planned_at)
            return (
                f"The plan is {old} old: the PSP is read again before anything is applied, and what differs "
                "is left. r reads it anew now."
            )
        case _ if batch.planning is not None and batch.planning.not_begun:
            unread = rows_in_words(batch.planning.not_begun)
            return f"The plan is without {unread} that nobody read, made at {batch.planned_at:%H:%M:%S} UTC."
        case _:
            return f"The plan is whole, read at {batch.planned_at:%H:%M:%S} UTC."


def sent(to_apply: Sequence[PlannedRow], place: Place, *, is_dry_run: bool = False) -> str:
    """The events that will be sent, and how."""
    events = events_of(to_apply)
    if not events and is_dry_run:
        return "As last known no event would be sent; only a forced read can tell."
    if not events:
        return "No event would be sent."
    posted = {event: count for event, count in events.items() if place.shop and event.webhook_type}
    written = {event: count for event, count in events.items() if event not in posted}
    ways: list[str] = []
    if posted:
        warning = " (unencrypted)" if place.shop_unencrypted else ""
        ways.append(f"{_counted(posted)} · POST to {harmless(place.shop or '', limit=100)}{warning}")
    if written:
        ways.append(f"{_counted(written)} · written into the shop's tables by this tool")
    return f"Events{', as last known' if is_dry_run else ''}: {'; '.join(ways)}"


def _counted(events: Mapping[Event, int]) -> str:
    return ", ".join(f"{count} {event}" for event, count in events.items())


def impediment(batch: Batch, pauses: Sequence[Pause]) -> str | None:
    """Why this plan must not be applied now, as sentences; None where it may."""
    if batch.barred_by is not None:
        return f"Nothing is applied: {breaker_words(batch.barred_by)}. {next_step(Refusal.BREAKER)}"
    binding = [pause for row in batch.to_apply for pause in pauses if pause.binds(connector_of(row.state))]
    bound = bound_by(batch.to_apply, pauses)
    if bound and bound == len(batch.to_apply):
        return f"Nothing is applied: {harmless(binding[0].words)}. {next_step(Refusal.PAUSED)}"
    return None


def bound_by(rows: Sequence[PlannedRow], pauses: Sequence[Pause]) -> int:
    """How many of the rows a pause holds."""
    return sum(any(pause.binds(connector_of(row.state)) for pause in pauses) for row in rows)


def bar(done: int, total: int, width: int) -> str:
    """A bar of text: it says the same without a colour."""
    full = width * done // total if total else width
    return "█" * full + "░" * (width - full)
