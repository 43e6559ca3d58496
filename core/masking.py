"""Masking: card numbers, bank accounts and people's addresses inside foreign texts, before any text is kept.

An error message of a processor may quote what the customer typed. What the tool keeps (checks, journal,
attention, webhook log, plan files, exports) and shows is masked where such a text comes in: a card number may
be stored nowhere in the clear, and nobody needs it to understand an error. Ids and amounts stay readable: a
number is masked only where its length, first digit and check digit make it a card's, and never where it is
joined to a word as ids are (`pay_4242424242424242`).
"""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Final

MASK: Final = "***"

READ_AT_MOST: Final = 50_000
"""Characters of a text that are looked at; what comes after them is left out."""

_GAP: Final = r"[\s.\-_\u00ad\u200b-\u200f\u2060\ufeff]"
_CARD_LENGTHS: Final = range(13, 20)
_UUID: Final = r"(?<![^\W_])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![^\W_])"
_DIGITS: Final = re.compile(rf"(?P<uuid>{_UUID})|(?<!\d)\d(?:{_GAP}?\d){{12,}}(?!\d)")
_EVEN_GROUPS: Final = (1, 2, 4, 8)
_UNEVEN_GROUPS: Final = ((4, 6, 5), (4, 6, 4))
"""As American Express and Diners Club print them."""
_BETWEEN: Final = re.compile(f"{_GAP}+")
_JOINED: Final = re.compile(r"([^\W_]+)[_-]\Z")
_NAMES_OF_CARDS: Final = frozenset(
    ("card", "pan", "number", "no", "nr", "cc", "account", "visa", "mastercard", "maestro", "amex", "jcb")
)
"""Words that a number may be joined to and is a card's number all the same."""

_EMAIL: Final = re.compile(r"(?<![^\s@<>\"'])[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+")
_IBAN: Final = re.compile(r"(?<![^\W_])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![^\W_])")
_SHORTEST_IBAN: Final = 15
_TWO_DIGITS: Final = re.compile(r"\d\D*\d")
"""Every number that is masked has them: most texts do not, and are not looked at any further."""
_PHONE: Final = re.compile(r"(?<![\w+])\+[1-9](?:[ ()./-]{0,2}\d){7,14}(?!\w)")
_NAMED_PHONE: Final = re.compile(
    r"(?i)(\b(?:phone|telephone|tel|mobile|msisdn)(?: (?:no|number))?\W{1,3})"
    r"(\d(?:[ ()./-]{0,2}\d){5,14})(?!\w)"
)


def masked(text: str, *, spare: Collection[str] = ()) -> str:
    """A text without the e-mail addresses, card numbers, IBANs and phone numbers in it.

    Args:
        spare: ids that the text may name: they stay, whatever they look like.
    """
    text = text[:READ_AT_MOST]
    if "@" in text:
        text = _EMAIL.sub(lambda found: found[0] if found[0] in spare else MASK, text)
    return without_numbers(text, spare=spare)


def without_numbers(text: str, *, spare: Collection[str] = (), mask: str = MASK) -> str:
    """A text without the card numbers, IBANs and phone numbers in it. `spare`: see `masked`."""

    if _TWO_DIGITS.search(text) is None:
        return text

    def unless_spared(is_it: Callable[[re.Match[str]], bool]) -> Callable[[re.Match[str]], str]:
        return lambda found: mask if found[0] not in spare and is_it(found) else found[0]

    text = _IBAN.sub(lambda found: _without_iban(found[0], mask), text)
    text = _DIGITS.sub(unless_spared(_is_card_in_text), text)
    text = _PHONE.sub(unless_spared(lambda _: True), text)
    return _NAMED_PHONE.sub(lambda found: found[0] if found[2] in spare else found[1] + mask, text)


def _is_card_in_text(found: re.Match[str]) -> bool:
    if found["uuid"] is not None:
        return False
    before = _JOINED.search(found.string[max(found.start() - 40, 0) : found.start()])
    if before is not None and before[1].lower() not in _NAMES_OF_CARDS:
        return False
    return _has_card(found[0])


def _has_card(run: str) -> bool:
    """Whether neighbouring groups of digits in `run` together make a card number (ISO/IEC 7812)."""
    groups = _BETWEEN.split(run)
    return any(
        _are_spelled_so(groups[start : start + count]) and _is_card("".join(groups[start : start + count]))
        for start in range(len(groups))
        for count in range(1, _CARD_LENGTHS[-1] + 1)
    )


def _are_spelled_so(groups: Sequence[str]) -> bool:
    """Whether people part a card's digits like that; a date and a time, or a list of amounts, is no card."""
    sizes = tuple(map(len, groups))
    first, last = sizes[0], sizes[-1]
    even = first in _EVEN_GROUPS and last <= first and all(size == first for size in sizes[:-1])
    return len(sizes) == 1 or even or sizes in _UNEVEN_GROUPS


def _is_card(number: str) -> bool:
    """By length, first digit (payment brands begin with 2 to 6) and the Luhn check digit."""
    if len(number) not in _CARD_LENGTHS or int(number[0]) not in range(2, 7):
        return False
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    return (sum(map(int, number[-1::-2])) + sum(doubled)) % 10 == 0


def _without_iban(run: str, mask: str) -> str:
    """The run without the account number that it begins with; unchanged where it begins with none."""
    ends = [at for at in range(len(run), 0, -1) if at == len(run) or run[at] in " -"]
    for end in ends:
        number = re.sub("[ -]", "", run[:end]).upper()
        if len(number) < _SHORTEST_IBAN:
            return run
        if _is_iban(number):
            return mask + run[end:]
    return run


def _is_iban(number: str) -> bool:
    """By its check digits (ISO 13616, modulo 97)."""
    if not number.isascii():
        return False
    return int("".join(str(int(each, 36)) for each in number[4:] + number[:4])) % 97 == 1
