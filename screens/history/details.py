"""A record in full, as lines: every field with its name. Pure; foreign text in it is harmless."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never

from reconcile_tui.core.action_wording import action_words
from reconcile_tui.core.fate_wording import fate_step, fate_words
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.health_wording import tick_error_words
from reconcile_tui.core.history import Record
from reconcile_tui.core.incident_account import Account, Sum
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.store.actions import Action
from reconcile_tui.core.store.journal_entries import Entry, Step
from reconcile_tui.core.store.journal_search import FoundEntry
from reconcile_tui.core.store.plans import AppliedPlan
from reconcile_tui.core.store.runs import Run
from reconcile_tui.core.store.webhook_log import LoggedWebhook
from reconcile_tui.core.tick_sums import TickSums, did, troubles
from reconcile_tui.core.wording import age, event_words, next_step, outcome_words
from reconcile_tui.screens.history.lines import plan_words

_LONG = 2_000


def heading_of(record: Record) -> str:
    """What a record is."""
    match record:
        case FoundEntry():
            return f"{harmless(str(record.entry.ref), limit=80)}: {record.entry.step}"
        case AppliedPlan():
            return f"Plan {harmless(record.plan_id, limit=64)}"
        case Action():
            return "What somebody did"
        case Run():
            return f"Tick {record.run_id}"
        case LoggedWebhook():
            return "A webhook about nothing that the shop has"
        case _:
            assert_never(record)


def details_of(
    record: Record, *, siblings: Sequence[Entry | FoundEntry] = (), daemon_heals: bool = True
) -> tuple[str, ...]:
    """Every field of a record.

    Args:
        siblings: of an entry, the entries of the same intent; of a tick, its entries. Oldest first.
        daemon_heals: whether something may be left to the next tick.
    """
    found = [each for each in siblings if isinstance(each, FoundEntry)]
    match record:
        case FoundEntry():
            of_intent = [each for each in siblings if isinstance(each, Entry)]
            return tuple(_entry(record, of_intent, daemon_heals=daemon_heals))
        case AppliedPlan():
            return tuple(_fields(_of_plan(record)))
        case Action():
            return tuple(_fields(_action(record)))
        case Run():
            return (*_fields(_run(record)), *_rows(found, daemon_heals=daemon_heals))
        case LoggedWebhook():
            return tuple(_webhook(record))
        case _:
            assert_never(record)


def _entry(found: FoundEntry, siblings: Iterable[Entry], *, daemon_heals: bool) -> Iterator[str]:
    entry = found.entry
    came_to = entry.refusal or entry.outcome
    outcome = outcome_words(entry.outcome, entry.refusal) if entry.outcome is not None else None
    yield from _fields(
        (
            ("when", _moment(entry.at)),
            ("who", f"{entry.actor} ({entry.actor_kind})"),
            ("why", entry.reason),
            ("plan", entry.plan_id),
            ("row", str(entry.ref)),
            ("PSP id", entry.psp_id or "none: an orphan"),
            ("amount", str(found.money) if found.money is not None else None),
            ("event", f"{entry.event}: {event_words(entry.event)}" if entry.event is not None else None),
            ("attempt", str(entry.attempt) if entry.attempt is not None else None),
            ("outcome", outcome),
            ("next step", next_step(came_to, daemon_heals=daemon_heals) if came_to is not None else None),
            ("detail", entry.detail),
            ("entry", f"{entry.entry_id}, of intent {entry.intent_id or 'none'}"),
            ("digest", entry.psp_digest),
        )
    )
    yield from _before_after(found.before, entry.after)
    others = list(siblings)
    intended = next((each for each in others if each.step is Step.INTENDED), entry)
    parts = {
        "The PSP said": entry.psp or intended.psp,
        "Decided": entry.decision or intended.decision,
    }
    for name, part in parts.items():
        if part:
            yield ""
            yield name
            yield from _nested(part)
    if others:
        yield ""
        yield "Every step of this dispatch (UTC)"
        yield from (_step(each, here=each.entry_id == entry.entry_id) for each in others)


def _step(entry: Entry, *, here: bool) -> str:
    words = outcome_words(entry.outcome, entry.refusal) if entry.outcome is not None else ""
    text = f"{'▸' if here else ' '} {entry.at:%m-%d %H:%M:%S}  {entry.step:<10} {words}"
    detail = f" {harmless(entry.detail, limit=200)}" if entry.detail else ""
    return f"{text}{detail}".rstrip()


def _before_after(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[str]:
    """The row before and after, field by field; what differs is marked by a sign."""
    if before is None and after is None:
        return
    old, new = dict(_flat(before or {})), dict(_flat(after or {}))
    yield ""
    yield "The row, before → after"
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name, ""), new.get(name, "")
        differs = after is not None and was != now
        value = f"{was} → {now}" if differs else was
        yield f"{'≠' if differs else ' '} {harmless(name, limit=40):<24} {value}"


def _of_plan(plan: AppliedPlan) -> Iterator[tuple[str, str | None]]:
    yield "who", plan.actor
    yield "why", plan.reason or "no reason given"
    yield "when", f"{_moment(plan.began)} to {_moment(plan.ended)}"
    yield "plan", plan.plan_id
    yield "rows", plan_words(plan)


def _rows(entries: Sequence[FoundEntry], *, daemon_heals: bool) -> Iterator[str]:
    """What became of rows: added up, then one by one, what is left first."""
    account = Account()
    for found in entries:
        account.add(found)
    sums = account.sums()
    if sums:
        yield ""
        yield "What they came to"
        for each in sums:
            yield from _sum(each, daemon_heals=daemon_heals)
    last: dict[object, Entry] = {}
    for found in entries:
        if found.entry.step is Step.OUTCOME or found.entry.ref not in last:
            last[found.entry.ref] = found.entry
    left = [entry for entry in last.values() if entry.outcome is None or not entry.outcome.closes]
    closed = [entry for entry in last.values() if entry.outcome is not None and entry.outcome.closes]
    for name, group in ((f"Left ({len(left):,})", left), (f"Over ({len(closed):,})", closed)):
        if group:
            yield ""
            yield name
            yield from map(_row, group)


def _sum(each: Sum, *, daemon_heals: bool) -> Iterator[str]:
    money = f"  {' · '.join(map(str, each.money))}" if each.money else ""
    yield f"  {each.rows:>6,} {fate_words(each.fate, rows=each.rows)}{money}"
    if each.fate.outcome is None or not each.fate.outcome.closes:
        yield f"         next: {fate_step(each.fate, daemon_heals=daemon_heals)}"


def _row(entry: Entry) -> str:
    words = (
        outcome_words(entry.outcome, entry.refusal) if entry.outcome is not None else "begun, not concluded"
    )
    detail = f"; {harmless(entry.detail, limit=120)}" if entry.detail else ""
    return f"  {harmless(str(entry.ref), limit=60):<24} {words}{detail}"


def _action(action: Action) -> Iterator[tuple[str, str | None]]:
    yield "when", _moment(action.at)
    yield "who", action.actor
    yield "what", action_words(action)
    yield "why", action.reason or "no reason given"
    yield "until", _moment(action.until) if action.until is not None else None


def _run(run: Run) -> Iterator[tuple[str, str | None]]:
    sums = TickSums.of(run.counts)
    yield "who", run.actor
    yield "process", run.holder
    yield "mode", run.mode.value
    yield "began", _moment(run.started_at)
    ended = _moment(run.finished_at) if run.finished_at is not None else "it has not"
    yield "ended", ended
    yield "took", age(run.finished_at - run.started_at) if run.finished_at is not None else None
    yield "last heard", _moment(run.heartbeat_at) if run.finished_at is None else None
    is_over, failed = run.finished_at is not None, run.error is not None
    yield "did", did(sums, observed=run.mode is Mode.OBSERVE, ended=is_over, failed=failed) or None
    for trouble in troubles(sums):
        yield "cut short", trouble
    yield "error", tick_error_words(run.error) if run.error else None
    for name, count in sorted((run.counts or {}).items()):
        yield str(name), str(count)


def _webhook(webhook: LoggedWebhook) -> Iterator[str]:
    yield from _fields(
        (
            ("received", _moment(webhook.received_at)),
            ("event", webhook.event_type),
            ("event id", webhook.event_id),
            ("about", f"{webhook.kind or 'something'} {webhook.psp_id or ''}"),
            ("effect", "none: no row of the shop has this id"),
            ("digest", webhook.digest),
        )
    )
    if webhook.payload:
        yield ""
        yield "What is kept of it"
        yield from _nested(webhook.payload)


def _fields(fields: Iterable[tuple[str, str | None]]) -> Iterator[str]:
    for name, value in fields:
        if value is not None:
            yield f"{harmless(name, limit=30):<12} {harmless(value, limit=_LONG)}"


def _nested(record: Mapping[str, Any]) -> Iterator[str]:
    for name, value in _flat(record):
        if value:
            yield f"  {harmless(name, limit=40):<24} {value}"


def _flat(record: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Every value by its path, as harmless text; nothing where it is empty."""
    for name, value in record.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}.")
        elif isinstance(value, list):
            for place, each in enumerate(value, start=1):
                inner = each if isinstance(each, Mapping) else {"": each}
                yield from _flat(inner, f"{path}[{place}].")
        else:
            yield path.rstrip("."), "" if value is None else harmless(str(value), limit=_LONG)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
