"""A plan as lines: the sums of its groups first, then every row, old → new. Pure, told per width."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from rich.cells import cell_len

from reconcile_tui.core.decisions import Adopt, FailOrphan
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.money import Money
from reconcile_tui.core.plan import PlannedRow
from reconcile_tui.core.psp_states import connector_of
from reconcile_tui.core.records import psp_status_word
from reconcile_tui.core.sentence import sentence
from reconcile_tui.core.wording import age, breaker_words
from reconcile_tui.screens.batch.batch import Batch
from reconcile_tui.screens.confirm.grouping import (
    Group,
    beyond_the_daemon,
    change_of,
    groups_of,
)
from reconcile_tui.screens.sheet.line import Line, Tone, decisive, line, wrapped

_LONGEST_ID = 43
_ANY_ID = 600
_CHANGE = 20


def plan_lines(
    batch: Batch,
    width: int,
    *,
    auto_max_age: timedelta,
    now: datetime,
    daemon_heals: bool,
    above: Sequence[str] = (),
) -> Sequence[Line]:
    """The lines of a batch that is read or asked about. Of a plan those are decisive that say what would be
    applied: of one row its id, money and change; of more their number and money per currency.

    Args:
        auto_max_age: rows older than this are beyond the daemon, and said to be.
        now: the reader's moment (UTC).
        daemon_heals: whether what is left may be left to the next tick.
        above: what belongs above the plan, and has no room of its own there; as decisive. Then what is
            decisive of the plan comes first.
    """
    groups = groups_of(batch.rows, daemon_heals=daemon_heals)
    story = [*_story(batch, width, now=now, daemon_heals=daemon_heals)]
    return [
        *(piece for text in above for piece in decisive(text, width, Tone.HEADING)),
        *(story if not above else ()),
        *_sums(batch, groups, width),
        *_rows(batch, groups, width, auto_max_age=auto_max_age),
        *([line(""), *story] if above else ()),
    ]


def rows_in_words(count: int) -> str:
    """`1 row`, `83 rows`."""
    return f"{count} row{'' if count == 1 else 's'}"


def money_in_words(money: Sequence[Money]) -> str:
    """The sums, each currency by itself."""
    return ", ".join(map(str, money)) or "no amount"


def _story(batch: Batch, width: int, *, now: datetime, daemon_heals: bool) -> Iterator[Line]:
    """Of one row, why it is stuck and what proves it."""
    if len(batch.refs) == 1:
        for row in batch.rows:
            told = sentence(row.finding, row.state, row.decision, now=now, daemon_heals=daemon_heals)
            yield from wrapped(told, width)
            yield line("")


def _sums(batch: Batch, groups: Sequence[Group], width: int) -> Iterator[Line]:
    so_far = "" if batch.plan is not None else " so far"
    if batch.undertaking.is_dry_run:
        so_far = f", as last known{so_far}"
    applied = [group for group in groups if group.end.applies]
    left = [group for group in groups if not group.end.applies]
    tells = wrapped if batch.plan is None else decisive
    yield from tells(f"Would change{so_far}: {_count(applied)}", width, Tone.HEADING)
    for group in applied:
        yield from tells(_sum(group), width, _tone(group), indent=2)
    if left or batch.not_read:
        yield line(f"Left as they are{so_far}: {_count(left) + _unread(batch)}", Tone.HEADING)
    for group in left:
        yield from wrapped(_sum(group), width, _tone(group), indent=2)
    yield from _not_in_the_plan(batch, width)


def _not_in_the_plan(batch: Batch, width: int) -> Iterator[Line]:
    if batch.plan is None:
        return
    if unread := _unread(batch):
        ended_by = batch.planning.tripped if batch.planning is not None else None
        left_out = batch.planning.left_out if batch.planning is not None else {}
        if ended_by is not None:
            why = breaker_words(ended_by)
        elif left_out:
            why = f"the processor fails ({', '.join(harmless(name, limit=40) for name in left_out)})"
        else:
            why = "the reading was stopped"
        text = f"= {rows_in_words(unread)} left, not read: {why}"
        yield from wrapped(text, width, Tone.WARNING, indent=2)
    if batch.gone:
        text = f"= {rows_in_words(batch.gone)} gone: the shop has no such row any more"
        yield from wrapped(text, width, Tone.WARNING, indent=2)
    if batch.undertaking.beyond:
        text = f"= {rows_in_words(batch.undertaking.beyond)} more than one batch takes: do them after it"
        yield from wrapped(text, width, Tone.WARNING, indent=2)


def _unread(batch: Batch) -> int:
    return batch.planning.not_begun if batch.planning is not None else 0


def _rows(batch: Batch, groups: Sequence[Group], room: int, *, auto_max_age: timedelta) -> Iterator[Line]:
    is_one = batch.plan is not None and len(batch.to_apply) == 1
    for group in groups:
        yield line("")
        heading = f"{_sign(group)} {rows_in_words(len(group.rows))}: {group.end.words}"
        yield from wrapped(heading, room, Tone.HEADING)
        if group.end.step is not None:
            yield from wrapped(group.end.step, room, Tone.DIM, indent=2)
        # Of what changes the heading says what kind of rows they are.
        ids = [row.ref.row_id if group.end.applies else str(row.ref) for row in group.rows]
        width = min(max(map(len, ids)), _LONGEST_ID)
        for row, row_id in zip(group.rows, ids, strict=True):
            alone = is_one and group.end.applies
            if alone:
                yield from _the_row(row, row_id, room, sign=_sign(group), tone=_tone(group))
            else:
                yield Line(partial(_row, row, row_id, width=width, sign=_sign(group)), _tone(group))
            for remark in _remarks(row, auto_max_age=auto_max_age):
                yield from (decisive if alone else wrapped)(remark, room, Tone.WARNING, indent=4)
    if batch.plan is not None and batch.not_read:
        yield line("")
        yield line("= not read, or gone", Tone.HEADING)
        for ref in batch.not_read:
            yield Line(partial(_unread_row, ref), Tone.WARNING)


def _unread_row(ref: RowRef) -> str:
    return f"= {harmless(str(ref), limit=_LONGEST_ID)}"


def _the_row(row: PlannedRow, row_id: str, room: int, *, sign: str, tone: Tone) -> Iterator[Line]:
    """The one row that would be applied: on one line where it has room, else what is decisive on its own."""
    whole = _row(row, row_id, width=len(row_id), sign=sign)
    if len(row_id) <= _LONGEST_ID and cell_len(whole) <= room:
        yield Line(partial(str, whole), tone, decisive=True)
        return
    facts = (
        f"{sign} {harmless(row_id, limit=_ANY_ID)}",
        str(row.finding.row.money or "no amount"),
        harmless(change_of(row), limit=60),
    )
    yield from decisive("  ".join(facts), room, tone)
    yield from wrapped(" · ".join(_beside(row)), room, tone, indent=2)


def _row(row: PlannedRow, row_id: str, *, width: int, sign: str) -> str:
    """What is decisive stands first: a narrow terminal cuts the rest."""
    facts = (
        harmless(row_id, limit=_LONGEST_ID).ljust(width),
        f"{row.finding.row.money or 'no amount'!s:>12}",
        harmless(change_of(row), limit=60).ljust(_CHANGE),
        *_beside(row),
    )
    return f"{sign} " + "  ".join(facts)


def _beside(row: PlannedRow) -> Iterator[str]:
    """What helps to judge a row, and is not what is agreed to."""
    yield _at_the_psp(row)
    if connector := connector_of(row.state):
        yield harmless(connector, limit=20)
    yield f"stuck {age(row.finding.age)}"


def _at_the_psp(row: PlannedRow) -> str:
    word = psp_status_word(row.state) if row.state is not None else None
    if word is None:
        return "PSP: no answer" if row.state is not None else "PSP: not asked"
    whose = "payment" if row.finding.is_orphan_row else "PSP"
    return f"{whose}: {harmless(word, limit=24)}"


def _remarks(row: PlannedRow, *, auto_max_age: timedelta) -> Iterator[str]:
    """What else must be seen before such a row is agreed to."""
    match row.action:
        case FailOrphan(listed=listed):
            yield f"order rolled back · refunds listed for its payment: {listed}, free: 0"
        case Adopt(refund_id=refund_id, matched_by=matched_by):
            yield f"gets the id {harmless(refund_id, limit=50)} · matched by its {matched_by}"
        case _:
            pass
    if beyond := beyond_the_daemon(row, auto_max_age=auto_max_age):
        yield f"{beyond}; an operator may apply it"


def _sum(group: Group) -> str:
    return f"{_sign(group)} {len(group.rows)} · {money_in_words(group.money)} · {group.end.words}"


def _count(groups: Sequence[Group]) -> int:
    return sum(len(group.rows) for group in groups)


def _sign(group: Group) -> str:
    if group.end.rank == 0:
        return "!"
    return "→" if group.end.applies else "="


def _tone(group: Group) -> Tone:
    if group.end.rank == 0:
        return Tone.DANGER
    return Tone.PLAIN if group.end.applies else Tone.DIM
