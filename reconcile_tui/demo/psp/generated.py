"""A generated backlog of any size, the same in every run: what the benchmark's shop and its PSP agree on."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from reconcile_tui.demo.psp.book import Book


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedPayment:
    """The n-th payment of a generated backlog. `amount` is in minor units."""

    payment_id: str
    amount: int
    currency: str
    connector: str


def generated_payment(n: int) -> GeneratedPayment:
    """The n-th one, n from 0: a shop that is to agree with the PSP builds its rows from it."""
    return GeneratedPayment(
        payment_id=f"pay_generated_{n:08d}",
        amount=500 + n * 37 % 20_000,
        currency=_CURRENCIES[n % len(_CURRENCIES)],
        connector=_CONNECTORS[n % len(_CONNECTORS)],
    )


def generate(book: Book, payments: int, *, status: str = "succeeded", known: str = "processing") -> None:
    """Write down the first `payments` of them; the default is a backlog of lost webhooks."""
    for n in range(payments):
        it = generated_payment(n)
        book.payment(
            it.payment_id,
            status=status,
            known=known,
            amount=it.amount,
            currency=it.currency,
            connector=it.connector,
            created=timedelta(hours=-2),
        )


_CURRENCIES: Final = ("EUR", "USD", "GBP", "JPY")
_CONNECTORS: Final = ("adyen", "stripe", "checkout")
