"""The pages of the records, word for word: how it is, what happened, and the report of a night."""

import io
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

from rich.console import RenderableType

from reconcile_tui.cli.brake_documents import RunsDocument
from reconcile_tui.cli.document_parts import Document, PlaceDocument
from reconcile_tui.cli.exporting import export_document
from reconcile_tui.cli.journal import JournalAsked, journal_document
from reconcile_tui.cli.journal_page import journal_page
from reconcile_tui.cli.output import AnyDocument, Output, console
from reconcile_tui.cli.recorded import run_document
from reconcile_tui.cli.runs_page import runs_page
from reconcile_tui.cli.status import status_document
from reconcile_tui.cli.status_page import status_page
from reconcile_tui.core.health import Limits, RunState, health
from reconcile_tui.core.incident import Incident, Span, incident
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.incident_report import Letterhead, incident_markdown
from tests.integration.nights import a_daemon_lives, a_night
from tests.world import World

GOLDEN = Path(__file__).parent / "golden"
WIDTHS = (80, 120)
MEND = ".venv/bin/python -m tests.docs.record_pages"
PLACE = PlaceDocument(
    context="prod",
    production=True,
    database="postgresql+psycopg://reconcile:***@db.internal/shop",
    psp="https://api.hyperswitch.io",
    psp_unencrypted=False,
)
LETTERHEAD = Letterhead(title="Adyen's webhooks", where="prod", written_by="reconcile-tui 0.1.0")
LIMITS = Limits(silent_after=timedelta(minutes=1), backlog=50)


async def pages(world: World) -> dict[str, str]:
    """Every golden page by the name of its file, of a world after the night."""
    await a_daemon_lives(world)
    made = {"incident.md": incident_markdown(await an_account(world), LETTERHEAD)}
    how_it_is = status_document(PLACE, await health(world.store, world.policy, LIMITS))
    on_record = await journal_document(world.store, JournalAsked(limit=12), place=PLACE)
    ticks = RunsDocument(
        place=PLACE,
        at=world.clock.now(),
        runs=tuple(run_document(run, state=RunState.ENDED) for run in await world.store.runs.latest()),
        exit_code=0,
    )
    for width in WIDTHS:
        made[f"status_{width}.txt"] = printed(how_it_is, status_page, width=width)
        made[f"journal_{width}.txt"] = printed(on_record, journal_page, width=width)
        made[f"runs_{width}.txt"] = printed(ticks, runs_page, width=width)
    return made


async def an_account(world: World) -> Incident:
    return await incident(world.store, world.policy, Span(since=world.clock.now() - timedelta(hours=6)))


def printed(
    document: AnyDocument, page: Callable[[AnyDocument], Iterable[RenderableType]], *, width: int
) -> str:
    stream = io.StringIO()
    output = Output(out=console(stream, width=width), err=console(io.StringIO(), width=width))
    output.show(document, page)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


async def test_each_page_is_word_for_word_what_was_found_good_and_no_wider_than_its_terminal(
    world: World,
) -> None:
    await a_night(world)

    for name, page in (await pages(world)).items():
        assert page == (GOLDEN / name).read_text(encoding="utf-8"), f"{name}: mend: {MEND}"
        width = int(name.removesuffix(".txt").rpartition("_")[2]) if name.endswith(".txt") else None
        assert width is None or max(map(len, page.splitlines())) <= width, name


async def test_documents_agree_with_their_pages_and_are_json(world: World) -> None:
    await a_night(world)
    account = await an_account(world)
    documents: list[Document] = [
        export_document(account, "", place=PLACE, silent_after=LIMITS.silent_after, code=ExitCode.OK),
        await journal_document(world.store, JournalAsked(), place=PLACE),
        status_document(PLACE, await health(world.store, world.policy, LIMITS)),
    ]

    for document in documents:
        assert type(document).model_validate_json(document.model_dump_json()) == document
