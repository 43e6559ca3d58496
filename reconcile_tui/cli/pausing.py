"""`pause` and `resume`: the hand on the brake, for every process on the database."""

import difflib
from collections.abc import Iterator, Sequence
from datetime import datetime

from reconcile_tui.bootstrap import opened_store
from reconcile_tui.cli.acting import operator, refused_to_viewer
from reconcile_tui.cli.brake_documents import PauseDocument, ResumeDocument
from reconcile_tui.cli.described import actor_document
from reconcile_tui.cli.execution import Work
from reconcile_tui.cli.pausing_page import pause_page, resume_page
from reconcile_tui.cli.recorded import pause_document
from reconcile_tui.core.moments import Spoken
from reconcile_tui.core.store.controls import Pause
from reconcile_tui.exit_codes import ExitCode


async def pause(work: Work, *, reason: str, connector: str | None, until: Spoken | None) -> int:
    """Pause everything or a connector, and say what that replaces."""
    actor = operator(work.settings)
    if (refused := refused_to_viewer(actor, what="pause")) is not None:
        work.output.tell(*refused)
        return ExitCode.REFUSED
    async with opened_store(work.settings) as store:
        now = await store.database.now()
        ends = until.to_come(now) if until else None
        known = await store.bookkeeping.connectors() if connector else ()
        replaced = await store.controls.pause(
            actor=actor.name, reason=reason, now=now, until=ends, connector=connector
        )
    made = Pause(connector=connector, reason=reason, actor=actor.name, set_at=now, until=ends)
    document = PauseDocument(
        place=work.place,
        actor=actor_document(actor),
        pause=pause_document(made),
        replaced=pause_document(replaced) if replaced else None,
        warnings=tuple(_warnings(connector, known, ends)),
        exit_code=ExitCode.OK,
    )
    work.output.show(document, pause_page)
    return document.exit_code


async def resume(work: Work, *, reason: str | None, connector: str | None, psp: bool = False) -> int:
    """Lift a pause, or the wait that the PSP asked for, and say which pauses are left."""
    actor = operator(work.settings)
    if (refused := refused_to_viewer(actor, what="resume")) is not None:
        work.output.tell(*refused)
        return ExitCode.REFUSED
    async with opened_store(work.settings) as store:
        now = await store.database.now()
        block = lifted = None
        if psp:
            block = await store.controls.lift_block(actor=actor.name, now=now, reason=reason)
        else:
            lifted = await store.controls.resume(
                actor=actor.name, now=now, connector=connector, reason=reason
            )
        left = await store.controls.pauses(now=now)
    document = ResumeDocument(
        place=work.place,
        actor=actor_document(actor),
        at=now,
        connector=connector,
        psp=psp,
        lifted=pause_document(lifted) if lifted else None,
        blocked_until=block.until if block else None,
        still_paused=tuple(pause_document(each) for each in left),
        exit_code=ExitCode.OK,
    )
    work.output.show(document, resume_page)
    return document.exit_code


def _warnings(connector: str | None, known: Sequence[str], ends: datetime | None) -> Iterator[str]:
    if connector is not None and connector not in known:
        yield _never_met(connector, known)
    if ends is None:
        yield "It has no end: nothing is healed until somebody resumes. --until 2h would end it by itself."


def _never_met(connector: str, known: Sequence[str]) -> str:
    """A pause by a wrong name stops nothing, so the right one is offered."""
    names = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(connector.casefold(), names, n=1)
    if close:
        return f"No look ever met the connector {connector}; did you mean {names[close[0]]}?"
    met = f"those met are {', '.join(known)}" if known else "none was met so far"
    return f"No look ever met the connector {connector} ({met}): see whether the PSP spells it so."
