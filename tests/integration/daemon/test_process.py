"""`reconcile-tui --daemon` as a process: how it starts, how it is stopped, and what systemd hears."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine

from reconcile_tui.cli.daemon import daemon
from reconcile_tui.demo.psp.faults import server_error
from tests.integration.cli.conftest import HeldClock, Stage, a_stage
from tests.integration.daemon.process import a_daemon
from tests.postgres import PostgresServer

SIGNALS = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture
async def stage(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Stage]:
    """A shop in a file, its PSP, and the program."""
    async with a_stage(file_shop(sqlite_template, tmp_path), tmp_path) as stage:
        yield stage


@pytest.fixture
async def held(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[tuple[Stage, HeldClock]]:
    """The same with a PSP that answers when it is let go."""
    clock = HeldClock()
    async with a_stage(file_shop(sqlite_template, tmp_path), tmp_path, clock=clock) as stage:
        await stage.world.order("o-1", psp="succeeded")
        yield stage, clock


@pytest.fixture
async def postgres_stage(
    postgres: PostgresServer, postgres_template: str, tmp_path: Path
) -> AsyncIterator[Stage]:
    """A shop on a server, its PSP, and the program."""
    url = postgres.make_numbered(postgres_template)
    async with a_stage(url, tmp_path) as stage:
        yield stage
    postgres.drop(url)


@asynccontextmanager
async def locked(stage: Stage) -> AsyncIterator[None]:
    """A delivery waits in its transaction for as long as this is open: no payload can be written down."""
    engine = create_async_engine(stage.world.url.set(drivername="postgresql+psycopg"))
    async with engine.connect() as connection:
        await connection.execute(text("LOCK TABLE reconcile_webhook_log IN ACCESS EXCLUSIVE MODE"))
        yield
    await engine.dispose()


async def delivering(stage: Stage, row_id: str) -> None:
    """Wait until the row's event is on its way."""
    async with asyncio.timeout(30):
        while not await stage.world.steps(row_id):  # noqa: ASYNC110 a database sets no event
            await asyncio.sleep(0.05)


def file_shop(template: Path, folder: Path) -> URL:
    path = folder / "shop.sqlite3"
    path.write_bytes(template.read_bytes())
    return URL.create("sqlite", database=str(path))


async def test_it_ticks_by_itself_and_tells_of_it_in_the_log_alone(stage: Stage) -> None:
    await stage.world.order("o-1", psp="succeeded")
    async with a_daemon(stage, RECONCILE_INTERVAL="1s") as run:
        started = await run.until("daemon.started")
        await run.until("order.fixed")
        await run.until("tick.ended", times=2)
        run.send(signal.SIGTERM)
        code = await run.ended()
        out = await run.process.stdout.read() if run.process.stdout else b""

    assert (code, out, run.plain) == (0, b"", [])
    assert (started["interval"], started["mode"], started["psp"]) == ("1s", "heal", stage.world.psp.url)
    assert started["database"].endswith("shop.sqlite3")
    assert await stage.world.status("o-1") == "completed"
    assert stage.world.psp.api_key not in run.everything


@pytest.mark.parametrize("number", SIGNALS)
async def test_a_signal_lets_the_rows_in_flight_end_and_the_exit_code_is_0(
    postgres_stage: Stage, number: signal.Signals
) -> None:
    stage = postgres_stage
    await stage.world.order("o-1", psp="succeeded")
    async with a_daemon(stage, RECONCILE_DATABASE_LOCK_TIMEOUT="25s") as run:
        async with locked(stage):
            await delivering(stage, "o-1")
            run.send(number)
            await run.until("daemon.stopping")
        code = await run.ended()

    assert code == 0
    assert await stage.world.status("o-1") == "completed"
    assert await stage.world.steps("o-1") == ["intended", "applied", "fixed"]
    assert run.of("daemon.stopped")[0]["rows_in_doubt"] == 0
    assert await stage.world.store.turns.current() is None
    assert await stage.world.store.daemons.all() == []


async def test_rows_that_take_too_long_are_cut_off_and_the_exit_code_is_0(
    held: tuple[Stage, HeldClock],
) -> None:
    stage, clock = held
    async with a_daemon(stage, RECONCILE_SHUTDOWN_TIMEOUT="1s") as run:
        await clock.asleep.wait()
        run.send(signal.SIGTERM)
        cut_off = await run.until("daemon.cut_off")
        code = await run.ended()
        clock.go.set()

    assert (code, run.of("daemon.stopped")[0]["rows_in_doubt"]) == (0, 0)
    assert "next start settles" in cut_off["next_step"]
    assert "Traceback" not in run.everything
    assert await stage.world.status("o-1") == "pending"


async def test_a_second_signal_leaves_at_once(held: tuple[Stage, HeldClock]) -> None:
    stage, clock = held
    async with a_daemon(stage) as run:
        await clock.asleep.wait()
        run.send(signal.SIGTERM)
        await run.until("daemon.stopping")
        run.send(signal.SIGINT)
        code = await run.ended()
        clock.go.set()

    assert code == 143
    assert not run.of("daemon.stopped")
    assert "Traceback" not in run.everything


async def test_without_a_key_it_says_so_and_ends_with_2(stage: Stage) -> None:
    end = await stage.run("--daemon", HYPERSWITCH_API_KEY="")

    assert (end.code, end.out) == (2, "")
    assert "HYPERSWITCH_API_KEY is not set" in end.err
    assert "Traceback" not in end.err


async def test_a_second_signal_does_not_even_wait_for_the_database(postgres_stage: Stage) -> None:
    stage = postgres_stage
    await stage.world.order("o-1", psp="succeeded")
    async with a_daemon(stage, RECONCILE_DATABASE_LOCK_TIMEOUT="25s") as run, locked(stage):
        await delivering(stage, "o-1")
        run.send(signal.SIGTERM)
        await run.until("daemon.stopping")
        run.send(signal.SIGINT)
        async with asyncio.timeout(10):
            code = await run.ended()

    assert code == 143
    assert await stage.world.steps("o-1") == ["intended"]


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        ({"HYPERSWITCH_ENABLED": "false"}, 2, "HYPERSWITCH_ENABLED"),
        ({"RECONCILE_WORKER_ENABLED": "false"}, 0, "switched off: RECONCILE_WORKER_ENABLED is false"),
        ({"RECONCILE_WORKER_ENABLED": "false", "HYPERSWITCH_API_KEY": ""}, 0, "switched off"),
        ({"RECONCILE_ROLE": "viewer"}, 6, "RECONCILE_MODE=observe"),
        ({"DATABASE_URL": ""}, 2, "DATABASE_URL is not set"),
    ],
)
async def test_where_it_may_not_run_it_says_so_and_ends(
    stage: Stage, settings: dict[str, str], code: int, said: str
) -> None:
    end = await stage.perform(daemon, as_json=False, **settings)

    assert (end.code, end.out) == (code, "")
    assert said in end.err
    assert not stage.world.psp.traffic.counts


async def test_without_the_tools_own_tables_it_ends_with_5_and_says_what_to_run(
    stage: Stage, tmp_path: Path
) -> None:
    (tmp_path / "empty.sqlite3").touch()
    empty = URL.create("sqlite", database=str(tmp_path / "empty.sqlite3"))

    end = await stage.perform(daemon, DATABASE_URL=empty.render_as_string())

    assert end.code == 5
    assert "Run reconcile-tui init-db." in end.err


async def test_a_database_that_cannot_be_reached_is_waited_for(stage: Stage) -> None:
    nowhere = "postgresql://shop:sw0rdfish@127.0.0.1:1/shop"
    async with a_daemon(stage, DATABASE_URL=nowhere, RECONCILE_SWEEP_LEASE="1s") as run:
        told = await run.until("daemon.database_away")
        run.send(signal.SIGTERM)
        code = await run.ended()

    assert code == 0
    assert told["why"] == "The database cannot be reached."
    assert "127.0.0.1:1/shop" in told["detail"]
    assert "sw0rdfish" not in run.everything


async def test_a_psp_that_was_down_is_used_again_without_a_restart(stage: Stage) -> None:
    for number in range(12):
        await stage.world.order(f"o-{number}", psp="succeeded")
    stage.world.psp.faults.always("*", server_error())
    async with a_daemon(stage) as run:
        await run.until("daemon.tick_cut_short")
        stage.world.psp.faults.stop("*")
        await run.until("order.fixed", times=12)

    assert len(run.of("daemon.started")) == 1


async def test_systemd_hears_that_it_is_ready_alive_and_stopping(stage: Stage, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.setblocking(False)
        heard: list[str] = []

        async def until(line: str) -> None:
            async with asyncio.timeout(30):
                while line not in heard:
                    told = await asyncio.get_running_loop().sock_recv(ear, 1000)
                    heard.extend(told.decode().splitlines())

        async with a_daemon(stage, NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="200000") as run:
            await until("READY=1")
            await until("WATCHDOG=1")
            heard.clear()
            await until("WATCHDOG=1")
            run.send(signal.SIGTERM)
            await until("STOPPING=1")
            assert await run.ended() == 0


async def test_the_demo_can_be_healed_by_a_daemon(stage: Stage) -> None:
    async with a_daemon(stage, "--demo") as run:
        await run.until("order.fixed")
        run.send(signal.SIGTERM)

        assert await run.ended() == 0
