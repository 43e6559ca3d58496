"""The filter's words: what is wrong with a line as it is typed, and how it may go on."""

from difflib import get_close_matches

from textual.suggester import Suggester

from reconcile_tui.core.filter import WORDS, Key
from reconcile_tui.core.filter_grammar import FilterInvalid
from reconcile_tui.core.foreign_text import harmless

HOW = "words, or key:value such as connector:adyen status:processing age>2h amount>=100; - in front means not"
_MOST_KNOWN = 6


def problem_words(error: FilterInvalid) -> str:
    """Why a line is no filter, where, and what may stand there."""
    part = harmless(error.text[error.start : error.end], limit=40)
    where = f" at `{part}`" if part.strip() else ""
    if not error.known:
        return f"✗ {error.problem}{where}"
    close = get_close_matches(part.casefold(), error.known, n=3, cutoff=0.65)
    if close:
        return f"✗ {error.problem}{where}: {' or '.join(close)}?"
    more = ", …" if len(error.known) > _MOST_KNOWN else ""
    return f"✗ {error.problem}{where} (there is {', '.join(error.known[:_MOST_KNOWN])}{more})"


def completed(line: str) -> str | None:
    """The line with its last word completed; None where nothing fits, or nothing was begun."""
    head, blank, last = line.rpartition(" ")
    sign = "-" if last.startswith("-") else ""
    key, colon, values = last.removeprefix("-").partition(":")
    if not colon:
        fitting = [each for each in _keys() if key and each.startswith(key.lower()) and each != key.lower()]
        return f"{head}{blank}{sign}{fitting[0]}" if fitting else None
    before, comma, value = values.rpartition(",")
    words = WORDS.get(Key(key.lower()), {}) if key.lower() in list(Key) else {}
    fitting = [word for word in words if value and word.startswith(value.lower()) and word != value.lower()]
    return f"{head}{blank}{sign}{key}:{before}{comma}{fitting[0]}" if fitting else None


def _keys() -> list[str]:
    return [f"{key.value}{'>' if key in (Key.AGE, Key.AMOUNT) else ':'}" for key in Key]


class FilterSuggester(Suggester):
    """Completes keys and their words."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return completed(value)
