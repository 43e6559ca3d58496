"""The words for the headline: `refund webhooks from adyen stopped at 14:02 UTC: 83 refunds, 4,210.00 EUR`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.headline import Cause, Headline, What
from reconcile_tui.core.money import Money
from reconcile_tui.core.wording import spoken_age

_MOST_NAMES: Final = 2


def headline_words(headline: Headline, *, now: datetime) -> tuple[str, ...]:
    """The headline in one line: as much as there is to say, then shorter and shorter.

    Args:
        now: UTC, this machine's clock.
    """
    story, causes = headline.story, headline.causes
    if story is not None and story.is_all:
        seen = (_figures(headline), _rows(headline)) if headline.stuck else ()
        return (*(f"{story.words} Last seen: {each}." for each in seen), story.words)
    if not causes and not headline.attention:
        looked = f"Nothing hangs. Last looked {spoken_age(now - headline.read_at)} ago."
        if story is None:
            return (looked,)
        if not story.brief:
            return (f"{story.words} {looked}", story.words)
        return (f"{story.words} {looked}", f"{story.brief} · {looked}", story.brief)
    variants = _of_rows(headline)
    if story is None:
        return variants
    if not story.comes_first:
        return (f"{variants[0]}. {story.words}", *variants)
    # The header tells of the story as well, and what broke is told nowhere else: rather the story in brief.
    figures = (_figures(headline), _rows(headline)) if headline.stuck else ()
    least = (_briefly(causes[0], headline.at),) if causes and causes[0].is_burst else ()
    whole = cause_words(causes[0], now=headline.at) if causes else _attention(headline.attention)
    in_full = (f"{story.words} {each}" for each in variants if each.startswith(whole))
    in_brief = (f"{story.brief} · {each}" for each in (*variants, *least, *figures)) if story.brief else ()
    return (*in_full, *in_brief, *(f"{story.words} {each}." for each in figures), story.brief or story.words)


def _of_rows(headline: Headline) -> tuple[str, ...]:
    """The first cause in ever fewer words, each time with as much as there is beside it, then with less."""
    causes, attention = headline.causes, _attention(headline.attention)
    if not causes:
        return (attention,)
    told = cause_words(causes[0], now=headline.at)
    bodies = dict.fromkeys((told, *shorter_cause_words(causes[0], now=headline.at)))
    more = [part for part in (more_words(causes), attention) if part]
    return tuple(_joined(body, *more[:count]) for body in bodies for count in range(len(more), -1, -1))


def headline_text(headline: Headline, *, where: str, now: datetime) -> str:
    """The headline for a channel: each cause on a line of its own, the figures, the place and the time."""
    story = [headline.story.words] if headline.story is not None else []
    causes = [cause_words(cause, now=headline.at) for cause in headline.causes]
    lines = [*story, *causes] or list(headline_words(headline, now=now)[:1])
    if headline.stuck:
        need = f" {_attention(headline.attention)}." if headline.attention else ""
        lines.append(f"In all: {_figures(headline)}.{need}")
    ago = spoken_age(now - headline.read_at)
    lines.append(f"{where}, as of {headline.at:%Y-%m-%d %H:%M:%S} UTC, {ago} ago")
    return "\n".join(lines)


def cause_words(cause: Cause, *, now: datetime) -> str:
    """One cause with its figures. `now`: UTC, database clock."""
    others = f" ({cause.others:,} more from other times)" if cause.is_burst and cause.others else ""
    return f"{_with_figures(cause, now, money_words(cause.money), trend_words(cause))}{others}"


def shorter_cause_words(cause: Cause, *, now: datetime) -> tuple[str, ...]:
    """One cause in ever fewer words; what broke, since when and how many stay to the end. `now`: as above."""
    trend, one_sum, sums = trend_words(cause), money_words(cause.money, most=1), _one_sum(cause.money)
    if not cause.is_burst:
        return tuple(_with_figures(cause, now, *each) for each in ((one_sum, trend), (sums, trend), (sums,)))
    named = tuple(_briefly(cause, now, *each) for each in ((sums, trend), (sums,)))
    nameless = _briefly(replace(cause, connectors=()), now, sums)
    briefs = named if cause.what in (What.PAYMENTS, What.REFUNDS) else (*named, nameless)
    return (_with_figures(cause, now, one_sum, trend), *briefs)


def more_words(causes: Sequence[Cause]) -> str:
    """How many rows hang for other causes than the first."""
    rows = sum(cause.all_rows for cause in causes[1:])
    return f"{rows:,} other {'row hangs' if rows == 1 else 'rows hang'}" if rows else ""


def trend_words(cause: Cause) -> str:
    """Whether it grows; empty where that is not known."""
    rate = cause.per_minute
    if rate is None:
        return ""
    if abs(rate) < 0.05:
        return "steady"
    if abs(rate) < 0.5:
        return "growing slowly" if rate > 0 else "shrinking slowly"
    return f"{'+' if rate > 0 else '-'}{abs(rate):.0f}/min"


def money_words(amounts: Sequence[Money], *, most: int = 2) -> str:
    """The first of the sums, one a currency, and how many currencies more there are."""
    shown = ", ".join(str(money) for money in amounts[:most])
    left = len(amounts) - most
    return f"{shown}, +{left} {'currency' if left == 1 else 'currencies'}" if left > 0 else shown


def _with_figures(cause: Cause, now: datetime, *figures: str) -> str:
    if cause.is_burst:
        return f"{_broke(cause, now)}: {_parts(_count(cause), *figures)}"
    told = _parts(*figures)
    return f"{_hang(cause, now)}{': ' if told else ''}{told}"


def _parts(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _one_sum(amounts: Sequence[Money]) -> str:
    """The first of the sums, and how many currencies more there are, in the fewest cells."""
    return f"{amounts[0]}{f' +{len(amounts) - 1}' if len(amounts) > 1 else ''}" if amounts else ""


def _briefly(cause: Cause, now: datetime, *figures: str) -> str:
    begun, until, first = _clock(cause.since, now), _clock(cause.until, now), _first(cause.connectors)
    span = f"{begun} to {until} UTC" if cause.has_ended else f"since {begun} UTC"
    whose = f" from {first}" if first else ""
    match cause.what:
        case What.PAYMENTS | What.REFUNDS:
            when = f"lost {begun} to {until} UTC" if cause.has_ended else f"stopped {begun} UTC"
            kind = "payment" if cause.what is What.PAYMENTS else "refund"
            return f"{first or kind} webhooks {when}: {_parts(_count(cause), *figures)}"
        case What.ORPHANS:
            told = f"{_count(cause)}{whose} got no id {span}"
        case _:
            told = f"{_count(cause)}{whose} open at the PSP {span}"
    return f"{told}: {_parts(*figures)}" if _parts(*figures) else told


def _first(connectors: Sequence[str]) -> str:
    """The first of them, and how many more."""
    if not connectors:
        return ""
    more = f" +{len(connectors) - 1}" if len(connectors) > 1 else ""
    return f"{harmless(connectors[0], limit=16)}{more}"


def _broke(cause: Cause, now: datetime) -> str:
    of, begun = _from(cause.connectors), _clock(cause.since, now)
    when = f"{begun} to {_clock(cause.until, now)} UTC" if cause.has_ended else f"{begun} UTC"
    match cause.what:
        case What.PAYMENTS | What.REFUNDS:
            what = "payment webhooks" if cause.what is What.PAYMENTS else "refund webhooks"
            return f"{what}{of} {'were lost from' if cause.has_ended else 'stopped at'} {when}"
        case What.ORPHANS:
            return f"refunds{of} got no id {'from' if cause.has_ended else 'since'} {when}"
        case What.OPEN_PAYMENTS | What.OPEN_REFUNDS:
            what = "payments" if cause.what is What.OPEN_PAYMENTS else "refunds"
            return f"{what}{of} stay open at the PSP {'from' if cause.has_ended else 'since'} {when}"


def _hang(cause: Cause, now: datetime) -> str:
    one = cause.rows == 1
    what = {
        What.PAYMENTS: "hangs" if one else "hang",
        What.REFUNDS: "hangs" if one else "hang",
        What.ORPHANS: "has no id" if one else "have no id",
        What.OPEN_PAYMENTS: "is open at the PSP" if one else "are open at the PSP",
        What.OPEN_REFUNDS: "is open at the PSP" if one else "are open at the PSP",
    }[cause.what]
    names = f" ({_names(cause.connectors)})" if cause.connectors else ""
    return (
        f"{_count(cause)} {what}{names}{'' if one else ', the oldest'} for {spoken_age(now - cause.oldest)}"
    )


def _figures(headline: Headline) -> str:
    rows = _rows(headline)
    return f"{rows}, {money_words(headline.money)}" if headline.money else rows


def _rows(headline: Headline) -> str:
    return "1 row hangs" if headline.stuck == 1 else f"{headline.stuck:,} rows hang"


def _attention(rows: int) -> str:
    return "" if not rows else "1 row needs a person" if rows == 1 else f"{rows:,} rows need a person"


def _joined(first: str, *more: str) -> str:
    return "; ".join((first, *more))


def _count(cause: Cause) -> str:
    noun = "order" if cause.what in (What.PAYMENTS, What.OPEN_PAYMENTS) else "refund"
    return f"{cause.rows:,} {noun}{'' if cause.rows == 1 else 's'}"


def _from(connectors: Sequence[str]) -> str:
    return f" from {_names(connectors)}" if connectors else ""


def _names(connectors: Sequence[str]) -> str:
    shown = ", ".join(harmless(name, limit=24) for name in connectors[:_MOST_NAMES])
    left = len(connectors) - _MOST_NAMES
    return f"{shown} and {left} more" if left > 0 else shown


def _clock(at: datetime, now: datetime) -> str:
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{at:%m-%d %H:%M}" if at.year == now.year else f"{at:%Y-%m-%d %H:%M}"
