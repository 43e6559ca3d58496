"""Ids as people give them: the shop's own or the PSP's; `order:ID` or `refund:ID` where rows share one."""

from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.statuses import Kind
from reconcile_tui.core.store.store import Store


async def rows_with_id(store: Store, asked: str) -> list[RowRef]:
    """Every row that `asked` may mean; exactly one where it names the kind and the shop's own id."""
    found = await store.findings.look_up(asked)
    kind, _, row_id = asked.partition(":")
    if found or kind not in list(Kind) or not row_id:
        return list(dict.fromkeys(found))
    of_kind = [ref for ref in await store.findings.look_up(row_id) if ref.kind == kind]
    exact = [ref for ref in of_kind if ref.row_id == row_id]
    return list(dict.fromkeys(exact or of_kind))


def exactly(ref: RowRef) -> str:
    """The form that means this row alone."""
    return f"{ref.kind}:{ref.row_id}"
