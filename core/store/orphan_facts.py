"""What the shop's tables say of a payment's refunds: which are claimed, and who else wants one."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from reconcile_tui.core.findings import LocalOrder, LocalRefund, RefundId
from reconcile_tui.core.orphans import everything_listed
from reconcile_tui.core.psp_states import OrphanEvidence, PaymentSeen
from reconcile_tui.core.statuses import RefundStatus
from reconcile_tui.core.store.database import Database
from reconcile_tui.core.store.rows import ShopRows
from reconcile_tui.core.store.shop import Shop
from reconcile_tui.core.store.shop_times import WholeMinor


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalClaims:
    """Attributes:
    claimed: PSP refund ids that another row than the orphan holds.
    rivals: other orphans of the same payment, pending, with the same amount.
    named: PSP refund ids that are another refund row's own id.
    """

    claimed: frozenset[RefundId]
    rivals: int
    named: frozenset[RefundId]


class OrphanFacts:
    """Local facts about the refunds that the PSP lists: of an order's payment, and of an orphan's."""

    def __init__(self, database: Database, shop: Shop) -> None:
        self._database = database
        self._shop = shop
        self._rows = ShopRows(shop)

    async def with_claims(self, order: LocalOrder, payment: PaymentSeen) -> PaymentSeen:
        """The order's payment, with which of its refunds the order's own refund rows claim."""
        if not payment.live_refunds:
            return payment
        return await self._database.read(
            lambda connection: self._rows.with_claims(connection, order, payment)
        )

    async def claims(self, orphan: LocalRefund, listed: Collection[RefundId]) -> LocalClaims:
        """Who else holds the refunds `listed` for an orphan's payment, and who else has none."""
        return await self._database.read(lambda connection: self.claims_in(connection, orphan, listed))

    async def as_it_is(
        self, connection: AsyncConnection, orphan: LocalRefund, seen: OrphanEvidence
    ) -> OrphanEvidence:
        """The evidence with what the shop's tables say now, as part of the caller's transaction."""
        listed = [refund.refund_id for refund in everything_listed(seen)]
        local = await self.claims_in(connection, orphan, listed)
        return replace(seen, claimed=local.claimed, rivals=local.rivals, named=local.named)

    async def claims_in(
        self, connection: AsyncConnection, orphan: LocalRefund, listed: Collection[RefundId]
    ) -> LocalClaims:
        """See `claims`; as part of the caller's transaction."""
        orders, refunds = self._shop.orders.c, self._shop.refunds.c
        rivals = (
            select(func.count())
            .select_from(
                self._shop.refunds.table.join(self._shop.orders.table, orders.id == refunds.order_id)
            )
            .where(
                orders.payment_id == (orphan.payment_id or ""),
                self._shop.refunds.has_status(RefundStatus.PENDING),
                func.coalesce(refunds.refund_id, "") == "",
                WholeMinor(refunds.amount) == (orphan.money.minor if orphan.money else None),
            )
        )

        holders = await self._rows.claims(connection, listed) if listed else defaultdict(list)
        others = {i for i, rows in holders.items() if any(row != orphan.row_id for row in rows)}
        alike = (await connection.execute(rivals)).scalar_one()
        named = await self._rows.existing_refunds(connection, listed) - {orphan.row_id}
        return LocalClaims(
            claimed=frozenset(others),
            rivals=max(alike - 1, 0),
            named=frozenset(RefundId(row_id) for row_id in named),
        )
