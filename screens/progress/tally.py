"""The tally of a batch under way: how many came to what, how fast, how long still. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from reconcile_tui.core.outcomes import Outcome
from reconcile_tui.core.wording import spoken_age
from reconcile_tui.screens.batch.batch import Batch
from reconcile_tui.screens.confirm.particulars import bar
from reconcile_tui.screens.confirm.plan_lines import money_in_words
from reconcile_tui.screens.receipt.batch_receipt import money_of, receipt_row
from reconcile_tui.screens.receipt.receipt_lines import outcome_line
from reconcile_tui.screens.sheet.line import Line


def how_far(batch: Batch, *, elapsed: float) -> str:
    """The bar, with rate and time left.

    Args:
        elapsed: since it was confirmed, in seconds.
    """
    done, total = len(batch.results), len(batch.to_apply)
    text = f"{bar(done, total, 24)} {done} of {total} · {spoken_age(timedelta(seconds=elapsed))}"
    if done and elapsed >= 1:
        rate = done / elapsed
        left = spoken_age(timedelta(seconds=(total - done) / rate))
        text += f" · {rate:.1f} rows/s · about {left} left"
    return text


def came_to(batch: Batch) -> str:
    """How many came to which outcome, and the money that was fixed."""
    ended = list(batch.results.values())
    counted = Counter(row.result.outcome for row in ended if row.result is not None)
    if not counted:
        return "No row has ended yet."
    words = ", ".join(f"{count} {_words(outcome)}" for outcome, count in counted.most_common())
    fixed = [receipt_row(row) for row in ended if row.result and row.result.outcome is Outcome.FIXED]
    return f"{words} · fixed: {money_in_words(money_of(fixed))}" if fixed else words


def latest_lines(batch: Batch) -> Sequence[Line]:
    """What became of rows, the latest first."""
    return [outcome_line(receipt_row(row)) for row in reversed(batch.results.values())]


def _words(outcome: Outcome) -> str:
    return outcome.value.replace("_", " ")
