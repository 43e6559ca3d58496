"""An error in words: what, on what, what is untouched, what to do, and the exit code. Never a secret."""

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from reconcile_tui.core.psp.budget import BudgetUnavailable
from reconcile_tui.core.psp.hyperswitch import MalformedKeyRefused, PublishableKeyRefused
from reconcile_tui.core.psp.wire import BaseUrlRefused, PlainHttpRefused
from reconcile_tui.core.store.database import CommitInDoubt
from reconcile_tui.core.store.mapping import MappingInvalid
from reconcile_tui.core.store.schema import SchemaOutdated
from reconcile_tui.errors import explain_error
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.settings import Problem, SettingMissing, SettingsInvalid

TWO_PROBLEMS = SettingsInvalid(
    [
        Problem(
            name="RECONCILE_MODE", value='"repair"', place="environment", message="allowed: heal or observe"
        ),
        Problem(name="interval", message="unknown key"),
    ]
)


def test_settings_that_cannot_be_used_are_told_problem_by_problem() -> None:
    told = explain_error(TWO_PROBLEMS)
    assert told.lines() == (
        "The settings cannot be used.",
        '  RECONCILE_MODE = "repair" (environment): allowed: heal or observe',
        "  interval: unknown key",
        "Nothing was read and nothing was changed.",
        "Mend them, then try again.",
    )
    assert told.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("error", "what", "next_step", "code"),
    [
        (
            SettingMissing("DATABASE_URL", why="there is no database", what_to_do="Set it"),
            "DATABASE_URL is not set: there is no database.",
            "Set it.",
            ExitCode.USAGE,
        ),
        (
            MappingInvalid("orders: no id"),
            "The mapping of the shop's tables",
            "Mend [mapping]",
            ExitCode.USAGE,
        ),
        (PublishableKeyRefused(), "The API key cannot be used", "HYPERSWITCH_API_KEY", ExitCode.USAGE),
        (MalformedKeyRefused(), "The API key cannot be used", "HYPERSWITCH_API_KEY", ExitCode.USAGE),
        (BaseUrlRefused("no host"), "The PSP's address cannot", "HYPERSWITCH_BASE_URL", ExitCode.USAGE),
        (PlainHttpRefused("psp.example"), "would show the API key", "HYPERSWITCH_ALLOW_HTTP", ExitCode.USAGE),
        (SchemaOutdated(None, "0001"), "own tables are not there", "init-db", ExitCode.DATABASE),
        (SchemaOutdated("0001", "0009"), "belong to an older version", "init-db", ExitCode.DATABASE),
        (SchemaOutdated("0009", "0001"), "belong to a newer version", "Install the newer", ExitCode.DATABASE),
        (CommitInDoubt("gone"), "while a change was being committed", "The journal knows", ExitCode.DATABASE),
        (BudgetUnavailable("gone"), "budget of requests", "Try again", ExitCode.DATABASE),
        (PoolTimeout("QueuePool limit"), "was busy", "RECONCILE_DATABASE_POOL_SIZE", ExitCode.DATABASE),
        (KeyboardInterrupt(), "Interrupted.", "settled first by the next tick", ExitCode.INTERRUPTED),
        (
            ZeroDivisionError("division by zero"),
            "Internal error: ZeroDivisionError: division by zero",
            "RECONCILE_LOG_LEVEL=debug",
            ExitCode.INTERNAL_ERROR,
        ),
        (ValueError(), "Internal error: ValueError", "RECONCILE_LOG_LEVEL=debug", ExitCode.INTERNAL_ERROR),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, BaseException) else "",
)
def test_an_error_says_what_happened_and_what_to_do(
    error: BaseException, what: str, next_step: str, code: ExitCode
) -> None:
    told = explain_error(error, database="sqlite+aiosqlite:///shop.db")
    assert what in told.what
    assert next_step in told.next_step
    assert told.exit_code is code
    assert told.untouched


def test_of_a_group_the_first_error_is_told_and_an_interruption_before_it() -> None:
    group = ExceptionGroup("tasks", [ExceptionGroup("inner", [TWO_PROBLEMS]), ValueError("later")])
    assert explain_error(group).exit_code is ExitCode.USAGE
    stopped = BaseExceptionGroup("tasks", [TWO_PROBLEMS, KeyboardInterrupt()])
    assert explain_error(stopped).exit_code is ExitCode.INTERRUPTED


def test_statement_and_parameters_of_a_database_error_are_not_repeated() -> None:
    cause = Exception("server closed the connection\nDETAIL: wanda")
    error = OperationalError("SELECT secret_column", {"email": "wanda@shop.example"}, cause)
    text = "\n".join(explain_error(error).lines())
    assert "The database cannot be reached." in text
    assert "secret_column" not in text
    assert "wanda" not in text


def test_a_server_whose_socket_is_gone_cannot_be_reached() -> None:
    said = 'connection is bad: connection to server on socket "/run/.s.PGSQL.5432" failed: No such file'
    told = explain_error(OperationalError("SELECT 1", {}, Exception(said)))
    assert told.what == "The database cannot be reached."


@pytest.mark.parametrize(
    "said",
    [
        "connection failed: password sw0rdfish",
        "card 4111111111111111",
        "wanda@shop.example",
        "two\nlines \x1b[31m",
    ],
)
def test_no_secret_and_no_escape_comes_out_of_any_error(said: str) -> None:
    for error in (ValueError(said), MappingInvalid(said), OperationalError("SELECT 1", {}, Exception(said))):
        told = explain_error(error, secrets=["sw0rdfish"])
        text = " ".join(told.lines())
        assert text.isprintable()
        for hidden in ("sw0rdfish", "4111111111111111", "wanda@shop.example"):
            assert hidden not in text


def test_exit_codes_are_the_documented_ones() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "OK": 0,
        "INTERNAL_ERROR": 1,
        "USAGE": 2,
        "LEFT": 3,
        "PSP_UNREADABLE": 4,
        "DATABASE": 5,
        "REFUSED": 6,
        "NO_SUCH_ROW": 7,
        "SHOP_REFUSES": 8,
        "NOT_HEALTHY": 9,
        "HUNG_UP": 129,
        "INTERRUPTED": 130,
        "TERMINATED": 143,
    }
    assert all(code.meaning for code in ExitCode)
