"""Why a person must look, with what exactly cannot be read where that is the reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from reconcile_tui.core.decisions import Attention, Reason
from reconcile_tui.core.findings import LocalRow
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.outcomes import UNDELIVERED
from reconcile_tui.core.psp_states import PspState, ReadFailed, ReadFailureKind
from reconcile_tui.core.shop_values import Malformed, Trouble
from reconcile_tui.core.wording import malformed_words, read_failure_words, reason_words

_MOST = 160


def attention_words(decision: Attention, row: LocalRow, state: PspState | None) -> str:
    """The reason as a clause: `the amounts differ`, `cannot be read: created_at is missing`."""
    if decision.reason is not Reason.MALFORMED_ROW:
        return reason_words(decision.reason)
    failure = (state.kind, state.detail) if isinstance(state, ReadFailed) else None
    return _cannot_be_read(row.malformed, failure)


def item_words(reason: Reason, facts: Mapping[str, Any]) -> str:
    """The same of an attention item, by the facts that it keeps."""
    if reason is Reason.UNDELIVERABLE and (said := str(facts.get(UNDELIVERED) or "")):
        return f"{reason_words(reason)}: {harmless(said, limit=_MOST)}"
    if reason is not Reason.MALFORMED_ROW:
        return reason_words(reason)
    row, psp = facts.get("row") or {}, facts.get("psp") or {}
    malformed = [
        Malformed(str(column), Trouble(trouble))
        for column, trouble in row.get("malformed", ())
        if trouble in list(Trouble)
    ]
    kind = psp.get("unreadable")
    failure = (ReadFailureKind(kind), str(psp.get("detail", ""))) if kind in list(ReadFailureKind) else None
    return _cannot_be_read(malformed, failure)


def _cannot_be_read(malformed: Sequence[Malformed], failure: tuple[ReadFailureKind, str] | None) -> str:
    if malformed:
        return f"cannot be read: {malformed_words(malformed)}"
    if failure is None:
        return reason_words(Reason.MALFORMED_ROW)
    kind, detail = failure
    words = read_failure_words(kind)
    return f"{words}: {harmless(detail, limit=_MOST)}" if detail else words
