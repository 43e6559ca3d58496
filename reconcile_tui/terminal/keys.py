"""Keys: what terminals send for a key, read so that a character is that character however it arrives.

Terminals that speak the keyboard protocol of kitty, tmux and xterm with `modifyOtherKeys` may send a space as
`CSI 32 u`. Textual 8.2.8 makes a key without a character of it, which no field takes, and fails over
sequences that it does not expect (`CSI 97:65 u`), so that the dashboard ends.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Self

from textual import events
from textual._xterm_parser import XTermParser
from textual.keys import Keys

_EXTENDED: Final = re.compile(r"\x1b\[([\d:;]*)([u~ABCDEFHPQRS])")
_SHIFT, _CAPS_LOCK, _NUM_LOCK = 1, 64, 128
_RELEASED: Final = 3
_KEYPAD: Final = dict(zip(range(57399, 57417), "0123456789./*-+\r=,", strict=True))
"""Keys of the keypad by their numbers; the one without a character of its own is Enter."""
_PRIVATE: Final = range(0xE000, 0xF900)
"""Numbers that stand for keys without a character."""
_LARGEST: Final = 0x10FFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pressed:
    """A sequence in its parts: key, its shifted form, modifiers less one, event type, text."""

    key: int
    shifted: int | None
    modifiers: int
    event_type: int
    text: tuple[int, ...]
    end: str

    @classmethod
    def of(cls, fields: str, end: str) -> Self:
        """The parts of `97:65;2:1;65`.

        Raises:
            ValueError: a number is larger than any character's.
        """
        key, modifiers, text, *_ = [*fields.split(";"), "", "", ""]
        code, shifted, *_ = [*key.split(":"), ""]
        modifier, event_type, *_ = [*modifiers.split(":"), ""]
        numbers = tuple(int(each) for each in text.split(":") if each)
        found = cls(
            key=int(code or "1"),
            shifted=int(shifted) if shifted else None,
            modifiers=max(int(modifier or "1") - 1, 0),
            event_type=int(event_type or "1"),
            text=numbers,
            end=end,
        )
        if max(found.key, found.shifted or 0, *numbers, 0) > _LARGEST or found.modifiers >= 1 << 16:
            raise ValueError(f"no such key: {fields}")
        return found.as_other_key()

    def as_other_key(self) -> Self:
        """`CSI 27 ; modifiers ; key ~`, as xterm says it, in the same parts as all others."""
        if self.end != "~" or self.key != 27 or len(self.text) != 1:
            return self
        return replace(self, key=self.text[0], text=(), end="u")

    @property
    def characters(self) -> str | None:
        """What the key types; None where it types nothing."""
        if self.modifiers & ~(_SHIFT | _CAPS_LOCK | _NUM_LOCK):
            return None
        if self.text:
            return _printable("".join(map(chr, self.text)))
        if self.end != "u" or self.key == 13 or (self.key in _PRIVATE and self.key not in _KEYPAD):
            return None
        typed = _KEYPAD.get(self.key) or chr(self.key)
        is_shifted = bool(self.modifiers & _SHIFT)
        if is_shifted and self.shifted is not None:
            typed = chr(self.shifted)
        elif is_shifted is not bool(self.modifiers & _CAPS_LOCK) and len(typed.upper()) == 1:
            typed = typed.upper()
        return _printable(typed)

    @property
    def plainly(self) -> str:
        """The sequence as Textual understands it."""
        text = f";{':'.join(map(str, self.text))}" if self.text else ""
        modifiers = self.modifiers & ~(_CAPS_LOCK | _NUM_LOCK)
        marked = f";{modifiers + 1}" if modifiers or self.text else ""
        return f"\x1b[{self.key}{marked}{text}{self.end}"


class KeyParser(XTermParser):
    """Textual's own parser, but for keys that arrive as `CSI … u` and their like."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterator[events.Key]:
        if (match := _EXTENDED.fullmatch(sequence)) is None:
            yield from super()._sequence_to_key_events(sequence, alt)
            return
        try:
            pressed = _Pressed.of(match[1], match[2])
        except ValueError:
            yield events.Key(Keys.Ignore, sequence)
            return
        if pressed.event_type == _RELEASED:
            yield events.Key(Keys.Ignore, sequence)
            return
        if (typed := pressed.characters) is None:
            yield from super()._sequence_to_key_events(pressed.plainly, alt)
            return
        for character in typed:
            yield from super()._sequence_to_key_events(character, alt)


def _printable(text: str) -> str | None:
    return text if text.isprintable() and text else None
