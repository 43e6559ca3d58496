"""The systemd unit keeps what it promises: notify and watchdog, no privileges, time for rows in flight."""

import pytest

from reconcile_tui.daemon.loop import LAST_SECONDS
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.settings import Settings
from tests.builders import span
from tests.deploy.files import DEPLOY, Unit

UNIT = Unit.read(DEPLOY / "reconcile-tui.service")


def test_it_runs_the_daemon_and_hears_from_it() -> None:
    assert UNIT.one("ExecStart").split()[1:] == ["--daemon"]
    assert UNIT.one("Type") == "notify"
    assert UNIT.one("NotifyAccess") == "main"
    assert span(UNIT.one("WatchdogSec")) >= span("30s")


def test_rows_in_flight_have_their_time_to_end() -> None:
    needed = Settings.from_sources(()).shutdown_timeout.total_seconds() + LAST_SECONDS
    assert span(UNIT.one("TimeoutStopSec")).total_seconds() > needed
    assert UNIT.one("KillSignal") == "SIGTERM"


def test_what_a_restart_cannot_mend_is_not_tried_again() -> None:
    assert UNIT.one("Restart") == "on-failure"
    assert UNIT.one("RestartPreventExitStatus").split() == [
        str(int(ExitCode.USAGE)),
        str(int(ExitCode.REFUSED)),
    ]
    assert UNIT.one("SuccessExitStatus") == str(int(ExitCode.TERMINATED))
    assert UNIT.one("StartLimitIntervalSec", "Unit") == "0"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("NoNewPrivileges", "yes"),
        ("DynamicUser", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("PrivateDevices", "yes"),
        ("CapabilityBoundingSet", ""),
        ("AmbientCapabilities", ""),
        ("MemoryDenyWriteExecute", "yes"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ("SystemCallArchitectures", "native"),
        ("LimitCORE", "0"),
        ("UMask", "0077"),
    ],
)
def test_it_is_hardened(key: str, value: str) -> None:
    assert UNIT.one(key) == value


def test_it_may_make_the_calls_of_a_service_and_no_others() -> None:
    assert UNIT.all("SystemCallFilter") == ["@system-service", "~@privileged @resources"]
    assert UNIT.one("MemoryMax")


def test_secrets_come_from_a_file_of_roots_and_stand_in_no_line_of_the_unit() -> None:
    assert UNIT.one("EnvironmentFile") == "/etc/reconcile-tui/environment"
    text = (DEPLOY / "reconcile-tui.service").read_text(encoding="utf-8")
    assert "0600" in text
    assert "API_KEY" not in text
    assert "DATABASE_URL" not in text
