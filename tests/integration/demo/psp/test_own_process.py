"""The simulated PSP as its own process: as the benchmark starts it."""

import asyncio
import json
import signal
import sys

import aiohttp

from reconcile_tui.demo.psp.generated import generated_payment
from reconcile_tui.demo.psp.keys import API_KEY


async def test_it_says_where_it_is_answers_and_sums_up_when_stopped() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "reconcile_tui.demo.psp", "--payments", "3", "--latency-ms", "1"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    last = generated_payment(2)
    async with aiohttp.ClientSession(headers={"api-key": API_KEY}) as session:
        async with session.get(f"{url}/payments/{last.payment_id}?force_sync=true") as got:
            body = await got.json()
        async with session.post(f"{url}/payments") as refused:
            assert refused.status == 404
    process.send_signal(signal.SIGTERM)
    output, _ = await process.communicate()
    summary = json.loads(output)
    assert (body["status"], body["amount"], body["currency"]) == ("succeeded", last.amount, last.currency)
    assert process.returncode == 0
    assert (summary["requests"], summary["forced"]) == ({"payment": 1}, 1)
    assert summary["illegal"] == ["POST /payments"]
