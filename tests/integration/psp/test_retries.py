"""What is tried again inside one read, how long it waits, and how `Retry-After` binds the process."""

import asyncio
from datetime import timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from reconcile_tui.core.findings import PaymentId
from reconcile_tui.core.psp.hyperswitch import RetryRules
from reconcile_tui.core.psp.local_budget import LocalBudget
from reconcile_tui.core.psp.reader import PspReader
from reconcile_tui.core.psp_states import PaymentSeen, ReadFailed, ReadFailureKind, ReadHow
from tests.integration.psp.conftest import MakeReader
from tests.integration.psp.stub import Handler, StubPsp, a_payment, refuses, says, sends
from tests.unit.psp.steered_clock import START, SteeredClock

PAY = PaymentId("pay_1")
BUSY = refuses(500, "HE_00", "Something went wrong")


def too_many(retry_after: str | None) -> Handler:
    return sends(b"slow down", status=429, headers={"retry-after": retry_after} if retry_after else None)


@pytest.mark.parametrize("how", list(ReadHow))
async def test_a_passing_trouble_is_tried_again(psp: StubPsp, reader: PspReader, how: ReadHow) -> None:
    psp.will(BUSY, BUSY, says(a_payment()))

    assert isinstance(await reader.payment(PAY, how=how), PaymentSeen)
    assert len(psp.asked) == 3


async def test_each_attempt_takes_a_slot_of_its_own(
    psp: StubPsp, reader: PspReader, budget: LocalBudget
) -> None:
    psp.will(BUSY, says(a_payment()))

    await reader.payment(PAY, how=ReadHow.FORCED)

    assert budget.use.sent_last_second == 2


async def test_the_attempts_end_and_the_last_failure_is_told(psp: StubPsp, reader: PspReader) -> None:
    psp.will(BUSY)

    failure = await reader.payment(PAY, how=ReadHow.FORCED)

    assert isinstance(failure, ReadFailed)
    assert (failure.kind, failure.code) == (ReadFailureKind.SERVER_ERROR, "HE_00")
    assert len(psp.asked) == 3


@pytest.mark.parametrize(("jitter", "waits"), [(0.0, [0.1, 0.2]), (0.5, [0.15, 0.3])])
async def test_waits_double_and_are_spread_by_the_jitter(
    psp: StubPsp, make_reader: MakeReader, clock: SteeredClock, jitter: float, waits: list[float]
) -> None:
    psp.will(BUSY)

    await make_reader(psp.url, jitter=lambda: jitter).payment(PAY, how=ReadHow.FORCED)

    assert clock.slept == pytest.approx(waits)


async def test_a_short_wait_is_obeyed_and_the_read_succeeds(
    psp: StubPsp, reader: PspReader, budget: LocalBudget, clock: SteeredClock
) -> None:
    psp.will(too_many("2"), says(a_payment()))

    seen = await reader.payment(PAY, how=ReadHow.FORCED)

    assert isinstance(seen, PaymentSeen)
    assert budget.blocked_until == START + timedelta(seconds=2)
    assert clock.now() >= START + timedelta(seconds=2)


@pytest.mark.parametrize("retry_after", ["60", format_datetime(START + timedelta(seconds=60), usegmt=True)])
@pytest.mark.parametrize("status", [429, 503])
async def test_a_long_wait_ends_the_read_and_binds_everybody(
    psp: StubPsp, reader: PspReader, budget: LocalBudget, retry_after: str, status: int
) -> None:
    headers = {"retry-after": retry_after, "date": format_datetime(START, usegmt=True)}
    psp.will(sends(b"", status=status, headers=headers))

    failure = await reader.payment(PAY, how=ReadHow.FORCED)

    assert isinstance(failure, ReadFailed)
    assert failure.retry_after == 60.0
    assert budget.blocked_until == START + timedelta(seconds=60)
    assert len(psp.asked) == 1


async def test_a_date_to_wait_for_is_measured_by_the_servers_own_clock(
    psp: StubPsp, reader: PspReader, budget: LocalBudget
) -> None:
    theirs = START + timedelta(hours=2)
    psp.will(
        sends(
            b"",
            status=429,
            headers={
                "retry-after": format_datetime(theirs + timedelta(seconds=30), usegmt=True),
                "date": format_datetime(theirs, usegmt=True),
            },
        )
    )

    await reader.payment(PAY, how=ReadHow.FORCED)

    assert budget.blocked_until == START + timedelta(seconds=30)


async def test_a_rate_limit_that_says_nothing_still_holds_everybody_back_for_a_moment(
    psp: StubPsp, reader: PspReader, budget: LocalBudget
) -> None:
    psp.will(too_many(None), says(a_payment()))

    assert isinstance(await reader.payment(PAY, how=ReadHow.FORCED), PaymentSeen)
    assert budget.blocked_until == START + timedelta(seconds=1)


@pytest.mark.parametrize(
    "answer",
    [
        refuses(401, "IR_01"),
        refuses(400, "IR_07"),
        refuses(502, "CE_00"),
        refuses(404, "HE_02", "Payment does not exist in our records"),
        sends(b"{", status=200),
        sends(b"", status=302, headers={"location": "/"}),
        says(a_payment("pay_2")),
    ],
)
async def test_what_another_attempt_would_not_change_is_asked_once(
    psp: StubPsp, reader: PspReader, answer: Handler
) -> None:
    psp.will(answer)

    await reader.payment(PAY, how=ReadHow.FORCED)

    assert len(psp.asked) == 1


async def test_one_attempt_is_enough_where_the_rules_say_so(psp: StubPsp, make_reader: MakeReader) -> None:
    psp.will(BUSY)

    await make_reader(psp.url, retries=RetryRules(attempts=1)).payment(PAY, how=ReadHow.FORCED)

    assert len(psp.asked) == 1


async def test_reads_at_once_do_not_disturb_each_others_attempts(
    psp: StubPsp, make_reader: MakeReader
) -> None:
    tried: dict[str, int] = {}

    async def third_time_lucky(request: web.Request) -> web.StreamResponse:
        payment_id = request.path.rsplit("/", 1)[-1]
        tried[payment_id] = tried.get(payment_id, 0) + 1
        answer = says(a_payment(payment_id)) if tried[payment_id] == 3 else BUSY
        return await answer(request)

    psp.will(third_time_lucky)
    reader = make_reader(psp.url)

    seen = await asyncio.gather(
        *(reader.payment(PaymentId(f"pay_{n}"), how=ReadHow.FORCED) for n in range(30))
    )

    assert [state.payment_id for state in seen if isinstance(state, PaymentSeen)] == [
        f"pay_{n}" for n in range(30)
    ]
    assert set(tried.values()) == {3}
