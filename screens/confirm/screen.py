"""The confirmation: fills as answers come, shows the frozen plan, and applies it only when it is agreed to.

Cancel has the focus. Only `y`, after the number of rows where it must be typed, begins anything.
"""

from collections.abc import Callable
from typing import ClassVar

from textual import events, getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from reconcile_tui.core.foreign_text import harmless
from reconcile_tui.core.plan import Plan
from reconcile_tui.screens.batch.batch import Batch, Stage
from reconcile_tui.screens.batch.batches import NotConfirmed
from reconcile_tui.screens.confirm.consent import Consent
from reconcile_tui.screens.confirm.particulars import (
    DEFAULT_REASONS,
    bound_by,
    how_far,
    impediment,
    place_name,
    sent,
    title,
    where,
)
from reconcile_tui.screens.confirm.plan_lines import plan_lines, rows_in_words
from reconcile_tui.screens.dashboard import Dashboard
from reconcile_tui.screens.desk.desk import Desk
from reconcile_tui.screens.field import Field
from reconcile_tui.screens.glance import Glance
from reconcile_tui.screens.help.footer import KeysFooter
from reconcile_tui.screens.help.modal import HELP
from reconcile_tui.screens.sheet.sheet import Sheet

_REPAINT_SECONDS = 0.1
_LONGEST_REASON = 200
_AGREES = frozenset(("confirm", "reason", "type", "rub_out"))
_WRITES = _AGREES | {"read_anew"}


class ConfirmScreen(ModalScreen[Batch | None]):
    """Asks for one batch; answers with it once it was begun, and None where it was not."""

    CSS_PATH = "confirm.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "confirm", "Apply", id="confirm", tooltip="Apply the plan that is shown"),
        Binding("e", "reason", "Reason", id="reason", tooltip="Change the reason that the journal keeps"),
        Binding("x", "stop_reading", "Go on without the rest", id="stop_reading"),
        Binding("r", "read_anew", "Read anew", id="read_anew", tooltip="A new plan of the same rows"),
        Binding("escape", "cancel", "Cancel", id="cancel_plan"),
        *Sheet.SCROLLING,
        Binding("backspace", "rub_out", "Rub out", show=False),
        *(Binding(str(digit), f"type('{digit}')", "Number of rows", show=False) for digit in range(10)),
        HELP,
    ]

    app = getters.app(Dashboard)
    sheet = getters.query_one(Sheet)
    reason_input = getters.query_one("#reason", Input)

    def __init__(self, batch: Batch, desk: Desk) -> None:
        super().__init__()
        self._batch = batch
        self._desk = desk
        self._place = desk.place
        self._reason = DEFAULT_REASONS[batch.undertaking.purpose]
        self._consent: Consent | None = None
        self._seen: Plan | None = None
        self._is_painted = False
        self._glance = Glance(self.app.clock)
        self._changed = True
        self._answers = 0
        self._shown: Stage | None = None
        self._notice = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="paper"):
            yield Static(id="title", markup=False)
            yield Static(place_name(self._place), id="place", markup=False)
            yield Static(where(self._place), id="where", markup=False)
            yield Static(id="how_far", markup=False)
            yield Static(id="sent", markup=False)
            yield Sheet()
            yield Static(id="why", markup=False)
            yield Field(id="reason", compact=True, max_length=_LONGEST_REASON)
            yield Static(id="question", markup=False)
            yield Static(id="notice", markup=False)
            yield Button(
                "Close" if self._batch.undertaking.is_dry_run else "Cancel", id="cancel", compact=True
            )
        yield KeysFooter()

    def on_mount(self) -> None:
        self.set_class(self._place.production, "-production")
        self.set_class(self._batch.undertaking.is_dry_run, "-dry-run")
        self.reason_input.display = False
        self.app.clear_notifications()
        self.query_one("#cancel", Button).focus()
        self.app.batch_changed.subscribe(self, self._on_batch)
        self.set_interval(_REPAINT_SECONDS, self._repaint)
        self._paint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A dry run and a viewer's screen have nothing that leads to writing; a plan that changes nothing,
        or none, has nothing to agree to."""
        if action in _WRITES and not self._may_apply:
            return False
        if action in _AGREES and self._is_in_vain:
            return False
        if action == "stop_reading":
            return self._batch.stage is Stage.READING and not self._batch.stopping
        return True

    def on_resize(self, event: events.Resize) -> None:
        """Where there is little room, what is decisive keeps it."""
        size = event.size
        self.set_class(size.height < _SHORT or size.width < _NARROW, "-short")
        self.set_class(size.height < _TINY, "-tiny")
        self._paint()

    def _above(self) -> tuple[str, ...]:
        """What has no room above the plan, and is a part of it then."""
        batch = self._batch
        if batch.plan is None or not self.has_class("-short"):
            return ()
        dry = batch.undertaking.is_dry_run
        events_sent = sent(batch.to_apply, self._place, is_dry_run=dry)
        return (place_name(self._place), events_sent) if self.has_class("-tiny") else (events_sent,)

    @on(Sheet.ToldAll)
    def _all_was_told(self) -> None:
        plan = self._batch.plan
        if plan is not None and self._consent is not None and not self.is_seen:
            self._notice = self._warning()
            self._now_seen(plan)

    def on_screen_suspend(self) -> None:
        """Something lies over it: what is pressed for that is not meant for this plan."""
        self._seen = None

    def on_screen_resume(self) -> None:
        """It is seen again, and anew."""
        if self._consent is not None and self._batch.plan is not None:
            self.call_after_refresh(self._now_seen, self._batch.plan)

    @property
    def is_seen(self) -> bool:
        """Whether everything that decides of the plan that can be agreed to has been painted."""
        return self._seen is not None and self._seen is self._batch.plan

    @property
    def _may_apply(self) -> bool:
        return self._place.may_write and not self._batch.undertaking.is_dry_run

    @property
    def _is_in_vain(self) -> bool:
        """Whether there is no plan to wait for, and none that could be applied."""
        batch = self._batch
        if batch.planning is None:
            return batch.trouble is not None
        return batch.barred_by is not None or not batch.to_apply

    @property
    def _is_editing(self) -> bool:
        return self.reason_input.display

    def action_confirm(self) -> None:
        """Apply the plan that is shown, where everything that is asked for was typed."""
        if self._is_editing:
            return
        objection = self._objection()
        plan = self._batch.plan
        if objection is None and plan is not None:
            try:
                self.app.batches.confirm(self._batch, plan, self._desk.work, reason=self._reason)
            except NotConfirmed as refused:
                objection = refused.words
            else:
                self.dismiss(self._batch)
                return
        self._say(objection or "")

    def action_type(self, digit: str) -> None:
        """One more digit of the number of rows."""
        self._type(lambda consent: consent.type(digit))

    def action_rub_out(self) -> None:
        """One digit less."""
        self._type(Consent.rub_out)

    def _type(self, change: Callable[[Consent], Consent]) -> None:
        if self._consent is None:
            self._say("The plan is not whole yet: wait, or x goes on without the rest.")
            return
        if (unseen := self._unseen()) is not None:
            self._say(unseen)
            return
        self._consent = change(self._consent)
        self._say("")

    def action_reason(self) -> None:
        """Write another reason; Enter, Tab or Esc leaves it."""
        self.reason_input.value = self._reason
        self.reason_input.display = True
        self.query_one("#why").display = False
        self.reason_input.focus()
        self._say("Enter keeps the reason; no key in it applies anything.")

    def action_stop_reading(self) -> None:
        """Go on without what was not read."""
        self.app.batches.stop_reading(self._batch)

    def action_read_anew(self) -> None:
        """Make a new plan of the same rows."""
        if self._batch.stage is Stage.READING:
            self._say("It is being read already.")
            return
        self.app.batches.drop(self._batch)
        is_blocked = self.app.live.blocked_until is not None
        work = self._desk.work.through_block() if is_blocked else self._desk.work
        self._batch = self.app.batches.begin(self._batch.undertaking, work)
        self._consent, self._seen, self._is_painted = None, None, False
        self._say("")
        self._paint()

    def action_cancel(self) -> None:
        """Leave the reason as it was; or leave everything as it is."""
        if self._is_editing:
            self._end_editing(self._reason)
        else:
            self._cancel()

    def action_look(self, move: str) -> None:
        """Look through the rows."""
        self.sheet.look(move)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.app.batches.drop(self._batch)
        self.dismiss(None)

    @on(Input.Submitted, "#reason")
    @on(Input.Blurred, "#reason")
    def _keep_reason(self, event: Input.Submitted | Input.Blurred) -> None:
        event.stop()
        if self._is_editing:
            self._end_editing(event.value.strip())

    def _end_editing(self, reason: str) -> None:
        self._reason = reason
        self.reason_input.display = False
        self.query_one("#why").display = True
        self.query_one("#cancel", Button).focus()
        self._say("")

    def _objection(self) -> str | None:
        """Why nothing may be applied now; None where it may."""
        batch = self._batch
        if batch.stage is Stage.READING:
            return "Nothing was applied: the plan is not whole yet. Wait, or x goes on without the rest."
        if batch.trouble is not None:
            return batch.trouble
        if self._consent is None:
            return _TOO_SOON
        if (unseen := self._unseen()) is not None:
            return unseen
        if (locked := self._locked()) is not None:
            return locked
        overview = self.app.live.overview
        pauses = overview.health.situation.pauses if overview is not None else ()
        if (why := impediment(batch, pauses)) is not None:
            return why
        if not self._reason and (self._consent.rows > 1 or self._place.production):
            return "Nothing was applied: a reason is needed. e writes one; the journal keeps it."
        return self._consent.objection

    def _unseen(self) -> str | None:
        """Why nobody can have looked at what a key would agree to; None where somebody can."""
        if self._is_to_be_scrolled:
            return f"Nothing was applied. {_SCROLL}"
        return None if self.is_seen and self._glance.was_had() else _TOO_SOON

    @property
    def _is_to_be_scrolled(self) -> bool:
        """Whether the plan stands there, and what decides of it is out of sight."""
        return self._is_painted and not (self.is_seen or self.sheet.has_told_all)

    def _locked(self) -> str | None:
        """Why nothing is written while what is seen is too old."""
        locked = self.app.live.locked
        if locked is None:
            return None
        return f"Nothing was applied: {locked}. It can be applied once the database was read again."

    def _say(self, notice: str) -> None:
        self._notice = notice
        self._paint_asking()

    def _on_batch(self, batch: Batch) -> None:
        if batch is self._batch:
            self._changed = True
            if batch.stage is not self._shown:
                self._paint()

    def _repaint(self) -> None:
        """What changes by itself: answers that came, seconds that went by."""
        batch = self._batch
        if self._changed or batch.stage is not self._shown or len(batch.answers) != self._answers:
            self._paint()
        else:
            self._paint_how_far()

    def _paint(self) -> None:
        batch, self._changed = self._batch, False
        self._answers = len(batch.answers)
        self.query_one("#title", Static).update(title(batch))
        self._paint_how_far()
        now, oldest = self.app.clock.now(), self._place.policy.auto_max_age
        heals = self.app.live.daemon_heals
        self.sheet.show(
            lambda width: plan_lines(
                batch, width, auto_max_age=oldest, now=now, daemon_heals=heals, above=self._above()
            )
        )
        if batch.stage is not self._shown:
            self._shown = batch.stage
            self.refresh_bindings()
        plan = batch.plan
        if plan is not None and batch.stage is Stage.ASKING and self._consent is None:
            self._consent = Consent.to(plan.to_apply)
            self._notice = self._warning()
            self.call_after_refresh(self._now_seen, plan)
        dry = batch.undertaking.is_dry_run
        text = sent(batch.to_apply, self._place, is_dry_run=dry) if plan is not None else ""
        self.query_one("#sent", Static).update(text)
        self._paint_asking()

    def _now_seen(self, plan: Plan) -> None:
        # What lies under another screen was painted for nobody; it is seen when that one goes.
        self._is_painted = True
        if self.is_active and self.sheet.has_told_all:
            self._seen = plan
            self._glance.begins()
        self._paint_asking()

    def _warning(self) -> str:
        """What the operator should know of the whole plan before anything is typed."""
        overview = self.app.live.overview
        pauses = overview.health.situation.pauses if overview is not None else ()
        if (why := impediment(self._batch, pauses)) is not None:
            return why
        if held := bound_by(self._batch.to_apply, pauses):
            return f"{rows_in_words(held)} of these are held by a pause and will be refused."
        return ""

    def _paint_how_far(self) -> None:
        now, elapsed = self.app.clock.now(), self.app.clock.monotonic() - self._batch.began
        text = how_far(self._batch, elapsed=elapsed, now=now, place=self._place)
        self.query_one("#how_far", Static).update(text)

    def _paint_asking(self) -> None:
        reason = harmless(self._reason, limit=_LONGEST_REASON) or "none"
        self.query_one("#why", Static).update(f"Reason: {reason}  (e changes it)")
        self.query_one("#question", Static).update(self._question())
        self.query_one("#notice", Static).update(self._notice)
        self.set_class(bool(self._notice), "-says")

    def _question(self) -> str:
        if self._batch.undertaking.is_dry_run:
            keys = f"{self.app.key('sync', 's')} and {self.app.key('sync_marked', 'S')}"
            further = f" {keys} make a plan that can be applied." if self._place.may_write else ""
            return f"Esc closes this.{further}"
        if self._batch.trouble is not None:
            return "r tries again; Esc closes this."
        if self._consent is None:
            return "Wait until every row is read, or x goes on without the rest."
        if self._batch.barred_by is not None:
            return "None of it can be applied. r reads it anew; Esc closes this."
        if self._consent.rows == 0 and (until := self.app.live.blocked_until) is not None:
            asked = f"The PSP asked to be left alone until {until:%H:%M:%S} UTC"
            return f"{asked}. r reads it all the same; Esc closes this."
        if self._consent.rows == 0:
            return "There is nothing to apply. Esc closes this."
        if self._is_to_be_scrolled:
            return _SCROLL
        return self._consent.question


_TOO_SOON = "Nothing was applied: the plan has only just appeared. Look at it; a key counts after a moment."
_SCROLL = "Scroll down to see the whole plan first (down, PgDn)."
"""On one line of any usual terminal: a second one would take the room of what it asks to be looked at."""
_SHORT, _NARROW, _TINY = 20, 60, 16
"""Below so many lines or columns there is no room for what only helps to judge; below the last, for no frame
either."""
