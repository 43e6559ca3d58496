"""Who asks: what each kind of api-key may see. The key of another merchant is no error: it sees nothing."""

from enum import StrEnum
from typing import Final

API_KEY: Final = "snd_simulated_own_0123456789"
OTHER_MERCHANT_KEY: Final = "snd_simulated_other_merchant"
OTHER_PROFILE_KEY: Final = "snd_simulated_other_profile"
PUBLISHABLE_KEY: Final = "pk_snd_simulated_for_browsers"


class Standing(StrEnum):
    """What a key may see."""

    OWN = "own"
    OTHER_MERCHANT = "other merchant"
    """Everything is 404, and lists are 200 and empty."""
    OTHER_PROFILE = "other profile"
    """Single objects can be read; lists are 200 and empty."""
    UNAUTHORISED = "unauthorised"
    """401: no key, one that does not exist, or a publishable one."""


def standing(key: str | None, *, own: str) -> Standing:
    """What `key` may see of a merchant whose key is `own`."""
    if key == own:
        return Standing.OWN
    return _OTHERS.get(key or "", Standing.UNAUTHORISED)


_OTHERS: Final = {
    OTHER_MERCHANT_KEY: Standing.OTHER_MERCHANT,
    OTHER_PROFILE_KEY: Standing.OTHER_PROFILE,
}
