"""`acknowledge` and `unacknowledge`: a person saw the row, and the list is quiet about it until its facts
change, or a date."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Literal

from reconcile_tui.bootstrap import opened_store
from reconcile_tui.cli.acknowledging_page import acknowledge_page, unacknowledge_page
from reconcile_tui.cli.acting import operator, refused_to_viewer
from reconcile_tui.cli.described import actor_document, attention_document
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.record_documents import (
    AcknowledgedDocument,
    AcknowledgeDocument,
    UnacknowledgeDocument,
)
from reconcile_tui.cli.row_ids import AskedRows, once_there, rows_asked_for
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.moments import Spoken
from reconcile_tui.core.store.attention import AttentionItem
from reconcile_tui.core.store.store import Store
from reconcile_tui.exit_codes import ExitCode

_CHANGED = "its facts changed while it was looked at: look again"


async def acknowledge(work: Work, *, ids: Sequence[str], reason: str, until: Spoken | None) -> int:
    """Acknowledge the open items of these rows; none where an id is not exact."""
    actor = operator(work.settings)
    if (refused := refused_to_viewer(actor, what="acknowledge")) is not None:
        work.output.tell(*refused)
        return ExitCode.REFUSED
    async with opened_store(work.settings) as store:
        now = await store.database.now()
        ends = until.to_come(now) if until else None
        asked = await _rows(store, ids)

        async def one(item: AttentionItem) -> bool:
            return await store.attention.acknowledge(
                item, actor=actor.name, reason=reason, now=now, until=ends
            )

        rows = await _each(store, asked, one, why_not=_why_not_acknowledged)
    document = AcknowledgeDocument(
        place=work.place,
        actor=actor_document(actor),
        at=now,
        reason=reason,
        until=ends,
        rows=rows,
        unknown_ids=asked.unknown,
        ambiguous_ids=asked.ambiguous,
        exit_code=_code(asked, rows, nothing_to_do=ExitCode.LEFT),
    )
    _tell_not_exact(work, asked)
    if asked.are_exact or work.output.as_json:
        work.output.show(document, acknowledge_page)
    return document.exit_code


async def unacknowledge(work: Work, *, ids: Sequence[str], reason: str | None) -> int:
    """Make the items of these rows loud again."""
    actor = operator(work.settings)
    if (refused := refused_to_viewer(actor, what="take an acknowledgement back")) is not None:
        work.output.tell(*refused)
        return ExitCode.REFUSED
    async with opened_store(work.settings) as store:
        now = await store.database.now()
        asked = await _rows(store, ids)

        async def one(item: AttentionItem) -> bool:
            return await store.attention.unacknowledge(item, actor=actor.name, now=now, reason=reason)

        rows = await _each(store, asked, one, why_not=_why_not_taken_back)
    document = UnacknowledgeDocument(
        place=work.place,
        actor=actor_document(actor),
        at=now,
        reason=reason,
        rows=rows,
        unknown_ids=asked.unknown,
        ambiguous_ids=asked.ambiguous,
        exit_code=_code(asked, rows, nothing_to_do=ExitCode.OK),
    )
    _tell_not_exact(work, asked)
    if asked.are_exact or work.output.as_json:
        work.output.show(document, unacknowledge_page)
    return document.exit_code


async def _rows(store: Store, ids: Sequence[str]) -> AskedRows:
    """The rows that `ids` mean; one that is gone from the shop may need a person still."""
    asked = await rows_asked_for(store, ids)
    gone: dict[str, RowRef] = {}
    for each in asked.unknown:
        items = await store.attention.open_items(limit=2, refs=once_there(each))
        if len(items) == 1:
            gone[each] = items[0].ref
    return replace(
        asked,
        refs=tuple(dict.fromkeys((*asked.refs, *gone.values()))),
        unknown=tuple(each for each in asked.unknown if each not in gone),
    )


async def _each(
    store: Store,
    asked: AskedRows,
    do: Callable[[AttentionItem], Awaitable[bool]],
    *,
    why_not: Callable[[AttentionItem | None], str | None],
) -> tuple[AcknowledgedDocument, ...]:
    """Do it to the item of each row. `why_not`: why nothing is to be done to it."""
    if not asked.are_exact:
        return ()
    items = await store.attention.open_items(limit=len(asked.refs), refs=asked.refs)
    found = {item.ref: item for item in items}
    rows = []
    for ref in asked.refs:
        item = found.get(ref)
        if (reason := why_not(item)) is not None or item is None:
            rows.append(_row(ref, item, "nothing_to_do", reason or ""))
        elif await do(item):
            rows.append(_row(ref, item, "done", "done"))
        else:
            rows.append(_row(ref, item, "changed", _CHANGED))
    return tuple(rows)


def _why_not_acknowledged(item: AttentionItem | None) -> str | None:
    return "it does not need a person" if item is None else None


def _why_not_taken_back(item: AttentionItem | None) -> str | None:
    if item is None:
        return "it does not need a person"
    return None if item.is_acknowledged else "nobody has acknowledged it"


def _row(
    ref: RowRef,
    item: AttentionItem | None,
    came: Literal["done", "nothing_to_do", "changed"],
    words: str,
) -> AcknowledgedDocument:
    return AcknowledgedDocument(
        kind=ref.kind,
        id=ref.row_id,
        came=came,
        words=words,
        attention=attention_document(item) if item else None,
    )


def _code(asked: AskedRows, rows: Sequence[AcknowledgedDocument], *, nothing_to_do: ExitCode) -> ExitCode:
    if asked.unknown:
        return ExitCode.NO_SUCH_ROW
    if asked.ambiguous:
        return ExitCode.USAGE
    if any(row.came == "changed" for row in rows):
        return ExitCode.LEFT
    return nothing_to_do if any(row.came == "nothing_to_do" for row in rows) else ExitCode.OK


def _tell_not_exact(work: Work, asked: AskedRows) -> None:
    if not asked.are_exact:
        work.output.tell(*asked.complaints("Nothing was changed."))
