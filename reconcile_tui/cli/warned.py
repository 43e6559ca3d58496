"""Warnings: what concerns more than one row, each in one clear line."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from reconcile_tui.cli.document_parts import WarningDocument
from reconcile_tui.cli.receipt import Ended
from reconcile_tui.core.decisions import Attention, Reason
from reconcile_tui.core.outcomes import Refusal
from reconcile_tui.core.planning import Planning
from reconcile_tui.core.psp.breaker import Tripped
from reconcile_tui.core.shop_answers import Shut
from reconcile_tui.core.tellings import Telling, Warned, WarningKind
from reconcile_tui.core.wording import breaker_words, reason_words, shut_words


class Warnings:
    """A listener that keeps what is warned of, each once, and passes everything on."""

    def __init__(self, then: Callable[[Telling], None]) -> None:
        self._then = then
        self.heard: list[WarningDocument] = []

    def __call__(self, telling: Telling) -> None:
        if isinstance(telling, Warned):
            warning = WarningDocument(kind=telling.kind, text=telling.detail)
            if warning not in self.heard:
                self.heard.append(warning)
        self._then(telling)


def of_breaker(what: str, tripped: Tripped, *, not_begun: Sequence[str] = ()) -> WarningDocument:
    """The breaker ended `what`, a phase of a check or a person's command, and what followed was not even
    begun. What was answered in full is applied, unless the key is refused."""
    others = f", and {' and '.join(not_begun)} not begun" if not_begun else ""
    some = "only what was answered in full was applied"
    came = "nothing of it was applied" if tripped.forbids_applying else some
    text = f"{what}: {breaker_words(tripped)}; {came}{others}"
    return WarningDocument(kind="breaker", text=text)


def of_unread(command: str, planning: Planning) -> Iterator[WarningDocument]:
    """The rows of a person's command that the PSP was not asked about, and why."""
    rows = f"{planning.not_begun} row{'' if planning.not_begun == 1 else 's'} not read"
    if planning.tripped is not None:
        yield of_breaker(command, planning.tripped, not_begun=[rows] if planning.not_begun else ())
    elif planning.not_begun:
        yield WarningDocument(kind="not_begun", text=f"{command}: {rows}")


def of_shop(shut: Shut) -> WarningDocument:
    """The shop's own handler refused the events."""
    return WarningDocument(
        kind=WarningKind.SHOP_REFUSES, text=f"{shut_words(shut)}; nothing more was sent to it"
    )


def of_rows(rows: Iterable[Ended]) -> Iterator[WarningDocument]:
    """What the rows tell together: a pause with who set it and why, a cap with how many it withheld."""
    capped = 0
    told: set[str] = set()
    for row in rows:
        decision, result = row.planned.decision, row.result
        capped += isinstance(decision, Attention) and decision.reason is Reason.ORPHAN_CAP
        if result is not None and result.refusal is Refusal.PAUSED and result.detail not in told:
            told.add(result.detail or "")
            yield WarningDocument(kind=WarningKind.PAUSED, text=result.detail or "")
    if capped:
        text = f"{reason_words(Reason.ORPHAN_CAP)}: {capped} are left to an operator"
        yield WarningDocument(kind=WarningKind.ORPHAN_CAP, text=text)
