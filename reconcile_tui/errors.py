"""What went wrong, in words: here exceptions become sentences and exit codes (inputs: `input_errors`).

An exception's own text may quote statements, parameters and addresses: only what is known to be harmless is
repeated, masked and on one line. Tracebacks are the log's business, at debug.
"""

from asyncio import CancelledError
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from reconcile_tui.core.moments import MomentRefused
from reconcile_tui.core.psp.budget import BudgetUnavailable
from reconcile_tui.core.psp.hyperswitch import KeyRefused
from reconcile_tui.core.psp.wire import BaseUrlRefused, PlainHttpRefused
from reconcile_tui.core.store.database import CommitInDoubt
from reconcile_tui.core.store.mapping import MappingInvalid
from reconcile_tui.core.store.pooler import PoolerInTransactionMode
from reconcile_tui.core.store.schema import MigrationFailed
from reconcile_tui.error_text import WHOLE_ROWS, ErrorText, of_database, unusable
from reconcile_tui.exit_codes import ExitCode
from reconcile_tui.input_errors import about_input
from reconcile_tui.log import Redaction
from reconcile_tui.metrics.address import MetricsAddressRefused
from reconcile_tui.settings import DatabaseFileMissing, SettingMissing, SettingsInvalid
from reconcile_tui.settings.database_url import ENCODE
from reconcile_tui.table_errors import CLOSED_SCHEMA, about_tables, denied, missing

_CHECK_PATH = "Check the path in DATABASE_URL; reconcile-tui demo-db makes a demo shop where there is none."
_WHERE = "RECONCILE_LOG_LEVEL=debug shows where."


def explain_error(
    error: BaseException, *, database: str = "the database", secrets: Iterable[str] = ()
) -> ErrorText:
    """`error` in words.

    Args:
        database: the database as it may be shown: its URL without the password.
        secrets: values that must not appear, whatever the error says (`Settings.secrets`).
    """
    if isinstance(error, BaseExceptionGroup):
        return explain_error(_first_of(error), database=database, secrets=secrets)
    redaction = Redaction(secrets)
    told = (
        _about_settings(error, redaction)
        or about_input(error)
        or about_tables(error, database)
        or _about_database(error, database, redaction)
    )
    if told is not None:
        return told
    if isinstance(error, KeyboardInterrupt | CancelledError):
        what, code = "Interrupted.", ExitCode.INTERRUPTED
        next_step = "What was begun is settled first by the next tick."
    else:
        words = _first_line(error, redaction)
        name = type(error).__name__
        what, code = f"Internal error: {name}{'' if words == name else f': {words}'}", ExitCode.INTERNAL_ERROR
        next_step = f"{_WHERE} What was begun is settled first by the next tick."
    return ErrorText(what=what, on_what="", untouched=WHOLE_ROWS, next_step=next_step, exit_code=code)


def _about_settings(error: BaseException, redaction: Redaction) -> ErrorText | None:
    match error:
        case SettingsInvalid():
            return unusable("The settings cannot be used.", str(error), "Mend them, then try again.")
        case SettingMissing():
            return unusable(f"{error.setting} is not set: {error.why}.", "", f"{error.what_to_do}.")
        case MomentRefused():
            words = redaction.text(f"{error.text}: {error.why}")
            return unusable("The moment cannot be meant.", words, f"{error.what_to_do}.")
        case MappingInvalid():
            words = redaction.text(str(error))
            return unusable("The mapping of the shop's tables cannot be used.", words, "Mend [mapping].")
        case KeyRefused():
            words = redaction.text(str(error))
            return unusable("The API key cannot be used.", words, "Set HYPERSWITCH_API_KEY.")
        case PlainHttpRefused():
            return unusable(
                "The PSP's address would show the API key.",
                redaction.text(str(error)),
                "Use https, or set HYPERSWITCH_ALLOW_HTTP=true for a server inside a cluster.",
            )
        case MetricsAddressRefused(address=address, in_use=in_use):
            return unusable(
                "Another process serves at the address of the metrics."
                if in_use
                else "The metrics cannot be served at their address.",
                address,
                "Set RECONCILE_METRICS_ADDRESS to a free port of this machine, or leave it out.",
            )
        case BaseUrlRefused():
            words = redaction.text(str(error))
            return unusable("The PSP's address cannot be used.", words, "Set HYPERSWITCH_BASE_URL.")
        case _:
            return None


def _about_database(error: BaseException, database: str, redaction: Redaction) -> ErrorText | None:
    match error:
        case DatabaseFileMissing():
            return replace(
                unusable("There is no such database file.", database, _CHECK_PATH),
                exit_code=ExitCode.DATABASE,
            )
        case CommitInDoubt():
            return of_database(
                "The connection was lost while a change was being committed.",
                database,
                "The journal knows whether it happened: the next tick settles it before anything else.",
            )
        case PoolerInTransactionMode():
            return of_database(
                "A connection pooler in transaction mode stands before the database.",
                database,
                "RECONCILE_DATABASE_POOLER=no says that there is none: set RECONCILE_DATABASE_POOLER=auto.",
            )
        case BudgetUnavailable():
            what = "The shared budget of requests to the PSP cannot be asked."
            return of_database(what, database, "Try again.")
        case DBAPIError():
            return _refused_by_database(error, database, redaction)
        case PoolTimeout():
            return of_database(
                "Every connection to the database was busy for too long.",
                database,
                "Raise RECONCILE_DATABASE_POOL_SIZE, or look for what keeps the connections.",
            )
        case SQLAlchemyError() | MigrationFailed():
            words = _first_line(error, redaction)
            return of_database("The database could not be used.", f"{database}: {words}", _WHERE)
        case _:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cause:
    """A kind of the databases' errors: how it is known, what it means, what to do.

    Attributes:
        codes: how an SQLSTATE or SQLite's name of the error begins.
        words: what the message says where there is no code: psycopg has none for a failed connection.
        pooler_words: what a connection pooler says, in English, under codes that mean other things too.
    """

    codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    pooler_words: tuple[str, ...] = ()
    what: str
    next_step: str


_CAUSES = (
    _Cause(
        pooler_words=("unsupported startup parameter",),
        what="The connection pooler refused an option of the connection.",
        next_step="Take the option out of DATABASE_URL (and of PGOPTIONS), or name it in PgBouncer's "
        "ignore_startup_parameters; its value then has no effect.",
    ),
    _Cause(
        words=(
            "value: ",
            "bad value for",
            "invalid value for parameter",
            "unrecognized configuration parameter",
            "invalid integer value",
        ),
        what="An option of DATABASE_URL has a value that cannot be used.",
        next_step="Correct it in DATABASE_URL, or leave the option out.",
    ),
    _Cause(
        pooler_words=("statement pooling mode",),
        what="The connection pooler does not allow transactions.",
        next_step="Set PgBouncer's pool_mode to transaction or session.",
    ),
    _Cause(
        pooler_words=("query_wait_timeout", "no more connections allowed"),
        what="The connection pooler has no connection left.",
        next_step="Lower RECONCILE_DATABASE_POOL_SIZE, or raise the pooler's default_pool_size.",
    ),
    _Cause(
        codes=("28",),
        words=("password authentication failed", "no password supplied", "authentication failed", 'role "'),
        what="The database refused the user name or the password.",
        next_step=f"Check DATABASE_URL; {ENCODE}.",
    ),
    _Cause(
        codes=("3D000",),
        words=('database "',),
        what="The server has no such database.",
        next_step="Check the name at the end of DATABASE_URL.",
    ),
    _Cause(
        codes=("25006", "SQLITE_READONLY"),
        words=("session is read-only", "read-only"),
        what="The database is read-only.",
        next_step="Use the primary server, or a file and folder that may be written.",
    ),
    _Cause(
        codes=("55P03", "40", "SQLITE_BUSY", "SQLITE_LOCKED"),
        what="The database was locked by somebody else for too long.",
        next_step="Try again; if it stays, look for a long transaction.",
    ),
    _Cause(
        codes=("57014",),
        what="The database took too long for a statement.",
        next_step="Run reconcile-tui init-db for the indexes, or raise RECONCILE_DATABASE_STATEMENT_TIMEOUT.",
    ),
    _Cause(
        codes=("53300",),
        words=("too many connections", "remaining connection slots"),
        what="The database has no connection left.",
        next_step="Lower RECONCILE_DATABASE_POOL_SIZE, or raise the server's limit.",
    ),
    _Cause(
        codes=("53", "SQLITE_FULL"),
        what="The database has no room left.",
        next_step="Free space on its disk, then try again.",
    ),
    _Cause(
        codes=("SQLITE_CANTOPEN",),
        what="The database file cannot be opened.",
        next_step="Check the path in DATABASE_URL, and that its folder exists and may be written.",
    ),
    _Cause(
        codes=("SQLITE_NOTADB", "SQLITE_CORRUPT"),
        what="The file is no SQLite database, or is damaged.",
        next_step="Check the path in DATABASE_URL; restore a damaged file from a backup.",
    ),
    _Cause(
        words=("failed to resolve host", "Name or service not known"),
        what="The database's host is not known.",
        next_step="Check the host in DATABASE_URL.",
    ),
    _Cause(
        codes=("08", "57P", "SQLITE_IOERR"),
        words=(
            "connection failed",
            "connection is bad",
            "connection timeout",
            "timeout expired",
            "server closed",
            "the connection is",
        ),
        what="The database cannot be reached.",
        next_step="Check that it runs, and host and port in DATABASE_URL.",
    ),
)


def _refused_by_database(error: DBAPIError, database: str, redaction: Redaction) -> ErrorText:
    cause = error.orig if error.orig is not None else error
    code = str(getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or "")
    words = _first_line(cause, redaction)
    on_what = f"{database}: {words}"
    is_denied = code in ("42501", "SQLITE_PERM", "SQLITE_AUTH") or CLOSED_SCHEMA in words
    if is_denied:
        return denied(words, error.statement or "", on_what)
    if code in ("42P01", "42703", "3F000") or (code == "SQLITE_ERROR" and "no such" in words):
        return missing(words, on_what)
    known = next((each for each in _CAUSES if any(word in words for word in each.pooler_words)), None)
    if known is not None:
        return of_database(known.what, on_what, known.next_step)
    known = next((each for each in _CAUSES if each.codes and code.startswith(each.codes)), None)
    if known is None and not code:
        known = next((each for each in _CAUSES if any(word in words for word in each.words)), None)
    if known is None:
        return of_database("The database refused.", on_what, _WHERE)
    return of_database(known.what, on_what, known.next_step)


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The exception to speak of: the first one, an interruption before everything else."""
    leaves = list(_leaves(group))
    return next((each for each in leaves if isinstance(each, KeyboardInterrupt)), leaves[0])


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterable[BaseException]:
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _leaves(each)
        else:
            yield each


def _first_line(error: BaseException, redaction: Redaction) -> str:
    """The first line of what an error says, masked; its type where it says nothing."""
    words = next(iter(str(error).strip().splitlines()), "")
    return redaction.text(words, limit=300) if words else type(error).__name__
