"""What a person tells others: the row's story, the first line, the PSP's page; as text to paste."""

from reconcile_tui.core.findings import LocalRefund
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.headline import Headline
from reconcile_tui.core.headline_wording import headline_text
from reconcile_tui.screens.copying import copy, show
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.place import Place
from reconcile_tui.screens.triage.row_panel.known import Known
from reconcile_tui.screens.triage.row_panel.page import not_yet

_NO_ROW = "No row is under the cursor: nothing was copied."


def story(known: Known, place: Place | None) -> str:
    """Why a row is stuck and what proves it, with its ids and where that is, fit to paste to a colleague."""
    row = known.finding.row
    ids: list[tuple[str, str | None]] = [(row.ref.kind.value, row.row_id)]
    if isinstance(row, LocalRefund):
        ids += [("refund id", row.refund_id), ("order", row.order.row_id if row.order else None)]
    ids.append(("payment id", row.payment_id))
    named = " · ".join(f"{name} {harmless(value, limit=80)}" for name, value in ids if value)
    at = f"{where(place)}, {known.now:%Y-%m-%d %H:%M:%S} UTC"
    return "\n".join((known.sentence or not_yet(known), named, at))


def where(place: Place | None) -> str:
    """The context by name; production is always said."""
    if place is None:
        return "no context"
    name = harmless(place.name, limit=60)
    return f"{name} (production)" if place.production and name != "production" else name


async def copy_story(app: Dashboard, known: Known | None) -> None:
    """Copy the story of the row under the cursor."""
    if known is None:
        app.notify(_NO_ROW, markup=False)
        return
    await copy(app, story(known, app.desk.place if app.desk is not None else None))


async def copy_headline(app: Dashboard, headline: Headline | None) -> None:
    """Copy the first line for the channel, with the figures, the context and the time."""
    if headline is None:
        app.notify("Nothing is known yet: nothing was copied.", markup=False)
        return
    place = app.desk.place if app.desk is not None else None
    await copy(app, headline_text(headline, where=where(place), now=app.clock.now()))


async def open_psp_page(app: Dashboard, known: Known | None) -> None:
    """Copy the address of the PSP's page about the row and show it; open it where a browser can be seen."""
    # Not needed for the first paint.
    from reconcile_tui.screens.psp_page import NoPage, opened, page_address  # noqa: PLC0415

    if known is None or app.desk is None:
        app.notify("No row is under the cursor: there is no page to open.", markup=False)
        return
    try:
        address = page_address(app.desk.place.psp_page, known.finding.row)
    except NoPage as why:
        app.notify(str(why), severity="warning", markup=False)
        return
    app.copy_to_clipboard(address)
    seen = await opened(address)
    done = "Opened in the browser, and copied." if seen else "Copied. Open it where you have a browser."
    show(app, address, note=done)
