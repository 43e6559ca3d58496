"""The draft: an incident while it is written. It makes up what a row needs and nobody cares about.

Ids, customers, amounts and connectors come of a seeded draw; a row of the shop and the PSP's side of it
agree unless something else is said.
"""

from datetime import datetime, timedelta
from random import Random
from string import ascii_letters, digits
from typing import Final

from reconcile_tui.core.decisions import Decision
from reconcile_tui.demo.rows import (
    Meant,
    OrderRow,
    PaymentAtPsp,
    PaymentFacts,
    RefundAtPsp,
    RefundFacts,
    RefundRow,
)

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


class Draft:
    """Collects rows, and what was meant with them.

    Args:
        now: the moment of the incident (UTC); everything happened so long before it.
    """

    def __init__(self, rng: Random, now: datetime) -> None:
        self.rng = rng
        self.now = now
        self.orders: list[OrderRow] = []
        self.refunds: list[RefundRow] = []
        self.payments: list[PaymentAtPsp] = []
        self.psp_refunds: list[RefundAtPsp] = []
        self.meant: list[Meant] = []
        self.connector_errors: list[str] = []

    def order(
        self,
        way: str,
        *,
        ago: timedelta,
        local: str = "pending",
        decisions: tuple[Decision, ...] = (),
        ends: str | None = None,
        connector: str | None = None,
        currency: str | None = None,
        amount: int | None = None,
        has_amount: bool = True,
        has_payment: bool = True,
        in_book: bool = True,
        payment_id: str | None = None,
        by_webhook: bool = False,
        psp: PaymentFacts | None = None,
    ) -> OrderRow:
        """A checkout that long ago, and its payment in the PSP's book.

        Args:
            local: the shop's word for its status; `ends`: the word in the end, the same by default.
            in_book: False: the PSP has no such payment.
            psp: what the PSP says where it is not what the row says.
        """
        connector = connector or self.rng.choice(tuple(_CURRENCIES))
        currency = currency or self.rng.choice(_CURRENCIES[connector])
        amount = amount or self._amount(currency)
        number = 20_417 + len(self.orders)
        created = self.now - ago
        row = OrderRow(
            row_id=f"SO-{number}",
            status=local,
            payment_id=(payment_id or self.psp_id("pay")) if has_payment else None,
            amount=amount if has_amount else None,
            currency=currency,
            customer_email=self._email(number),
            created_at=created,
            updated_at=created if local == "pending" else created + self.rng.randint(20, 400) * MINUTE / 60,
        )
        self.orders.append(row)
        self._means(row, way, decisions, ends, by_webhook=by_webhook)
        if row.payment_id is not None and in_book:
            facts: PaymentFacts = {
                "status": "succeeded",
                "amount": amount,
                "currency": currency,
                "connector": connector,
                "created": created + self.rng.randint(2, 20) * MINUTE / 60,
                "order_reference": row.row_id,
                "customer_id": f"cus_{self.rng.randint(10_000, 99_999)}",
            }
            facts.update(psp or {})
            self.payments.append(PaymentAtPsp(payment_id=row.payment_id, facts=facts))
        return row

    def refund(
        self,
        order: OrderRow,
        way: str,
        *,
        ago: timedelta,
        local: str = "pending",
        decisions: tuple[Decision, ...] = (),
        ends: str | None = None,
        amount: int | None = None,
        psp_id: str | None = None,
        in_book: bool = True,
        of_payment: str | None = None,
        error_message: str | None = None,
        by_webhook: bool = False,
        psp: RefundFacts | None = None,
    ) -> RefundRow:
        """A refund of `order` that long ago, whose PSP id the shop holds.

        Args:
            amount: minor units; the whole order by default.
            of_payment: the payment that it refunds at the PSP, where it is not the order's.
        """
        refund_id = psp_id or self.psp_id("ref")
        row = self._refund_row(order, ago, local, amount, refund_id=refund_id, error=error_message)
        self._means(row, way, decisions, ends, by_webhook=by_webhook)
        payment_id = of_payment or order.payment_id
        if in_book and payment_id is not None:
            self.at_psp(refund_id, payment_id, row, psp)
        return row

    def orphan(
        self,
        order: OrderRow,
        way: str,
        *,
        ago: timedelta,
        decisions: tuple[Decision, ...] = (),
        local: str = "pending",
        ends: str | None = None,
        amount: int | None = None,
        error_message: str | None = None,
    ) -> RefundRow:
        """A refund row that never got the PSP's id; `at_psp` writes down what the PSP has of it."""
        row = self._refund_row(order, ago, local, amount, refund_id=None, error=error_message)
        self._means(row, way, decisions, ends)
        return row

    def at_psp(self, refund_id: str, payment_id: str, row: RefundRow, psp: RefundFacts | None = None) -> None:
        """A refund in the PSP's book, of the row's amount, a second after the row unless said otherwise."""
        facts: RefundFacts = {
            "status": "succeeded",
            "amount": row.amount,
            "created": row.created_at + timedelta(seconds=1),
        }
        facts.update(psp or {})
        self.psp_refunds.append(
            RefundAtPsp(refund_id=refund_id, payment_id=payment_id, facts=facts, of=row.ref)
        )

    def psp_id(self, prefix: str) -> str:
        """An id as Hyperswitch makes them."""
        return f"{prefix}_{''.join(self.rng.choices(ascii_letters + digits, k=20))}"

    def next_refund_id(self) -> str:
        """The row id that the next refund will get."""
        return f"RF-{5_108 + len(self.refunds)}"

    def _refund_row(
        self,
        order: OrderRow,
        ago: timedelta,
        local: str,
        amount: int | None,
        *,
        refund_id: str | None,
        error: str | None,
    ) -> RefundRow:
        created = self.now - ago
        row = RefundRow(
            row_id=self.next_refund_id(),
            order_id=order.row_id,
            status=local,
            refund_id=refund_id,
            amount=amount or order.amount or 1,
            reason=self.rng.choice(_REASONS),
            error_message=error,
            created_at=created,
            updated_at=created if local == "pending" else created + self.rng.randint(60, 900) * MINUTE / 60,
        )
        self.refunds.append(row)
        return row

    def _means(
        self,
        row: OrderRow | RefundRow,
        way: str,
        decisions: tuple[Decision, ...],
        ends: str | None,
        *,
        by_webhook: bool = False,
    ) -> None:
        meant = Meant(
            ref=row.ref, way=way, decisions=decisions, ends=ends or row.status, by_webhook=by_webhook
        )
        self.meant.append(meant)

    def _amount(self, currency: str) -> int:
        smallest, largest, step = _PRICES[currency]
        return self.rng.randrange(smallest, largest, step)

    def _email(self, number: int) -> str:
        return f"{self.rng.choice(_FIRST_NAMES)}.{self.rng.choice(_LAST_NAMES)}.{number}@buyers.example"


_CURRENCIES: Final = {
    "adyen": ("EUR", "EUR", "GBP", "JPY"),
    "stripe": ("USD", "USD", "EUR"),
    "checkout": ("USD", "KWD", "GBP"),
    "klarna": ("EUR", "SEK"),
    "worldpay": ("GBP", "USD"),
    "mollie": ("EUR",),
}
"""Connectors, each with the currencies it is used for."""

_PRICES: Final = {
    "EUR": (990, 48_000, 5),
    "USD": (999, 52_000, 5),
    "GBP": (850, 41_000, 5),
    "SEK": (9_900, 480_000, 100),
    "JPY": (800, 64_000, 10),
    "KWD": (2_500, 140_000, 250),
}
"""Smallest, largest and step, in minor units: KWD has three decimal places, JPY none."""

_REASONS: Final = ("sent back", "not delivered", "ordered twice", "goodwill", "wrong size")
_FIRST_NAMES: Final = ("ada", "bruno", "chiara", "dmitri", "esra", "femi", "grete", "hiro", "ines", "jonas")
_LAST_NAMES: Final = ("abendroth", "brightwell", "castellan", "dunmore", "eklund", "farouk", "gallo", "hale")
