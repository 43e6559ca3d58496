"""The history of the row, newest last: each step of the journal, what people did about it, and the PSP's own
webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, assert_never

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.step_wording import step_words
from reconcile_tui.core.transitions import Effect
from reconcile_tui.core.webhook_wording import webhook_words
from reconcile_tui.screens.triage.row_panel.blocks import BLANK, Block, Paragraph, Said, Tone, paragraph
from reconcile_tui.screens.triage.row_panel.known import History, Known

if TYPE_CHECKING:
    from reconcile_tui.core.store.actions import Action
    from reconcile_tui.core.store.journal_entries import Entry
    from reconcile_tui.core.store.webhook_log import LoggedWebhook

_MOST: Final = 40


def history(known: Known) -> Iterator[Block]:
    """What was done to the row so far."""
    yield BLANK
    yield paragraph(Said("History", Tone.STRONG), Said(f"  {_note(known)}", Tone.DIM))
    if known.history is None:
        return
    lines = sorted(_lines(known.history), key=lambda line: line[0])
    if len(lines) > _MOST:
        yield paragraph(Said(f"  {len(lines) - _MOST} earlier steps are not shown here.", Tone.DIM))
    for _, line in lines[-_MOST:]:
        yield line


def _note(known: Known) -> str:
    if known.history is not None:
        done = known.history
        nothing = not done.entries and not done.actions and not done.webhooks
        return "nothing was done to it yet" if nothing else "newest last"
    return "could not be read: the database gave no answer" if known.history_failed else "reading…"


def _lines(done: History) -> Iterator[tuple[datetime, Paragraph]]:
    for entry in done.entries:
        yield entry.at, _entry(entry)
    for action in done.actions:
        yield action.at, _action(action)
    for webhook in done.webhooks:
        yield webhook.received_at, _webhook(webhook)


def _entry(entry: Entry) -> Paragraph:
    words = step_words(
        event=entry.event,
        attempt=entry.attempt,
        outcome=entry.outcome,
        refusal=entry.refusal,
        status_before=_status(entry.before),
        status_after=_status(entry.after),
        detail=entry.detail,
        contradicts=_contradicts(entry),
        despite=entry.despite,
    )
    what = f"{entry.step.value}  {words}"
    sign = Said("✗ ", Tone.BAD) if _contradicts(entry) else _sign(entry.outcome)
    return _line(entry.at, sign, entry.actor, what, entry.reason)


def _contradicts(entry: Entry) -> bool:
    # Loads the store, as below.
    from reconcile_tui.core.contradiction import contradicts  # noqa: PLC0415

    return contradicts(entry)


def _action(action: Action) -> Paragraph:
    # Loads the store: whoever holds an action has loaded it already, the first paint has not.
    from reconcile_tui.core.action_wording import action_words  # noqa: PLC0415

    return _line(action.at, Said("! ", Tone.STALE), action.actor, action_words(action), action.reason)


def _webhook(webhook: LoggedWebhook) -> Paragraph:
    match webhook.effect:
        case Effect.APPLIED | Effect.AGREES:
            sign = Said("✓ ", Tone.GOOD)
        case Effect.NOT_FINAL | Effect.NO_ROW:
            sign = Said("· ", Tone.DIM)
        case Effect.CONTRADICTS | Effect.WITHHELD | Effect.AMBIGUOUS:
            sign = Said("✗ ", Tone.BAD)
        case _:
            assert_never(webhook.effect)
    words = webhook_words(webhook.event_type, webhook.effect)
    return _line(webhook.received_at, sign, "PSP", f"webhook  {words}", None)


def _line(at: datetime, sign: Said, actor: str, what: str, reason: str | None) -> Paragraph:
    why = f" “{harmless(reason, limit=200)}”" if reason else ""
    return paragraph(
        Said(f"{at:%m-%d %H:%M:%S} ", Tone.DIM),
        sign,
        Said(f"{harmless(actor, limit=40)} ", Tone.STRONG),
        Said(f"{harmless(what, limit=300)}{why}"),
        hanging=17,
    )


def _sign(outcome: Outcome | None) -> Said:
    match outcome:
        case None:
            return Said("· ", Tone.DIM)
        case Outcome.UNCHANGED | Outcome.UNDELIVERED | Outcome.IN_DOUBT:
            return Said("✗ ", Tone.BAD)
        case _:
            return Said("✓ ", Tone.GOOD) if outcome.closes else Said("· ", Tone.DIM)


def _status(record: Any) -> str | None:
    status = record.get("status") if record else None
    return status if isinstance(status, str) else None
