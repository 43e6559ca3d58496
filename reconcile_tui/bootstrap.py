"""Bootstrap: settings become a store, a PSP reader, a dispatcher and a reconciler, wired in this one place.

Both ways in are context managers that give everything back: an SQLite connection that stays open keeps
the process from ending.
"""

import os
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import uuid4

from reconcile_tui.beating import LASTS, Beating
from reconcile_tui.core.clock import Clock, SystemClock
from reconcile_tui.core.dispatch.database import DatabaseDispatcher
from reconcile_tui.core.dispatch.dispatcher import Dispatcher
from reconcile_tui.core.dispatch.http import HttpDispatcher
from reconcile_tui.core.psp.budget import PspBudget
from reconcile_tui.core.psp.hyperswitch import HyperswitchReader
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp.wire import ReaderTimeouts
from reconcile_tui.core.reconciler import Reconciler
from reconcile_tui.core.store.schema import require_schema
from reconcile_tui.core.store.store import Store
from reconcile_tui.core.tellings import Listener
from reconcile_tui.settings import (
    Dispatch,
    Settings,
    database_url,
    outbound,
    psp_access,
    require_database_file,
    shop_endpoint,
)
from reconcile_tui.shop_mapping import shop_mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What a command works with. `store` and `budget` are the reconciler's own.

    Attributes:
        holder: names this process in leases.
    """

    store: Store
    reconciler: Reconciler
    budget: LocalBudget
    holder: str


class Measure(Protocol):
    """Measures how the PSP and the shop's endpoint answer."""

    def measured_reader(self, reader: PspReader) -> PspReader:
        """The same reader, measured."""
        ...

    def measured_budget(self, budget: PspBudget) -> PspBudget:
        """The same budget, measured."""
        ...

    def observe_post(self, status: int | None, seconds: float) -> None:
        """A POST to the shop ended; `status` None: no answer was heard."""
        ...


class Unmeasured:
    """Measures nothing."""

    def measured_reader(self, reader: PspReader) -> PspReader:
        """The reader itself."""
        return reader

    def measured_budget(self, budget: PspBudget) -> PspBudget:
        """The budget itself."""
        return budget

    def observe_post(self, status: int | None, seconds: float) -> None:
        """Nothing."""


_UNMEASURED = Unmeasured()


@asynccontextmanager
async def opened_store(
    settings: Settings, *, schema: bool = True, may_create: bool = False
) -> AsyncIterator[Store]:
    """The database of the settings; nothing of the PSP is needed, and nothing is asked of it.

    Args:
        schema: require the tool's own tables at this version.
        may_create: an SQLite file that is not there is made.

    Raises:
        SettingMissing, MappingInvalid: the settings do not say enough.
        DatabaseFileMissing: there is no such SQLite file.
        SchemaOutdated: the tool's own tables are not there, or are another version's.
        sqlalchemy.exc.DBAPIError: the database cannot be used.
    """
    url = database_url(settings)
    mapping = shop_mapping(settings.shop_mapping, timezone=settings.timezone)
    if not may_create:
        require_database_file(url)
    store = Store.at(
        url,
        mapping=mapping,
        limits=settings.database_limits(),
        pooler=settings.database_pooler,
        schema=settings.own_schema,
    )
    try:
        if schema:
            await require_schema(store.database)
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def opened_program(
    settings: Settings, *, listener: Listener, schema: bool = True, measure: Measure = _UNMEASURED
) -> AsyncIterator[Program]:
    """Everything a sweep or an operator's plan needs. Settings are checked before anything is opened.

    Args:
        schema: require the tool's own tables at this version. Without it nothing is connected yet.
        measure: told how the PSP and the shop's endpoint answer.

    Raises:
        SettingMissing, MappingInvalid, DatabaseFileMissing, SchemaOutdated: as `opened_store`.
        KeyRefused, BaseUrlRefused: the PSP cannot be asked like that.
    """
    access = psp_access(settings)
    if settings.dispatch is Dispatch.HTTP:
        shop_endpoint(settings)
    clock = SystemClock()
    budget = LocalBudget(rate=settings.psp_rate, at_once=settings.psp_concurrency, clock=clock)
    holder = this_process()
    async with opened_store(settings, schema=schema) as store:
        psp = HyperswitchReader(
            base_url=access.base_url,
            api_key=access.api_key,
            budget=measure.measured_budget(budget),
            clock=clock,
            jitter=random.random,
            timeouts=ReaderTimeouts(
                connect=settings.psp_connect_timeout.total_seconds(),
                read=settings.psp_read_timeout.total_seconds(),
                call=settings.psp_total_timeout.total_seconds(),
            ),
            allow_http=settings.hyperswitch_allow_http,
            outbound=outbound(settings),
            merchant_id=access.merchant_id,
        )
        try:
            async with _dispatcher(settings, store, clock, measure) as dispatcher:
                reconciler = Reconciler(
                    store=store,
                    psp=measure.measured_reader(psp),
                    budget=budget,
                    dispatcher=dispatcher,
                    clock=clock,
                    policy=settings.policy(),
                    holder=holder,
                    new_id=lambda: str(uuid4()),
                    jitter=random.random,
                    listener=listener,
                    alive=Beating(store.beats, holder=holder, lasts=_beats_last(settings), clock=clock),
                )
                yield Program(store=store, reconciler=reconciler, budget=budget, holder=holder)
        finally:
            await psp.aclose()


@asynccontextmanager
async def _dispatcher(
    settings: Settings, store: Store, clock: Clock, measure: Measure
) -> AsyncIterator[Dispatcher]:
    """How events reach the shop, by the settings."""
    handlers = DatabaseDispatcher(
        store.database, store.shop, merchant_id=settings.hyperswitch_merchant_id or ""
    )
    if settings.dispatch is Dispatch.DATABASE:
        yield handlers
        return
    dispatcher = HttpDispatcher(
        database=store.database,
        refunds=store.shop.mapping.refunds,
        endpoint=shop_endpoint(settings),
        orphans=handlers,
        clock=clock,
        lease=settings.policy().lease,
        observe=measure.observe_post,
        outbound=outbound(settings),
    )
    try:
        yield dispatcher
    finally:
        await dispatcher.aclose()


def _beats_last(settings: Settings) -> timedelta:
    """How long a process that falls silent is believed to be alive: no POST of it may be under way then."""
    return LASTS + (settings.webhook_timeout if settings.dispatch is Dispatch.HTTP else timedelta(0))


def this_process() -> str:
    """A name for leases that no other process has: host, process id, and chance for a reused id."""
    return f"{socket.gethostname()[:64]}:{os.getpid()}:{uuid4().hex[:12]}"
