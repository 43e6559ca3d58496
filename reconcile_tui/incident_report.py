"""The report: an incident as Markdown for its post-mortem. Pure text; nothing is asked for here.

Every text from outside goes through `reconcile_tui.markdown`, so that it stays text wherever the report is
read. Amounts are per currency and never added across them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from reconcile_tui.core.action_wording import action_words
from reconcile_tui.core.fate_wording import fate_step, fate_words
from reconcile_tui.core.health_wording import tick_error_words
from reconcile_tui.core.incident import MOST_ENTRIES, Incident
from reconcile_tui.core.incident_account import Deed, Fate, Happening, Sum
from reconcile_tui.core.money import Money, per_currency
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.policy import Mode
from reconcile_tui.core.reason_wording import item_words
from reconcile_tui.core.stoppages import Stoppage, stoppages
from reconcile_tui.core.store.actions import Action
from reconcile_tui.core.store.attention import AttentionItem
from reconcile_tui.core.store.runs import Run
from reconcile_tui.core.tick_sums import TickSums, did, troubles
from reconcile_tui.core.wording import age, next_step, spoken_age
from reconcile_tui.markdown import code, escaped, table


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What stands above an account.

    Attributes:
        title: None makes one up.
        where: the context or database it is about; foreign text.
        written_by: the program and its version.
    """

    title: str | None
    where: str
    written_by: str


def incident_markdown(incident: Incident, letterhead: Letterhead) -> str:
    """The whole report."""
    parts = (
        _head(incident, letterhead),
        _summary(incident),
        _timeline(incident),
        _people(incident),
        _pauses(incident),
        _ticks(incident),
        _still_open(incident),
    )
    return "\n\n".join("\n".join(part) for part in (list(part) for part in parts) if part) + "\n"


def _head(incident: Incident, letterhead: Letterhead) -> Iterator[str]:
    title = escaped(letterhead.title or "", limit=200)
    yield f"# {title or _made_up_title(incident)}"
    yield ""
    written = f"written by {letterhead.written_by} at {_moment(incident.made_at)}"
    yield f"About {escaped(letterhead.where)}, {written}. Times are UTC, by the database's clock."


def _made_up_title(incident: Incident) -> str:
    if incident.span.plan_id is not None:
        return f"Plan {code(incident.span.plan_id)}"
    return f"Incident of {incident.began:%Y-%m-%d}" if incident.began else "Nothing is on record"


def _summary(incident: Incident) -> Iterator[str]:
    yield "## Summary"
    yield ""
    yield f"- **When:** {_when(incident)}"
    for name, sums in _kinds_of(incident.sums):
        yield f"- **{name}:** {_rows(sum(each.rows for each in sums))}{_money_after(sums)}"
    if not incident.sums:
        yield "- **Rows:** none was touched"
    if people := _names(incident):
        yield f"- **People:** {', '.join(map(_who, people))}"
    tally = incident.standing.attention
    if tally.open:
        seen = f", {tally.acknowledged} of them acknowledged" if tally.acknowledged else ""
        yield f"- **Needs a person still:** {_rows(sum(tally.open.values()))}{seen}"
    if incident.is_cut:
        yield f"- **Cut:** only the first {MOST_ENTRIES:,} journal entries are told; narrow the time"
    if incident.sums:
        yield ""
        yield from table(
            (">rows", "what they came to", "money", "next"),
            (
                (
                    str(each.rows),
                    fate_words(each.fate, rows=each.rows),
                    _amounts(each.money),
                    "" if each.fate.is_over else fate_step(each.fate),
                )
                for each in incident.sums
            ),
        )


def _when(incident: Incident) -> str:
    if incident.began is None or incident.ended is None:
        return _asked(incident)
    long = spoken_age(incident.ended - incident.began)
    return f"{_moment(incident.began)} to {_moment(incident.ended)} ({long})"


def _asked(incident: Incident) -> str:
    since, until = incident.span.since, incident.span.until
    begin = f"since {_moment(since)}" if since else "since the first record"
    return f"{begin}, until {_moment(until or incident.made_at)}"


def _kinds_of(sums: Sequence[Sum]) -> Iterator[tuple[str, list[Sum]]]:
    kinds: tuple[tuple[str, Callable[[Fate], bool]], ...] = (
        ("Healed", lambda fate: fate.outcome is Outcome.FIXED),
        ("Over without it", lambda fate: fate.is_over and fate.outcome is not Outcome.FIXED),
        ("Contradict the PSP", lambda fate: fate.contradicts),
        ("Failed", lambda fate: fate.outcome in _FAILED),
        ("Left", lambda fate: not (fate.is_over or fate.contradicts or fate.outcome in _FAILED)),
    )
    for name, is_one in kinds:
        if of := [each for each in sums if is_one(each.fate)]:
            yield name, of


_FAILED = (Outcome.UNCHANGED, Outcome.UNDELIVERED, Outcome.IN_DOUBT)
"""Outcomes of deliveries that went wrong; everything else that is left was not tried, or is not seen yet."""


def _names(incident: Incident) -> list[str]:
    """Who did something, the daemon aside."""
    return list(
        dict.fromkeys([*(each.actor for each in incident.deeds), *(each.actor for each in incident.actions)])
    )


def _timeline(incident: Incident) -> Iterator[str]:
    lines = sorted(
        (
            *((each.at, _who(each.actor), _acted(each)) for each in incident.actions),
            *((each.at, _who(each.actor), _happened(each)) for each in incident.timeline),
            *_went_wrong(incident.runs),
        ),
        key=lambda line: line[0],
    )
    if not lines:
        return
    yield "## Timeline"
    yield ""
    if incident.resolution.total_seconds() > 60:
        yield f"What became of rows is told by {spoken_age(incident.resolution)}."
        yield ""
    yield from table(("when", "who", "what"), ((_moment(at), who, what) for at, who, what in lines))


def _happened(each: Happening) -> str:
    named = f"{', '.join(code(ref.row_id, limit=80) for ref in each.refs)}: " if each.refs else ""
    plan = f" (plan {code(each.plan_id[:8])})" if each.plan_id else ""
    sums = "; ".join(_counted(part, alone=bool(named)) for part in each.sums)
    return f"{named}{sums}{plan}"


def _counted(each: Sum, *, alone: bool = False) -> str:
    count = "" if alone and each.rows == 1 else f"{each.rows} "
    money = f" ({_amounts(each.money)})" if each.money else ""
    return f"{count}{fate_words(each.fate, rows=each.rows)}{money}"


def _acted(action: Action) -> str:
    return f"**{escaped(action_words(action))}**{_because(action.reason)}"


def _because(reason: str | None) -> str:
    return f": {escaped(reason)}" if reason else ""


def _went_wrong(runs: Iterable[Run]) -> Iterator[tuple[datetime, str, str]]:
    """Ticks that went wrong; those that went wrong the same way one after the other are one line."""
    for (actor, trouble), same in groupby(runs, key=lambda run: (run.actor, _trouble(run))):
        first, *more = same
        if trouble:
            until = f"{len(more) + 1} ticks until {_moment(more[-1].started_at)}" if more else "A tick"
            yield first.started_at, _who(actor), f"**{until} went wrong**: {escaped(trouble)}"


def _trouble(run: Run) -> str:
    """What went wrong with a tick; empty where nothing did."""
    error = [tick_error_words(run.error)] if run.error else []
    return "; ".join([*troubles(TickSums.of(run.counts)), *error])


def _people(incident: Incident) -> Iterator[str]:
    rows = sorted(
        (*map(_of_action, incident.actions), *map(_of_deed, incident.deeds)), key=lambda row: row[0]
    )
    if not rows:
        return
    yield "## What people did"
    yield ""
    yield from table(
        ("when", "who", "what", "why", "what came of it"),
        ((_moment(at), who, what, why, came) for at, who, what, why, came in rows),
    )


_Row = tuple[datetime, str, str, str, str]


def _of_deed(deed: Deed) -> _Row:
    came = "; ".join(_counted(each) for each in deed.sums) or "nothing is on record yet"
    what = f"applied plan {code(deed.plan_id, limit=64)}"
    return (
        deed.at,
        _who(deed.actor),
        what,
        _why(deed.reason),
        came,
    )


def _of_action(action: Action) -> _Row:
    return (action.at, _who(action.actor), escaped(action_words(action)), _why(action.reason), "")


def _pauses(incident: Incident) -> Iterator[str]:
    stopped = stoppages(incident.actions, now=incident.made_at)
    if not stopped:
        return
    yield "## Pauses"
    yield ""
    yield from table(
        ("what", "from", "until", ">for", "paused by", "why"),
        (_of_stoppage(each, incident) for each in stopped),
    )


def _of_stoppage(each: Stoppage, incident: Incident) -> Sequence[str]:
    ended = each.ended or incident.made_at
    until = _moment(ended) if each.ended else "it lasts"
    by = f"{until}, by {_who(each.ended_by)}" if each.ended_by else until
    return (
        code(each.connector, limit=80) if each.connector else "everything",
        _moment(each.began) if each.began else "before",
        by,
        age(ended - each.began) if each.began else "",
        _who(each.by) if each.by else "",
        escaped(each.reason or ""),
    )


def _ticks(incident: Incident) -> Iterator[str]:
    if not incident.runs and not incident.idle_runs:
        return
    yield "## Ticks"
    yield ""
    if incident.runs_left_out:
        yield f"The newest {len(incident.runs)}; {incident.runs_left_out:,} before them are left out."
        yield ""
    if incident.runs:
        columns = ("when", ">took", "who", "what it did", "what went wrong")
        yield from table(columns, map(_of_run, incident.runs))
    if incident.runs and incident.idle_runs:
        yield ""
    if incident.idle_runs:
        yield f"Ticks that found nothing to do: {incident.idle_runs:,}."


def _of_run(run: Run) -> Sequence[str]:
    sums = TickSums.of(run.counts)
    ended = run.finished_at is not None
    mode = "" if run.mode is Mode.HEAL else f", {run.mode}"
    return (
        _moment(run.started_at),
        age(run.finished_at - run.started_at) if run.finished_at else "",
        f"{_who(run.actor)}{mode}",
        did(sums, observed=run.mode is Mode.OBSERVE, ended=ended, failed=run.error is not None)
        or "did not end",
        escaped(_trouble(run)),
    )


def _still_open(incident: Incident) -> Iterator[str]:
    yield f"## Still open at {_moment(incident.made_at)}"
    yield ""
    stands = incident.standing
    if incident.open_items:
        yield from table(
            ("row", "since", ">amount", "why", "next", "acknowledged"),
            (_of_item(item) for item in incident.open_items),
        )
        if incident.items_left_out:
            yield ""
            yield f"And {_rows(incident.items_left_out)} more that need a person."
        yield ""
    backlogs = (
        ("orders", stands.orders),
        ("refunds", stands.refunds),
        ("orphan refunds", stands.orphans),
        ("orders that wait on their customer (not at risk)", stands.customer),
    )
    stuck = [(name, backlog) for name, backlog in backlogs if backlog.rows]
    if stuck:
        yield from table(
            ("stuck", ">rows", "money"),
            ((name, str(backlog.rows), _amounts(backlog.money)) for name, backlog in stuck),
        )
        yield ""
        yield f"**Money at risk:** {_amounts(stands.money_at_risk) or 'none'}"
    elif not incident.open_items:
        yield "Nothing is stuck, and nothing needs a person."
    for pause in incident.pauses:
        until = f"until {_moment(pause.until)}" if pause.until else "without an end"
        what = code(pause.connector) if pause.connector else "Everything"
        yield ""
        yield f"**Paused still:** {what}, {until}, by {_who(pause.actor)}{_because(pause.reason)}"


def _of_item(item: AttentionItem) -> Sequence[str]:
    seen = ""
    if item.is_acknowledged and item.acknowledged_by is not None:
        until = f" until {_moment(item.acknowledged_until)}" if item.acknowledged_until else ""
        seen = f"{_who(item.acknowledged_by)}{until}{_because(item.acknowledged_reason)}"
    return (
        f"{item.ref.kind} {code(item.ref.row_id, limit=80)}",
        _moment(item.since),
        str(item.money) if item.money else "",
        item_words(item.reason, item.facts),
        next_step(item.reason),
        seen,
    )


def _who(name: str) -> str:
    return escaped(name, limit=80)


def _why(reason: str | None) -> str:
    return escaped(reason or "") or "no reason given"


def _money_after(sums: Iterable[Sum]) -> str:
    money = per_currency(amount for each in sums for amount in each.money)
    return f", {_amounts(money)}" if money else ""


def _amounts(money: Iterable[Money]) -> str:
    return " · ".join(map(str, money))


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
