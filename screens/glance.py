"""A glance: no key is meant for what appeared before anybody can have looked at it."""

from typing import Final

from reconcile_tui.core.clock import Clock

GLANCE_SECONDS: Final = 0.75
"""How long something stands before a key can be meant for it: longer than eye, hand and a slow line take,
and than a key that is held takes until it repeats itself."""


class Glance:
    """How long something has stood where it is seen."""

    __slots__ = ("_clock", "_since")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.monotonic()

    def begins(self) -> None:
        """It appeared."""
        self._since = self._clock.monotonic()

    def was_had(self) -> bool:
        """Whether a key that is pressed now can be meant for it. One that cannot lets the time begin anew: a
        finger that does not rest means nothing.
        """
        now = self._clock.monotonic()
        if now - self._since >= GLANCE_SECONDS:
            return True
        self._since = now
        return False
