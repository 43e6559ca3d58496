"""Any interleaving of anything leaves every row as the PSP's last word justifies, or visibly open.

Hypothesis tells the stories: sweeps, operators, real webhooks, the PSP's changes of mind and its troubles,
the shop's own doings, pauses, crashes, frozen processes, commits whose answer nobody heard.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import URL

from reconcile_tui.demo.psp.faults import (
    Fault,
    Mislabelled,
    OtherId,
    OtherStatus,
    Reset,
    Truncated,
    busy,
    connector_error,
    forbidden,
    server_error,
    too_many_requests,
)
from tests.properties.processes import CRASHES, FREEZES, Mishap, Way
from tests.properties.stage import Stage
from tests.properties.town import ORDER_AMOUNT, Doom, Town

ROWS = st.integers(0, 11)
AGES = st.sampled_from(["45m", "45m", "3h", "10m", "30h", "8d"])
_COMMON = ["succeeded", "failed", "processing"]
PAYMENTS = st.sampled_from(
    [
        *_COMMON * 4,
        "cancelled",
        "expired",
        "requires_customer_action",
        "requires_payment_method",
        "requires_capture",
        "partially_captured",
        "conflicted",
        "teleported",
    ]
)
REFUNDS = st.sampled_from(["succeeded", "failed", "pending", "succeeded", "failed", "review"])
KNOWN_PAYMENT = st.sampled_from([None, "processing", "requires_customer_action"])
AMOUNTS = st.sampled_from(
    [ORDER_AMOUNT, ORDER_AMOUNT // 2, ORDER_AMOUNT // 2, ORDER_AMOUNT // 4, ORDER_AMOUNT + 1]
)
TROUBLES = st.sampled_from([*[None] * 8, "amount", "currency", "short", "unknown"])
CONNECTORS = st.sampled_from(["stripe", "adyen"])
FAULTS: st.SearchStrategy[Fault | None] = st.sampled_from(
    [
        None,
        server_error(),
        busy(),
        too_many_requests(1),
        too_many_requests(600),
        connector_error(),
        forbidden(),
        Truncated(),
        Mislabelled(),
        OtherId(),
        OtherStatus(),
        Reset(),
    ]
)
WAITS = st.sampled_from(["0s", "0s", "20s", "62s", "61m", "13h"])
DOOMS = st.one_of(
    st.none(),
    st.builds(Doom, mishap=st.sampled_from(CRASHES), at=st.integers(0, 30)),
    st.builds(
        Doom, mishap=st.sampled_from([*CRASHES, *FREEZES]), at=st.integers(0, 9), only=st.just(Way.WRITE)
    ),
    st.builds(Doom, mishap=st.sampled_from(FREEZES), at=st.integers(0, 4), only=st.just(Way.PSP)),
    st.builds(
        Doom, mishap=st.sampled_from([Mishap.DOUBT_COMMITTED, Mishap.DOUBT_LOST]), at=st.integers(0, 9)
    ),
    st.builds(Doom, mishap=st.just(Mishap.REFUSED), at=st.integers(0, 30)),
)
ORDERS = st.fixed_dictionaries(
    {"age": AGES, "psp": PAYMENTS, "known": KNOWN_PAYMENT, "connector": CONNECTORS, "trouble": TROUBLES}
)
SENT = st.fixed_dictionaries(
    {
        "of": st.none() | ROWS,
        "amount": AMOUNTS,
        "age": AGES,
        "psp": st.one_of(REFUNDS, REFUNDS, REFUNDS, st.none()),
        "known": st.sampled_from([None, "pending"]),
        "waits": st.sampled_from([True, True, False]),
    }
)
ORPHANS = st.fixed_dictionaries({"of": st.none() | ROWS, "amount": AMOUNTS, "age": AGES})
Facts = dict[str, Any]


class Story(RuleBasedStateMachine):
    """One town, told on a stage."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.town: Town = self.stage.begin()
        self.went_wrong = False

    def happens(self, happening: Any) -> None:
        try:
            self.stage.happens(happening)
        except BaseException:
            self.went_wrong = True
            raise

    def teardown(self) -> None:
        try:
            if not self.went_wrong:
                self.stage.ends()
        finally:
            self.stage.clear()

    @initialize(
        orders=st.lists(ORDERS, max_size=3),
        refunds=st.lists(SENT, max_size=2),
        orphans=st.lists(ORPHANS, max_size=2),
        prompt=st.booleans(),
    )
    def the_shop_opens(
        self, orders: list[Facts], refunds: list[Facts], orphans: list[Facts], prompt: bool
    ) -> None:
        self.town.prompt = prompt
        for facts in orders:
            self.happens(self.town.a_new_order(**facts))
        for facts in refunds:
            self.happens(self.town.a_new_refund(**facts))
        for facts in orphans:
            self.happens(self.town.a_new_orphan(**facts))

    @rule(facts=ORDERS)
    def a_new_order(self, facts: Facts) -> None:
        self.happens(self.town.a_new_order(**facts))

    @rule(facts=SENT)
    def a_new_refund(self, facts: Facts) -> None:
        self.happens(self.town.a_new_refund(**facts))

    @rule(facts=ORPHANS)
    def a_new_orphan(self, facts: Facts) -> None:
        self.happens(self.town.a_new_orphan(**facts))

    @rule(
        which=ROWS,
        names=st.sampled_from([None, "id", "metadata"]),
        psp=REFUNDS,
        listed_in=st.sampled_from(["0s", "0s", "5h"]),
        amount=st.one_of(st.none(), st.none(), AMOUNTS),
    )
    def an_orphans_refund_appears(self, which: int, **facts: Any) -> None:
        self.happens(self.town.an_orphans_refund_appears(which, **facts))

    @rule(which=ROWS)
    def the_shop_cancels(self, which: int) -> None:
        self.happens(self.town.the_shop_cancels(which))

    @rule(which=ROWS)
    def the_shop_opens_again(self, which: int) -> None:
        self.happens(self.town.the_shop_opens_again(which))

    @rule(which=ROWS, psp=PAYMENTS)
    def a_second_payment(self, which: int, psp: str) -> None:
        self.happens(self.town.a_second_payment(which, psp=psp))

    @rule(which=ROWS, status=PAYMENTS, hears=st.booleans())
    def a_payment_becomes(self, which: int, status: str, hears: bool) -> None:
        self.happens(self.town.a_payment_becomes(which, status, hears=hears))

    @rule(which=ROWS, status=REFUNDS, hears=st.booleans())
    def a_refund_becomes(self, which: int, status: str, hears: bool) -> None:
        self.happens(self.town.a_refund_becomes(which, status, hears=hears))

    @rule(faults=st.lists(FAULTS, max_size=6), connector=st.sampled_from([None, None, "stripe", "adyen"]))
    def the_psp_is_unwell(self, faults: list[Fault | None], connector: str | None) -> None:
        if connector is not None:
            self.happens(self.town.a_connector_fails(connector))
        elif faults:
            self.happens(self.town.the_psp_is_unwell(*faults))
        else:
            self.happens(self.town.all_is_well_at_the_psp())

    @rule(which=ROWS, comes=st.booleans())
    def the_psp_writes_a_webhook(self, which: int, comes: bool) -> None:
        self.happens(self.town.the_psp_writes_a_webhook(which, comes=comes))

    @rule(which=ROWS)
    def the_mail_comes(self, which: int) -> None:
        self.happens(self.town.the_mail_comes(which))

    @rule(wait=WAITS, doom=DOOMS, drain=st.booleans())
    def a_tick(self, wait: str, doom: Doom | None, drain: bool) -> None:
        self.town.world.later(wait)
        self.happens(self.town.ticks(doom, drain=drain))

    @rule(wait=WAITS, one=DOOMS, other=DOOMS)
    def two_ticks_at_once(self, wait: str, one: Doom | None, other: Doom | None) -> None:
        self.town.world.later(wait)
        self.happens(self.town.ticks(one, other))

    @rule(rows=st.lists(ROWS, min_size=1, max_size=4), doom=DOOMS)
    def an_operator_plans(self, rows: Sequence[int], doom: Doom | None) -> None:
        self.happens(self.town.an_operator_plans(rows, doom))

    @rule(wait=WAITS, which=ROWS, doom=DOOMS, tick=st.booleans(), beside=DOOMS)
    def an_operator_applies(
        self, wait: str, which: int, doom: Doom | None, tick: bool, beside: Doom | None
    ) -> None:
        self.town.world.later(wait)
        self.happens(self.town.an_operator_applies(which, doom, tick=tick, beside=beside))

    @rule(row=ROWS, doom=DOOMS)
    def an_operator_sends_again(self, row: int, doom: Doom | None) -> None:
        self.happens(self.town.an_operator_sends_again(row, doom))

    @rule(wait=WAITS, which=ROWS)
    def a_process_wakes(self, wait: str, which: int) -> None:
        self.town.world.later(wait)
        self.happens(self.town.a_process_wakes(which))

    @rule(connector=st.none() | CONNECTORS, on=st.booleans())
    def somebody_pulls_the_brake(self, connector: str | None, on: bool) -> None:
        self.happens(self.town.somebody_pauses(connector) if on else self.town.somebody_resumes())


def tell(url: URL, *, stories: int, happenings: int, derandomize: bool) -> None:
    """Tell so many stories of at most so many happenings; the shortest one that goes wrong is shown."""
    with Stage(url) as stage:
        told = type("Story", (Story,), {"stage": stage})
        run_state_machine_as_test(
            told,
            settings=settings(
                max_examples=stories,
                stateful_step_count=happenings,
                deadline=None,
                derandomize=derandomize,
                database=None,
                print_blob=True,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
        )


def test_whatever_happens_every_row_is_as_the_psp_says_or_visibly_open(database_url: URL) -> None:
    stories = 3 if database_url.get_backend_name() == "postgresql" else 5
    tell(database_url, stories=stories, happenings=25, derandomize=True)


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_in_many_more_stories_every_row_is_as_the_psp_says_or_visibly_open(database_url: URL) -> None:
    stories = 200 if database_url.get_backend_name() == "postgresql" else 600
    tell(database_url, stories=stories, happenings=40, derandomize=False)
