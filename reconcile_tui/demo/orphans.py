"""Orphans: refunds that the shop wrote down and never got the PSP's id for, in every way there is."""

from datetime import timedelta

from reconcile_tui.core.decisions import Adopt, Attention, Event, FailOrphan, Reason, Sync
from reconcile_tui.core.findings import RefundId
from reconcile_tui.demo.draft import DAY, HOUR, MINUTE, Draft
from reconcile_tui.demo.meanings import look
from reconcile_tui.demo.rows import OrderRow, RefundRow
from reconcile_tui.demo.stuck_refunds import BOUGHT, bought


def write_orphans(draft: Draft) -> None:
    """All of them. At most four are to be failed: a fifth more would be withheld by the cap."""
    _write_the_never_sent(draft)
    _write_the_adopted(draft)
    _write_the_ambiguous(draft)
    _write_the_unprovable(draft)
    _write_the_untouched(draft)


def _write_the_never_sent(draft: Draft) -> None:
    for ago in (35 * MINUTE, 9 * HOUR):
        draft.orphan(
            bought(draft, "completed"),
            "the shop crashed before it asked the PSP",
            ago=ago,
            decisions=(FailOrphan(listed=0),),
            ends="failed",
        )
    order = bought(draft, "completed", amount=12_000)
    draft.refund(order, "a part, paid back in time", ago=26 * HOUR, amount=4_000, local="succeeded")
    draft.orphan(
        order,
        "the shop crashed before it asked the PSP, after an earlier refund",
        ago=2 * HOUR,
        amount=4_000,
        decisions=(FailOrphan(listed=1),),
        ends="failed",
    )
    old = draft.order(BOUGHT, ago=14 * DAY, local="refund_pending")
    draft.orphan(
        old,
        "the shop crashed before it asked the PSP, nine days ago",
        ago=9 * DAY,
        decisions=(Attention(reason=Reason.TOO_OLD, withheld=FailOrphan(listed=0)),),
    )


def _write_the_adopted(draft: Draft) -> None:
    """The refund is there: the answer with its id was lost."""
    paid_back = Sync(event=Event.REFUND_SUCCEEDED)
    refused = Sync(event=Event.REFUND_FAILED)
    order, refund_id = bought(draft, "refunded"), RefundId(draft.psp_id("ref"))
    row = draft.orphan(
        order,
        "the PSP's refund names the row in its metadata",
        ago=50 * MINUTE,
        decisions=(Adopt(refund_id=refund_id, matched_by="metadata"), paid_back),
        ends="succeeded",
    )
    _at_psp(draft, refund_id, order, row, named=True)

    order, own_id = bought(draft, "refunded"), RefundId(draft.next_refund_id())
    row = draft.orphan(
        order,
        "the PSP's refund has the row's own id",
        ago=3 * HOUR,
        decisions=(Adopt(refund_id=own_id, matched_by="id"), paid_back),
        ends="succeeded",
    )
    _at_psp(draft, own_id, order, row)

    order, refund_id = bought(draft, "completed"), RefundId(draft.psp_id("ref"))
    row = draft.orphan(
        order,
        "one refund at the PSP fits by amount and time; the processor refused it",
        ago=45 * MINUTE,
        decisions=(Adopt(refund_id=refund_id, matched_by="amount"), refused),
        ends="failed",
    )
    _at_psp(draft, refund_id, order, row, status="failed", after=timedelta(seconds=40))

    order, refund_id = bought(draft, "refund_pending"), RefundId(draft.psp_id("ref"))
    row = draft.orphan(
        order,
        "one refund at the PSP fits, and is too young to be stuck",
        ago=12 * MINUTE,
        decisions=(Adopt(refund_id=refund_id, matched_by="amount"),),
    )
    _at_psp(draft, refund_id, order, row, status="pending", after=timedelta(seconds=2))


def _write_the_ambiguous(draft: Draft) -> None:
    order = bought(draft, "refund_pending", amount=9_800)
    first, _ = [
        draft.orphan(
            order,
            "one of two rows that one refund at the PSP fits",
            ago=ago,
            amount=4_900,
            decisions=look(Reason.ORPHAN_AMBIGUOUS),
        )
        for ago in (80 * MINUTE, 79 * MINUTE)
    ]
    _at_psp(draft, draft.psp_id("ref"), order, first, after=timedelta(seconds=70))

    order = bought(draft, "refund_pending", amount=8_600)
    row = draft.orphan(
        order,
        "two refunds at the PSP fit",
        ago=5 * HOUR,
        amount=2_150,
        decisions=look(Reason.ORPHAN_AMBIGUOUS),
    )
    for seconds in (3, 50):
        _at_psp(draft, draft.psp_id("ref"), order, row, after=timedelta(seconds=seconds))


def _write_the_unprovable(draft: Draft) -> None:
    order = bought(draft, "refund_pending")
    row = draft.orphan(
        order,
        "the PSP's refund was made three minutes before its row",
        ago=95 * MINUTE,
        decisions=look(Reason.ORPHAN_UNCLAIMED_REFUND),
    )
    _at_psp(draft, draft.psp_id("ref"), order, row, after=-3 * MINUTE)

    order = bought(draft, "refund_pending", amount=6_600)
    taken = draft.refund(
        order,
        "holds the id of another row's refund",
        ago=30 * HOUR,
        amount=3_300,
        local="succeeded",
        in_book=False,
    )
    row = draft.orphan(
        order,
        "the PSP's refund names the row, and another row claims it",
        ago=6 * HOUR,
        amount=3_300,
        decisions=look(Reason.ORPHAN_CLAIMED_BY_OTHER),
    )
    if taken.refund_id is not None:
        _at_psp(draft, taken.refund_id, order, row, named=True)

    order = bought(draft, "refund_pending", amount=7_700)
    row = draft.orphan(
        order,
        "the PSP's refund names the row, with another amount",
        ago=7 * HOUR,
        amount=1_700,
        decisions=look(Reason.AMOUNT_MISMATCH),
    )
    draft.at_psp(draft.psp_id("ref"), order.payment_id or "", row, {"amount": 7_100, "metadata": _names(row)})

    no_payment = draft.order(
        "refunded without a payment", ago=22 * HOUR, local="refund_pending", has_payment=False
    )
    draft.orphan(
        no_payment,
        "its order has no payment id",
        ago=4 * HOUR,
        decisions=look(Reason.ORPHAN_NO_PAYMENT),
    )
    differs = draft.order(
        "paid with another amount",
        ago=40 * HOUR,
        local="refund_pending",
        amount=5_500,
        psp={"amount": 5_000},
    )
    draft.orphan(
        differs,
        "its payment has another amount",
        ago=8 * HOUR,
        decisions=look(Reason.ORPHAN_PAYMENT_DIFFERS),
    )
    unknown = draft.order("unknown at the PSP", ago=44 * HOUR, local="refund_pending", in_book=False)
    draft.orphan(
        unknown, "its payment is unknown at the PSP", ago=10 * HOUR, decisions=look(Reason.NOT_FOUND)
    )


def _write_the_untouched(draft: Draft) -> None:
    for seconds in (20, 75):
        draft.orphan(
            bought(draft, "refund_pending"), "younger than its limit", ago=timedelta(seconds=seconds)
        )


def _at_psp(
    draft: Draft,
    refund_id: str,
    order: OrderRow,
    row: RefundRow,
    *,
    status: str = "succeeded",
    named: bool = False,
    after: timedelta = timedelta(seconds=1),
) -> None:
    draft.at_psp(
        refund_id,
        order.payment_id or "",
        row,
        {"status": status, "created": row.created_at + after, "metadata": _names(row) if named else {}},
    )


def _names(row: RefundRow) -> dict[str, object]:
    return {"shop_refund_id": row.row_id}
