"""Messages: what an alert says, in Slack's mrkdwn. Counts and sums alone: no row, no id, no customer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from reconcile_tui.core.alerts import Alert, AlertName, Level, News
from reconcile_tui.core.backlog_wording import FASTER, slow_words
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.money import Money
from reconcile_tui.core.standing import Standing
from reconcile_tui.core.wording import spoken_age


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPlace:
    """Where the alert comes from: the context's name, if it has one, and whether it is production."""

    context: str | None
    production: bool


def message(alert: Alert, news: News, level: Level, standing: Standing, place: AlertPlace) -> str:
    """An alert in words, a line each for what, how much, since when and what to do."""
    what = _began(alert, level) if news is News.BEGAN else _ended(alert, level, standing.at)
    return "\n".join(
        [f"{_head(place)}: {what}", *_figures(standing), *_next(alert.name, news, standing, place)]
    )


def escaped(text: str) -> str:
    """Text as mrkdwn shows it: an `&`, `<` or `>` could else be a link or a call to everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _head(place: AlertPlace) -> str:
    context = f" · {escaped(harmless(place.context))}" if place.context else ""
    return f"reconcile-tui{context}{' · *PRODUCTION*' if place.production else ''}"


def _began(alert: Alert, level: Level) -> str:
    threshold = f"alerted from {level.begins_at:,} on" if level.begins_at > 1 else "alerted at once"
    return f"*{_what(alert.name, level.count)}* ({threshold}), since {_moment(alert.since)}."


def _ended(alert: Alert, level: Level, now: datetime) -> str:
    until = alert.ended_at or now
    return (
        f"*Over: {_what(alert.name, level.count)}* ({alert.peak:,} at the peak), "
        f"after {spoken_age(until - alert.since)}, from {_moment(alert.since)} to {_moment(until)}."
    )


def _what(name: AlertName, count: int) -> str:
    match name:
        case AlertName.BACKLOG:
            return f"{_counted(count, 'row')} stuck"
        case AlertName.ATTENTION:
            return f"{_counted(count, 'row')} in need of a person"
        case AlertName.ORPHAN_CAP:
            why = "too many for a daemon to fail in one interval"
            return f"{_counted(count, 'orphan refund')} withheld: {why}"
        case AlertName.ROW_TIMES:
            return "orphan refunds not checked: the time zone of their dates is not known, or looks wrong"


def _figures(standing: Standing) -> Iterator[str]:
    counts = {
        "Orders": standing.orders.rows,
        "refunds": standing.refunds.rows,
        "orphans": standing.orphans.rows,
        "attention": standing.attention.unacknowledged,
        "waiting for the customer": standing.customer.rows,
    }
    yield " · ".join(f"{name} {rows:,}" for name, rows in counts.items())
    if standing.money_at_risk:
        yield f"Money at risk: {_sums(standing.money_at_risk)}"
    if (oldest := standing.oldest) is not None:
        yield f"The oldest has been stuck for {spoken_age(standing.at - oldest)}."


def _next(name: AlertName, news: News, standing: Standing, place: AlertPlace) -> Iterator[str]:
    if news is News.ENDED:
        return
    program = f"reconcile-tui --context {_word(place.context)}" if place.context else "reconcile-tui"
    match name:
        case AlertName.BACKLOG:
            if standing.slow is not None:
                yield f"{slow_words(standing.slow)} {FASTER}"
            yield f"Next: `{program} list`"
        case AlertName.ATTENTION:
            yield f"Next: `{program} list attention`"
        case AlertName.ORPHAN_CAP:
            yield f"Next: `{program} list orphans`, then `{program} sync ID…` for those that you would fail."
        case AlertName.ROW_TIMES:
            yield f"Next: `{program} status` says what to set."


def _word(context: str) -> str:
    """A context as one word of a command line."""
    name = escaped(harmless(context))
    return f'"{name}"' if " " in name else name


def _sums(sums: tuple[Money, ...]) -> str:
    return escaped(" · ".join(str(money) for money in sums))


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
