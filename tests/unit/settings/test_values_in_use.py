"""What the program gets out of its settings: the core's policy, limits, the database, the PSP, a name."""

from dataclasses import fields
from datetime import timedelta

import pytest
from psycopg.pq import Conninfo

from reconcile_tui.core.policy import Mode, Policy, Role
from reconcile_tui.core.psp.wire import ReaderTimeouts
from reconcile_tui.core.store.backends import DatabaseLimits
from reconcile_tui.settings import (
    SettingMissing,
    Settings,
    database_url,
    explain,
    operator_name,
    psp_access,
    shop_endpoint,
)
from reconcile_tui.settings.database_url import OPTIONS
from reconcile_tui.settings.names import environment_name
from tests.unit.settings.places import Places

SHARED = {field.name for field in fields(Policy)} & set(Settings.model_fields)
"""The limits of the policy that are settings."""

NAMES_OF_THE_DESIGN = {
    "RECONCILE_WORKER_ENABLED": "true",
    "RECONCILE_INTERVAL": "1h",
    "RECONCILE_ORDER_STUCK_AFTER": "30m",
    "RECONCILE_REFUND_STUCK_AFTER": "30m",
    "RECONCILE_REFUND_ORPHAN_AFTER": "5m",
    "RECONCILE_BATCH_LIMIT": "50",
    "RECONCILE_DRAIN": "false",
    "RECONCILE_MODE": "heal",
    "RECONCILE_ORPHAN_AUTO_LIMIT": "5",
    "RECONCILE_AUTO_MAX_AGE": "7d",
    "RECONCILE_FRESH_FOR": "30s",
    "RECONCILE_WEBHOOK_GRACE": "10s",
    "RECONCILE_REVERSAL_WATCH": "3d",
    "RECONCILE_PRODUCTION": "true",
    "RECONCILE_DISPATCH": "database",
    "HYPERSWITCH_ALLOW_HTTP": "false",
}


def test_the_defaults_are_the_cores_own(places: Places) -> None:
    assert places.load().settings.policy() == Policy()
    assert places.load().settings.database_limits() == DatabaseLimits()


def test_the_time_outs_of_a_read_are_the_readers_own(places: Places) -> None:
    settings, reader = places.load().settings, ReaderTimeouts()
    assert settings.psp_connect_timeout.total_seconds() == reader.connect
    assert settings.psp_read_timeout.total_seconds() == reader.read
    assert settings.psp_total_timeout.total_seconds() == reader.call


def test_every_setting_of_the_policy_reaches_it(places: Places) -> None:
    changed = places.load(
        RECONCILE_INTERVAL="2h",
        RECONCILE_ORDER_STUCK_AFTER="31m",
        RECONCILE_REFUND_STUCK_AFTER="32m",
        RECONCILE_REFUND_ORPHAN_AFTER="6m",
        RECONCILE_BATCH_LIMIT="51",
        RECONCILE_ORPHAN_AUTO_LIMIT="6",
        RECONCILE_AUTO_MAX_AGE="8d",
        RECONCILE_REVERSAL_WATCH="73h",
        RECONCILE_FRESH_FOR="31s",
        RECONCILE_WEBHOOK_GRACE="11s",
        RECONCILE_SETTLE_TIMEOUT="32s",
        RECONCILE_BREAKER_MINIMUM="11",
        RECONCILE_BREAKER_SHARE="0.6",
        RECONCILE_MODE="observe",
        RECONCILE_DRAIN="true",
    ).settings.policy()
    default = Policy()
    assert {name for name in SHARED if getattr(changed, name) == getattr(default, name)} == set()
    assert len(SHARED) == 15
    assert (changed.order_stuck_after, changed.mode) == (timedelta(minutes=31), Mode.OBSERVE)


def test_every_limit_of_the_database_reaches_it(places: Places) -> None:
    limits = places.load(
        RECONCILE_DATABASE_CONNECT_TIMEOUT="1s",
        RECONCILE_DATABASE_STATEMENT_TIMEOUT="3s",
        RECONCILE_DATABASE_LOCK_TIMEOUT="2s",
        RECONCILE_DATABASE_IDLE_TIMEOUT="4s",
        RECONCILE_DATABASE_POOL_SIZE="5",
    ).settings.database_limits()
    assert limits == DatabaseLimits(
        connect=timedelta(seconds=1),
        statement=timedelta(seconds=3),
        lock=timedelta(seconds=2),
        idle_in_transaction=timedelta(seconds=4),
        pool_size=5,
    )


@pytest.mark.parametrize(("name", "default"), NAMES_OF_THE_DESIGN.items())
def test_the_names_that_the_on_call_knows_are_in_force(places: Places, name: str, default: str) -> None:
    assert {each.name: each.value for each in explain(places.load().settings)}[name] == default


def test_every_setting_says_what_it_does_and_what_is_allowed(places: Places) -> None:
    for each in explain(places.load().settings):
        assert each.description.endswith("."), each.name
        assert each.allowed, each.name
    assert len({environment_name(field) for field in Settings.model_fields}) == len(Settings.model_fields)


def test_settings_do_not_change_once_they_are_loaded(places: Places) -> None:
    settings = places.load().settings
    with pytest.raises(ValueError, match="frozen"):
        settings.role = Role.VIEWER  # type: ignore[misc]  # the point of this test


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("postgresql://u:p%40ss@h/shop", "postgresql+psycopg://u:p%40ss@h/shop"),
        ("postgres://u@h:5433/shop", "postgresql+psycopg://u@h:5433/shop"),
        ("postgresql+psycopg://h/shop?sslmode=require", "postgresql+psycopg://h/shop?sslmode=require"),
        ("postgresql:///shop?host=/run/postgresql", "postgresql+psycopg:///shop?host=/run/postgresql"),
        ("postgres://u@%2Frun%2Fpg/shop", "postgresql+psycopg://u@/shop?host=/run/pg"),
        ("postgresql://u@%2Frun%2Fpg:5433/shop", "postgresql+psycopg://u@/shop?host=/run/pg&port=5433"),
        ("postgresql://u@a:1,b/shop", "postgresql+psycopg://u@/shop?host=a%2Cb&port=1%2C5432"),
        ("postgresql://a,b/shop", "postgresql+psycopg:///shop?host=a%2Cb"),
        ("postgresql:///shop?host=a:1&host=b:2", "postgresql+psycopg:///shop?host=a%2Cb&port=1%2C2"),
        ("postgresql:///?host=h&port=1&user=u&dbname=shop", "postgresql+psycopg://u@h:1/shop"),
        ("postgresql://[::1]:5433/shop", "postgresql+psycopg://[::1]:5433/shop"),
        ("postgresql://h/shop?ssl=true", "postgresql+psycopg://h/shop?sslmode=require"),
        ("postgresql://u:a/b?c@h/shop", "postgresql+psycopg://u:a/b%3Fc@h/shop"),
        ("postgresql://h/shop?application_name=a%40b", "postgresql+psycopg://h/shop?application_name=a%40b"),
        ("sqlite:///shop.db", "sqlite+aiosqlite:///shop.db"),
        ("sqlite:////var/lib/shop.db", "sqlite+aiosqlite:////var/lib/shop.db"),
        ("sqlite+aiosqlite:///shop.db", "sqlite+aiosqlite:///shop.db"),
    ],
)
def test_a_database_url_is_made_one_of_the_asynchronous_drivers(
    places: Places, written: str, used: str
) -> None:
    url = database_url(places.load(DATABASE_URL=written).settings)
    assert url.render_as_string(hide_password=False).replace("%2F", "/") == used


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("mysql://u:p@h/shop", "allowed: postgresql://user:password@host/name, postgres://"),
        ("postgresql+asyncpg://u:p@h/shop", "allowed: postgresql://"),
        ("sqlite+pysqlite:///shop.db", "or sqlite+aiosqlite:///path"),
        ("shop.db", "not a database URL"),
        ("sqlite://", "SQLite needs the path of a file"),
        ("sqlite:///:memory:", "SQLite needs the path of a file"),
        ("sqlite://shop.db", "SQLite needs the path of a file"),
        ("postgresql://u:p@ss/word@h/shop", "special characters of a password are written as %40"),
        ("postgresql://u:p:x@h:port/shop", "special characters of a password are written as %40"),
        ("postgresql://u:p@ss?word@h/shop", "special characters of a password are written as %40"),
        ("postgresql://u:p@ss#word@h/shop", "special characters of a password are written as %40"),
        ("postgresql://h/shop?password=p@ss", "special characters of a password are written as %40"),
        ("postgresql://h:70000/shop", "a host or a port cannot be one"),
        ("postgresql://h/shop?prepare_threshold=0", "unknown option: prepare_threshold"),
        ("postgresql://h/shop?sslmod=require&nope", "unknown option: sslmod, nope"),
        ("postgresql://h/shop?schema=till&pgbouncer=true", "RECONCILE_SCHEMA"),
        ("postgresql://h/shop?pgbouncer=true", "RECONCILE_DATABASE_POOLER"),
        ("postgresql://h/shop?sslmode=", "the option sslmode is given twice, or has no value"),
        ("postgresql://h/shop?target_session_attrs=any", "read-write or primary, because the tool writes"),
        ("postgresql://a,b/shop?host=c,d&port=1,2,3", "port: one number, or one for each host"),
        ("sqlite:///shop.db?mode=ro&timeout=3", "takes no options: mode, timeout"),
    ],
)
def test_another_database_url_is_refused_with_what_is_allowed(
    places: Places, written: str, says: str
) -> None:
    (line,) = places.complaints(DATABASE_URL=written)
    assert line.startswith("DATABASE_URL = ********")
    assert says in line


def test_what_may_be_a_part_of_a_password_is_not_repeated_as_the_name_of_an_option(places: Places) -> None:
    (line,) = places.complaints(DATABASE_URL="postgresql://h/shop?password=pass&word=1")

    assert "unknown option: an option of it" in line
    assert "word" not in line.partition("unknown option")[2].replace("password", "")


def test_the_options_of_a_database_url_are_those_of_the_library() -> None:
    known = {each.keyword.decode() for each in Conninfo.get_defaults()}
    assert known - {"replication"} == OPTIONS


def test_without_a_database_the_setting_is_named_with_the_mend(places: Places) -> None:
    with pytest.raises(SettingMissing, match="Set it to one of: postgresql://") as missing:
        database_url(places.load().settings)
    assert missing.value.setting == "DATABASE_URL"


@pytest.mark.parametrize(
    ("env", "missing"),
    [
        ({}, "HYPERSWITCH_ENABLED"),
        ({"HYPERSWITCH_ENABLED": "true"}, "HYPERSWITCH_BASE_URL"),
        ({"HYPERSWITCH_ENABLED": "true", "HYPERSWITCH_BASE_URL": "https://h"}, "HYPERSWITCH_API_KEY"),
        ({"HYPERSWITCH_BASE_URL": "https://h", "HYPERSWITCH_API_KEY": "snd_1"}, "HYPERSWITCH_ENABLED"),
    ],
)
def test_without_access_to_the_psp_the_first_missing_setting_is_named(
    places: Places, env: dict[str, str], missing: str
) -> None:
    with pytest.raises(SettingMissing) as refused:
        psp_access(places.load(**env).settings)
    assert refused.value.setting == missing
    assert "Set " in refused.value.what_to_do


def test_access_to_the_psp_says_when_it_is_unencrypted(places: Places) -> None:
    env = {
        "HYPERSWITCH_ENABLED": "true",
        "HYPERSWITCH_BASE_URL": "http://hyperswitch.internal/",
        "HYPERSWITCH_ALLOW_HTTP": "true",
        "HYPERSWITCH_API_KEY": "snd_1",
        "HYPERSWITCH_MERCHANT_ID": "merchant_1",
    }
    access = psp_access(places.load(**env).settings)
    assert (access.base_url, access.unencrypted) == ("http://hyperswitch.internal", True)
    assert (access.api_key.get_secret_value(), access.merchant_id) == ("snd_1", "merchant_1")


@pytest.mark.parametrize(
    "missing", ["RECONCILE_WEBHOOK_URL", "HYPERSWITCH_WEBHOOK_KEY", "HYPERSWITCH_MERCHANT_ID"]
)
def test_without_what_an_event_needs_the_missing_setting_is_named(places: Places, missing: str) -> None:
    env = {
        "RECONCILE_DISPATCH": "http",
        "RECONCILE_WEBHOOK_URL": "https://shop.example.com/hooks",
        "HYPERSWITCH_WEBHOOK_KEY": "payment_response_hash_key",
        "HYPERSWITCH_MERCHANT_ID": "merchant_1",
    }
    assert shop_endpoint(places.load(**env).settings).merchant_id == "merchant_1"

    with pytest.raises(SettingMissing, match="Set it") as refused:
        shop_endpoint(places.load(**{name: value for name, value in env.items() if name != missing}).settings)
    assert refused.value.setting == missing


def test_the_operator_is_the_one_who_is_named_else_the_login(places: Places) -> None:
    named = places.load(RECONCILE_OPERATOR=" ada ").settings
    assert operator_name(named, login=lambda: "root") == "ada"
    assert operator_name(places.load().settings, login=lambda: "grace") == "grace"


def test_without_a_usable_login_the_operator_must_be_named(places: Places) -> None:
    def nobody() -> str:
        raise OSError("no login name")

    for login in (nobody, lambda: "", lambda: "a\nb"):
        with pytest.raises(SettingMissing, match="RECONCILE_OPERATOR"):
            operator_name(places.load().settings, login=login)
