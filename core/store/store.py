"""The store as the reconciler sees it: one value that holds every query over one database and mapping."""

from dataclasses import dataclass

from sqlalchemy import URL

from reconcile_tui.core.store.actions import Actions
from reconcile_tui.core.store.alerts import Alerts
from reconcile_tui.core.store.attention import AttentionList
from reconcile_tui.core.store.backends import DatabaseLimits
from reconcile_tui.core.store.beats import Beats
from reconcile_tui.core.store.bookkeeping import Bookkeeping
from reconcile_tui.core.store.controls import Controls
from reconcile_tui.core.store.daemons import Daemons
from reconcile_tui.core.store.database import Database, DatabaseClock
from reconcile_tui.core.store.findings import FindingsQuery
from reconcile_tui.core.store.journal import Journal
from reconcile_tui.core.store.journal_search import JournalSearch
from reconcile_tui.core.store.mapping import DEMO_SHOP, ShopMapping
from reconcile_tui.core.store.orphan_cap import OrphanCapQuery
from reconcile_tui.core.store.orphan_facts import OrphanFacts
from reconcile_tui.core.store.plans import AppliedPlans
from reconcile_tui.core.store.pooler import Pooler
from reconcile_tui.core.store.runs import Runs
from reconcile_tui.core.store.shop import Shop
from reconcile_tui.core.store.status_words import StatusWords
from reconcile_tui.core.store.time_facts import TimeFactsQuery
from reconcile_tui.core.store.turns import Turns
from reconcile_tui.core.store.webhook_log import WebhookLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Everything that is kept."""

    database: Database
    shop: Shop
    findings: FindingsQuery
    orphan_facts: OrphanFacts
    orphan_cap: OrphanCapQuery
    journal: Journal
    journal_search: JournalSearch
    plans: AppliedPlans
    bookkeeping: Bookkeeping
    attention: AttentionList
    controls: Controls
    actions: Actions
    runs: Runs
    daemons: Daemons
    turns: Turns
    beats: Beats
    webhook_log: WebhookLog
    alerts: Alerts
    time_facts: TimeFactsQuery
    status_words: StatusWords

    @classmethod
    def over(cls, database: Database, shop: Shop) -> "Store":
        """The store over a database that is somebody else's to close."""
        orphan_cap = OrphanCapQuery(database, shop)
        return cls(
            database=database,
            shop=shop,
            findings=FindingsQuery(database, shop),
            orphan_facts=OrphanFacts(database, shop),
            orphan_cap=orphan_cap,
            journal=Journal(database, orphan_cap),
            journal_search=JournalSearch(database),
            plans=AppliedPlans(database),
            bookkeeping=Bookkeeping(database),
            attention=AttentionList(database),
            controls=Controls(database),
            actions=Actions(database),
            runs=Runs(database),
            daemons=Daemons(database),
            turns=Turns(database),
            beats=Beats(database),
            webhook_log=WebhookLog(database),
            alerts=Alerts(database),
            time_facts=TimeFactsQuery(database, shop),
            status_words=StatusWords(database, shop),
        )

    @classmethod
    def at(
        cls,
        url: URL,
        *,
        mapping: ShopMapping = DEMO_SHOP,
        limits: DatabaseLimits | None = None,
        clock: DatabaseClock | None = None,
        pooler: Pooler = Pooler.AUTO,
        schema: str | None = None,
    ) -> "Store":
        """The store of a database; nothing is connected yet. `clock`: the database's own by default."""
        database = Database(url, limits=limits, clock=clock, pooler=pooler, schema=schema)
        return cls.over(database, Shop.of(mapping))

    async def close(self) -> None:
        """Give the connections back."""
        await self.database.close()
