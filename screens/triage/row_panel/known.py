"""What is known of one row at one moment, whatever is still being asked. Nothing is read here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reconcile_tui.core.decisions import Decision, Reason
from reconcile_tui.core.findings import Finding, RowRef
from reconcile_tui.core.plan import row_differs
from reconcile_tui.core.psp_states import PspState, ReadFailed
from reconcile_tui.core.sentence import sentence
from reconcile_tui.screens.desk.lists import Acting, ListedRow
from reconcile_tui.screens.live.looked import STALE_AFTER, Looked

if TYPE_CHECKING:
    from reconcile_tui.core.store.actions import Action
    from reconcile_tui.core.store.journal_entries import Entry
    from reconcile_tui.core.store.webhook_log import LoggedWebhook


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was done to a row, and what the PSP's webhooks did, oldest first."""

    ref: RowRef
    entries: Sequence[Entry] = ()
    actions: Sequence[Action] = ()
    webhooks: Sequence[LoggedWebhook] = ()

    @property
    def a_webhook_came_in_vain(self) -> bool:
        """Whether a webhook is on record that might have settled the row, and was not applied."""
        return any(each.came_in_vain for each in self.webhooks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A row, and what is known of it.

    Attributes:
        now: the reader's moment (UTC, this machine's clock).
        ahead: how far the database's clock is ahead of that one.
        looked: the latest look at the PSP; None where there was none yet.
        may_write: whether who reads this may confirm a plan.
        daemon_heals: whether a daemon applies by itself what it may, as far as is known.
        history: None while it is being read.
        history_failed: the database gave none.
        reread_key: what a text calls the key that reads the PSP again.
    """

    listed: ListedRow
    now: datetime
    ahead: timedelta = timedelta(0)
    looked: Looked | None = None
    acting: Acting | None = None
    may_write: bool = True
    daemon_heals: bool = True
    history: History | None = None
    history_failed: bool = False
    reread_key: str = "r"

    @property
    def now_there(self) -> datetime:
        """The reader's moment by the database's clock: what it wrote down is as old as that says."""
        return self.now + self.ahead

    @property
    def finding(self) -> Finding:
        return self.listed.finding

    @property
    def reason(self) -> Reason | None:
        """Why the row is on the attention list."""
        return self.listed.attention.reason if self.listed.attention else None

    @property
    def row_moved(self) -> bool:
        """Whether the row is another one than the look saw: what the look came to holds no more."""
        return self.looked is not None and row_differs(self.looked.planned.finding.row, self.finding.row)

    @property
    def state(self) -> PspState | None:
        """What the PSP answered the latest look."""
        return self.looked.planned.state if self.looked is not None else None

    @property
    def decision(self) -> Decision | None:
        """What follows; None where that is not known yet."""
        if self.looked is None or self.row_moved:
            return None
        return self.looked.planned.decision

    @property
    def sentence(self) -> str | None:
        """Why the row is stuck and what proves it; None where it is not known yet."""
        if self.decision is None:
            return None
        return sentence(
            self.finding,
            self.state,
            self.decision,
            now=self.now,
            attention=self.reason,
            came_in_vain=self.history is not None and self.history.a_webhook_came_in_vain,
            daemon_heals=self.daemon_heals,
        )

    @property
    def read_at(self) -> datetime | None:
        """When the PSP was read, or could not be (UTC); None where it was not asked."""
        if isinstance(self.state, ReadFailed):
            return self.state.at
        return self.state.stamp.at if self.state is not None else None

    @property
    def is_stale(self) -> bool:
        """Whether what is shown of the PSP is older than one may trust."""
        return self.read_at is not None and self.now - self.read_at > STALE_AFTER
