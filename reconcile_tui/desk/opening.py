"""Opening the desk: settings become a program, and the program the five ports that screens work with.

Nothing is connected when it opens: a database that is away is told of by the lists, and tried again.
"""

import gc
import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reconcile_tui.bootstrap import opened_program
from reconcile_tui.cli.status import limits
from reconcile_tui.core.clock import Clock, SystemClock
from reconcile_tui.core.health import Limits
from reconcile_tui.core.policy import Actor, ActorKind
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.reconciler import Reconciler
from reconcile_tui.core.tellings import Listener, chained
from reconcile_tui.desk.brakes import StoreBrakes
from reconcile_tui.desk.heard import Heard
from reconcile_tui.desk.lists import StoreLists
from reconcile_tui.desk.looks import ReconcilerLooks
from reconcile_tui.desk.records import StoreRecords
from reconcile_tui.desk.work import ReconcilerWork
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.desk.place import Place
from reconcile_tui.settings import Dispatch, Settings, database_url, operator_name
from reconcile_tui.settings.database_url import shown


@asynccontextmanager
async def opened_desk(
    settings: Settings, *, listener: Listener, context: str | None = None, reported: str | None = None
) -> AsyncIterator[Desk]:
    """The desk of these settings.

    Args:
        listener: hears everything the core tells, for the log.
        context: the context's name; the settings' own by default.
        reported: with the demo, what was reported.

    Raises:
        SettingMissing, MappingInvalid, KeyRefused, BaseUrlRefused: the settings do not say enough.
    """
    heard = Heard()
    name = operator_name(settings, login=getpass.getuser)
    actor = Actor(name=name, kind=ActorKind.OPERATOR, role=settings.role)
    async with opened_program(settings, listener=chained(listener, heard), schema=False) as program:
        policy = program.reconciler.policy
        place = Place(
            context=context or settings.context,
            production=settings.production,
            database=shown(database_url(settings)),
            psp=settings.hyperswitch_base_url or "",
            psp_unencrypted=settings.psp_is_unencrypted,
            shop=settings.webhook_host if settings.dispatch is Dispatch.HTTP else None,
            shop_unencrypted=settings.dispatch is Dispatch.HTTP and settings.webhook_is_unencrypted,
            actor=actor,
            policy=policy,
            psp_page=settings.psp_page,
            refresh=settings.refresh,
            stale_after=settings.stale_after,
            theme=settings.theme,
            keymap=settings.keymap or {},
            reported=reported,
        )
        # All that is loaded by now stays for good: the collector need not go through it again (0.1 s each).
        gc.freeze()
        yield desk_over(
            place,
            reconciler=program.reconciler,
            budget=program.budget,
            heard=heard,
            limits=limits(settings),
            clock=SystemClock(),
        )


def desk_over(
    place: Place,
    *,
    reconciler: Reconciler,
    budget: LocalBudget,
    heard: Heard,
    limits: Limits,
    clock: Clock,
) -> Desk:
    """The desk of a place over one reconciler. `heard` is among its listeners."""
    store, actor, policy = reconciler.store, place.actor, reconciler.policy
    return Desk(
        place=place,
        lists=StoreLists(
            store=store,
            policy=policy,
            budget=budget,
            limits=limits,
            clock=clock,
            heed_block=reconciler.blocked_until,
        ),
        looks=ReconcilerLooks(reconciler=reconciler, actor=actor, clock=clock),
        work=ReconcilerWork(reconciler=reconciler, actor=actor, heard=heard),
        brakes=StoreBrakes(store=store, actor=actor),
        records=StoreRecords(store=store, policy=policy, place=place, limits=limits),
    )
