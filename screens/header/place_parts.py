"""The header's first line: where this is and as whom, as soon as it is known, and what time it is."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.screens.desk.place import Place, database_name, host_and_path
from reconcile_tui.screens.header.fitting import Part

LOUD: Final = "bold $error"
BADGE: Final = "bold reverse $error"
WARNING: Final = "bold $warning"
CALM: Final = "$text-muted"


def place_parts(place: Place | None) -> Iterator[Part]:
    """Where, and as whom; None: it is not known yet, and nothing is said of it."""
    if place is None:
        yield Part(("reconcile-tui",), 90, "bold")
        yield Part(("opening…",), 100, "bold")
        return
    yield _badge(place)
    if place.context:
        yield Part((harmless(place.context, limit=40), harmless(place.context, limit=16)), 95, "bold")
    yield _who(place)
    name = harmless(database_name(place.database), limit=40)
    whole = harmless(place.database, limit=80)
    yield Part((f"database {whole}", f"db {name}", f"db {name.rpartition('/')[2]}", ""), 30)
    yield _psp(place)
    yield _dispatch(place)


def clock_part(now: datetime) -> Part:
    """What time it is, here and in UTC.

    Args:
        now: UTC, this machine's clock.
    """
    local = now.astimezone()
    utc = f"{now:%H:%M:%S} UTC"
    if local.utcoffset() == now.utcoffset():
        return Part((utc,), 70, stands_apart=True)
    return Part((f"{local:%H:%M:%S %Z} · {utc}", f"{local:%H:%M} here · {utc}", utc), 60, stands_apart=True)


def _badge(place: Place) -> Part:
    if place.is_demo:
        return Part(
            (" DEMO: nothing here is real ", " DEMO "), 100, "bold reverse $accent", stands_apart=True
        )
    if place.production:
        return Part((" PRODUCTION ",), 100, BADGE, stands_apart=True)
    return Part((" not production ",), 100, "reverse", stands_apart=True)


def _who(place: Place) -> Part:
    name = harmless(place.actor.name, limit=40)
    if place.may_write:
        return Part((f"operator {name}", name), 80)
    return Part((f"VIEWER {name}, who may change nothing", f"VIEWER {name}", "VIEWER"), 85, "bold")


def _psp(place: Place) -> Part:
    host = harmless(host_and_path(place.psp)[0] or place.psp, limit=60)
    if place.psp_unencrypted:
        return Part((f"PSP {host} over http, UNENCRYPTED", f"PSP {host} http!", "PSP http!"), 88, WARNING)
    return Part((f"PSP {host}", ""), 40)


def _dispatch(place: Place) -> Part:
    if place.shop is None:
        return Part(("dispatch: database", "database dispatch", ""), 35)
    host = harmless(place.shop, limit=60)
    if place.shop_unencrypted:
        return Part((f"dispatch: http to {host}, UNENCRYPTED", f"to {host} http!", "shop http!"), 88, WARNING)
    return Part((f"dispatch: POST to {host}", f"to {host}", ""), 36)
