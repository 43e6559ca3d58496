"""Money: an integer of minor units and an ISO 4217 code, never a float, never added across currencies."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (cents, yen, fils) of one currency.

    Raises:
        ValueError: the code is not three capital letters.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if len(self.currency) != 3 or not (self.currency.isascii() and self.currency.isalpha()):
            raise ValueError(f"{self.currency!r} is not an ISO 4217 code")
        if not self.currency.isupper():
            raise ValueError(f"{self.currency!r} is not an ISO 4217 code in capitals")

    def __str__(self) -> str:
        """As people read it: `4,210.00 EUR`. Decisions never use this, they compare minor units."""
        digits = exponent(self.currency)
        sign = "-" if self.minor < 0 else ""
        whole, part = divmod(abs(self.minor), 10**digits)
        return f"{sign}{whole:,}" + (f".{part:0{digits}d}" if digits else "") + f" {self.currency}"


def exponent(currency: str) -> int:
    """Decimal places of a currency by ISO 4217; 2 where the standard knows none.

    Hyperswitch differs from ISO for a few currencies (MGA), so this is for showing alone.
    """
    from iso4217 import Currency  # noqa: PLC0415 it reads the whole standard: nobody waits for it before a first amount

    try:
        return Currency(currency).exponent or 0
    except ValueError:
        return 2


def per_currency(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """The sum of each currency by itself, ordered by code."""
    sums: dict[str, int] = {}
    for money in amounts:
        sums[money.currency] = sums.get(money.currency, 0) + money.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()))
