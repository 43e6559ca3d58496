"""The PSP's own page about a payment: its address from the template that is set, and opening it."""

import asyncio
import os
import sys
import webbrowser
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from reconcile_tui.core.findings import LocalRefund, LocalRow
from reconcile_tui.screens.copying import is_remote

SETTING: Final = "RECONCILE_PSP_PAGE"

NOT_SET: Final = (
    f"Nobody has set the address of the PSP's own pages. Set {SETTING}, "
    "for example to https://app.hyperswitch.io/dashboard/payments/{payment_id}."
)


class NoPage(Exception):
    """There is no page to open. Its text says why, and what to do."""


def page_address(template: str | None, row: LocalRow) -> str:
    """The address of the page about this row; ids in it are quoted.

    Args:
        template: with `{payment_id}`, and `{refund_id}` where there is a page for refunds.

    Raises:
        NoPage: none is set, it is no web address, or the row has no id to put in.
    """
    if template is None:
        raise NoPage(NOT_SET)
    if urlsplit(template).scheme not in ("https", "http"):
        raise NoPage(f"{SETTING} is no web address: it begins with neither https:// nor http://.")
    refund_id = row.refund_id if isinstance(row, LocalRefund) else None
    address = template
    for name, value in (("{payment_id}", row.payment_id), ("{refund_id}", refund_id)):
        if name not in template:
            continue
        if not value:
            what = name.strip("{}").replace("_", " ")
            raise NoPage(f"This row has no {what}, so the PSP has no page about it.")
        address = address.replace(name, quote(value, safe="", errors="replace"))
    return address


def may_open(environment: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a browser opened here is seen by whoever asked: a display, and nobody in between."""
    if is_remote(environment):
        return False
    return platform in ("darwin", "win32") or any(
        environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )


async def opened(address: str) -> bool:
    """Open the page in the browser, where there is one that does not take this terminal; whether it was."""
    if not may_open(os.environ):
        return False
    return await asyncio.to_thread(_open, address)


def _open(address: str) -> bool:
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    # The generic ones without a background are lynx, w3m and their like: they draw over this program.
    return type(browser) is not webbrowser.GenericBrowser and browser.open(address)
