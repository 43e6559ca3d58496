"""Live: what the screens show, and how old it is. It follows a desk; nothing here knows a terminal.

Owned by the application. Screens read it, and hear of changes through `on_change`.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from enum import StrEnum

from reconcile_tui.core.clock import Clock
from reconcile_tui.core.findings import RowRef
from reconcile_tui.core.plan import PlannedRow, without_bodies
from reconcile_tui.core.psp.breaker import Tripped
from reconcile_tui.core.schedule import advance
from reconcile_tui.core.wording import spoken_age
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.desk.lists import Overview, Tab
from reconcile_tui.screens.desk.looks import Look
from reconcile_tui.screens.live.happenings import Happenings
from reconcile_tui.screens.live.listing import Listing
from reconcile_tui.screens.live.looked import Looked
from reconcile_tui.screens.live.looker import Looker
from reconcile_tui.screens.live.news import News
from reconcile_tui.screens.live.pace import Pace, pace_after, pace_after_failure
from reconcile_tui.screens.live.sources import DatabaseSource, PspSource
from reconcile_tui.screens.triage.roster import Roster

__all__ = ["Change", "Live", "Looked"]


_AT_ONCE = 200
"""So many rows are read in one query."""

_NOT_TIMED = timedelta(0)
"""A plan's reads ask the processors: how long they take says nothing of how fast the PSP is."""


class Change(StrEnum):
    """What changed."""

    OPENED = "opened"
    """The desk is there: where we are is known."""
    OVERVIEW = "overview"
    ROWS = "rows"
    LOOKS = "looks"
    TROUBLE = "trouble"
    """A source stopped answering, or answers again; writing was locked, or is free again."""
    HAPPENED = "happened"
    """There is a new line of what happened."""


class Live:
    """What is shown.

    Attributes:
        listings: a list a tab, with how far it was read.
        overview: how everything stands; None before the first answer.
        looks: the latest look at each row.
        tab: the tab that is seen.
        rounds: how often everything that was asked for was read anew, well or badly.
        database, psp: how fresh what they said is, and what is wrong with them.
        happenings: what happened, the latest first.
    """

    def __init__(self, *, clock: Clock, on_change: Callable[[Change], None]) -> None:
        self.clock = clock
        self.listings = {tab: Listing(tab, clock) for tab in Tab if tab.holds_rows}
        self.overview: Overview | None = None
        self.tab = Tab.ORDERS
        self.rounds = 0
        self.database = DatabaseSource(clock)
        self.psp = PspSource(clock)
        self.happenings = Happenings(clock)
        self._looker = Looker(
            clock=clock,
            psp=self.psp,
            row=lambda ref: self.roster.row(ref) if self.roster else None,
            cursor=lambda: self.roster.cursor if self.roster else None,
            unread=lambda: self.roster.unread if self.roster else (),
            blocked=lambda: self.blocked_until is not None,
            changed=lambda: on_change(Change.LOOKS),
            learned=self._know,
        )
        self._news = News()
        self._on_change = on_change
        self._desk: Desk | None = None
        self._was_locked: str | None = None
        self._in_view: Sequence[RowRef] = ()
        self._wanted = False
        self._heard = False
        self._wake = asyncio.Event()

    # What is seen.

    @property
    def rosters(self) -> Mapping[Tab, Roster]:
        """A list a tab."""
        return {tab: listing.roster for tab, listing in self.listings.items()}

    @property
    def listing(self) -> Listing | None:
        """The list that is seen, with how far it was read."""
        return self.listings.get(self.tab)

    @property
    def roster(self) -> Roster | None:
        """The list that is seen."""
        return self.listing.roster if self.listing else None

    @property
    def looks(self) -> Mapping[RowRef, Looked]:
        """The latest look at each row."""
        return self._looker.looks

    @property
    def is_looking(self) -> bool:
        """Whether the PSP is being asked about what is seen, or about to be."""
        return self._looker.is_looking

    def show(self, tab: Tab) -> None:
        """Another tab is seen."""
        if self.listing is not None and tab is not self.tab:
            self.listing.give_up()
        self.tab, self._in_view = tab, ()
        self._looker.see(())
        self.refresh_now()

    def in_view(self, refs: Sequence[RowRef]) -> None:
        """These rows are in view, in this order."""
        self._in_view = tuple(refs)
        self._looker.see(refs)

    def point(self) -> None:
        """The cursor stands on another row."""
        self._looker.wake()

    def refresh_now(self) -> None:
        """Read again without waiting."""
        self._wanted = True
        self._wake.set()

    def reread(self, ref: RowRef) -> None:
        """Look at a row again, unforced, however fresh its last look is."""
        if (until := self.blocked_until) is not None:
            self.tell(f"{ref} is read again once the PSP may be asked, at {until:%H:%M:%S} UTC")
        elif self._looker.is_held:
            self.tell(f"{ref} is read again when what is under way has ended")
        self._looker.want(ref)

    def hold_looks(self) -> AbstractContextManager[None]:
        """Within: the PSP is left to somebody else, a plan or a batch."""
        return self._looker.held()

    def learn(self, rows: Sequence[PlannedRow], *, at: datetime, tripped: Tripped | None = None) -> None:
        """Take over what somebody else read of the PSP.

        Args:
            at: UTC, this machine's clock.
            tripped: why that reading ended early.
        """
        slim = tuple(without_bodies(row) for row in rows)
        self._looker.learn(slim, at)
        self.psp.saw(Look(rows=slim, at=at, tripped=tripped), took=_NOT_TIMED)
        self._on_change(Change.LOOKS)

    def _know(self, planned: PlannedRow, at: datetime) -> None:
        """A look is as good as a check for a filter and an order: nobody sees one and not the other."""
        if self._desk is None:
            return
        row, policy = planned.finding.row, self._desk.place.policy
        told = advance(
            planned.finding.check,
            row.psp_id or "",
            planned.decision,
            planned.state,
            now=at,
            policy=policy,
            jitter=0.0,
        )
        for roster in self.rosters.values():
            roster.know(planned.ref, told)

    def tell(self, words: str) -> None:
        """Keep a line of what happened. Foreign text in it becomes harmless."""
        self.happenings.tell(words)
        self._on_change(Change.HAPPENED)

    # How fresh it is.

    @property
    def trouble(self) -> str | None:
        """Why the database's last answer did not come, in words; None while it answers."""
        return self.database.trouble.words if self.database.trouble else None

    @property
    def database_now(self) -> datetime | None:
        """The database's clock now (UTC), as far as its last answer tells."""
        age = self.database.age
        return self.overview.at + age if self.overview is not None and age is not None else None

    @property
    def daemon_heals(self) -> bool:
        """Whether something may be left to a daemon's next tick, as far as is known."""
        return self.overview is not None and self.overview.health.daemon_heals

    @property
    def blocked_until(self) -> datetime | None:
        """How long the PSP asked to be left alone (UTC, this machine's clock); None: it may be asked."""
        overview = self.overview
        if overview is None:
            return None
        here, now = overview.budget.blocked_until, self.clock.now()
        everywhere = overview.health.situation.blocked_until
        moments = [here] if here is not None else []
        if everywhere is not None:
            moments.append(everywhere + (overview.read_at - overview.at))
        return max((moment for moment in moments if moment > now), default=None)

    @property
    def locked(self) -> str | None:
        """Why nothing may be written now, in words; None while it may. Asked anew each time: data ages."""
        if self._desk is None:
            return "nothing is known yet: the program is opening"
        trouble = self.database.trouble
        if trouble is not None and trouble.no_tables:
            return trouble.words
        if trouble is not None:
            return f"no answer from the database since {trouble.since.wall:%H:%M:%S} UTC"
        age = self.database.age
        if age is None:
            return "nothing has been read yet"
        if age > self._desk.place.stale_after:
            return f"what is shown is {spoken_age(age)} old"
        return None

    def tick(self) -> None:
        """A second went by: what is shown may have become too old, and rows due for another look."""
        self._looker.wake()
        self._tell_locked()

    # Following.

    async def follow(self, desk: Desk) -> None:
        """Follow the database and look at the PSP until cancelled.

        Raises:
            ExceptionGroup: something nobody expected. A database or a PSP that is away raises nothing.
        """
        self._desk = desk
        self._on_change(Change.OPENED)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_lists(desk))
            group.create_task(self._looker.follow(desk.looks))
            group.create_task(self._listen(desk))

    async def _listen(self, desk: Desk) -> None:
        async for _ in desk.lists.announcements():
            self._heard = True
            self._wake.set()

    async def _follow_lists(self, desk: Desk) -> None:
        while True:
            self._wanted, wanted = False, self._wanted
            self._heard = False
            pace = await self._round(desk, wanted=wanted)
            is_reading = self.listing is not None and self.listing.is_being_read
            if not is_reading and not self._wanted:
                self.rounds += 1
            await self._rest(pace)

    async def _round(self, desk: Desk, *, wanted: bool) -> Pace:
        """Read how everything stands, and rows as far as there is time; how long to rest then."""
        from reconcile_tui.core.store.database import DATABASE_TROUBLE  # noqa: PLC0415 after the first paint
        from reconcile_tui.core.store.schema import SchemaOutdated  # noqa: PLC0415 after the first paint

        place, began = desk.place, self.clock.monotonic()
        try:
            await self._read_overview(desk)
            pace = pace_after(
                self.clock.monotonic() - began, refresh=place.refresh, stale_after=place.stale_after
            )
            read_until = self.clock.monotonic() + pace.latest
            await self._read_rows(desk, wanted=wanted, until=read_until)
            lines = await self._news.of_departed(desk.lists)
        except (*DATABASE_TROUBLE, SchemaOutdated) as error:
            for listing in self.listings.values():
                listing.give_up()
            self.database.badly(*desk.lists.explain(error), no_tables=isinstance(error, SchemaOutdated))
            self._on_change(Change.TROUBLE)
            self._was_locked = self.locked
            return pace_after_failure(self.database.failures, refresh=place.refresh)
        if self.database.trouble is not None:
            # Only now: where the figures can be read and the rows cannot, it would come and go.
            self.database.well()
            self.tell("The database answers again")
            self._tell_locked()
        for line in lines:
            self.tell(line)
        return pace

    async def _read_overview(self, desk: Desk) -> None:
        before = self.overview
        self.overview = overview = await desk.lists.overview()
        if self.database.trouble is None:
            self.database.well()
        self._tell_locked()
        for line in self._news.of_pauses(before, overview):
            self.tell(line)
        self._on_change(Change.OVERVIEW)
        await self._read_changed(desk, before, overview)

    async def _read_changed(self, desk: Desk, before: Overview | None, overview: Overview) -> None:
        """Read the rows anew that something happened to, that somebody acts on, or that are in view."""
        refs = dict.fromkeys((*(each.ref for each in overview.acting), *self._in_view))
        if before is not None and overview.newest_entry > before.newest_entry:
            refs |= dict.fromkeys(await self._news.changed_rows(desk.records, after=before.newest_entry))
        listed = list(refs)
        for some in (listed[start : start + _AT_ONCE] for start in range(0, len(listed), _AT_ONCE)):
            rows = await desk.lists.rows(some)
            for listing in self.listings.values():
                self._news.depart(listing.roster.tab, await listing.refresh(some, rows))
        if listed:
            self._on_change(Change.ROWS)

    async def _read_rows(self, desk: Desk, *, wanted: bool, until: float) -> None:
        """Read the seen tab's rows, page by page, as far as there is time."""
        listing = self.listing
        if listing is None:
            return
        if not listing.is_being_read and (wanted or listing.is_due()):
            listing.begin()
        while listing is self.listing and listing.is_being_read:
            departed = await listing.read_page(desk.lists)
            if departed is not None:
                self._news.depart(listing.roster.tab, departed)
                self._looker.wake()
            self._on_change(Change.ROWS)
            if self._wanted or self.clock.monotonic() >= until:
                return
            await asyncio.sleep(0)

    async def _rest(self, pace: Pace) -> None:
        """Wait for the next round: until somebody asks, something was announced, or it is time."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        if self.listing is not None and self.listing.is_being_read and self.database.trouble is None:
            return
        while not self._wanted:
            self._wake.clear()
            left = began + (pace.soonest if self._heard else pace.latest) - loop.time()
            if left <= 0:
                return
            try:
                await asyncio.wait_for(self._wake.wait(), left)
            except TimeoutError:
                continue

    def _tell_locked(self) -> None:
        locked = self.locked
        if (locked is None) != (self._was_locked is None):
            self._on_change(Change.TROUBLE)
        self._was_locked = locked
