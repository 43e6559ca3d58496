"""Secrets are used and never shown: in no error, repr, log of pydantic's, explanation or warning."""

import stat
import traceback
from pathlib import Path

import pytest
from pydantic import ValidationError

from reconcile_tui.settings import Settings, SettingsInvalid, explain
from reconcile_tui.settings.database_url import location, parse_database_url
from reconcile_tui.settings.sources import Environment
from tests.unit.settings.places import Places

KEY = "snd_c2VjcmV0LWtleS1vZi10aGUtc2hvcA"
WEBHOOK_KEY = "profile-hash-key-0815"
PASSWORD = "sw0rdfish"
URL = f"postgresql://shop:{PASSWORD}@db.example/shop"
SECRET_PARTS = (KEY, WEBHOOK_KEY, PASSWORD)

GOOD = {"HYPERSWITCH_API_KEY": KEY, "HYPERSWITCH_WEBHOOK_KEY": WEBHOOK_KEY, "DATABASE_URL": URL}
BAD = {
    "HYPERSWITCH_API_KEY": f"pk_{KEY}",
    "HYPERSWITCH_WEBHOOK_KEY": f"{WEBHOOK_KEY}\nx",
    "DATABASE_URL": f"mysql://shop:{PASSWORD}@db.example/shop",
}


def shows_a_secret(text: str) -> bool:
    return any(part in text for part in SECRET_PARTS)


def everything_said_by(error: BaseException) -> str:
    """The error with all that hangs on it, as a crash would print it and as a debugger would see it."""
    printed = "".join(traceback.format_exception(error))
    chain = [error, error.__cause__, error.__context__]
    return printed + "".join(f"{each!r} {vars(each)!r}" for each in chain if each is not None)


def test_the_settings_repr_and_dump_show_no_secret(places: Places) -> None:
    settings = places.load(**GOOD).settings
    assert not shows_a_secret(f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}")


def test_the_settings_know_their_secrets_for_the_log(places: Places) -> None:
    settings = places.load(**GOOD).settings
    assert {KEY, WEBHOOK_KEY, PASSWORD, URL} <= set(settings.secrets())


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_secret_that_is_refused_is_masked(places: Places, name: str) -> None:
    error = places.refusal(**{name: BAD[name]})
    (line,) = str(error).splitlines()
    assert line.startswith(f"{name} = ******** (environment): ")
    assert not shows_a_secret(everything_said_by(error))


def test_a_publishable_key_is_refused_with_the_reason(places: Places) -> None:
    (line,) = places.complaints(HYPERSWITCH_API_KEY="pk_snd_0815")
    assert "a publishable key (pk_…) is made for browsers and cannot read payments" in line


def test_a_misfit_elsewhere_shows_no_secret(places: Places) -> None:
    error = places.refusal(**GOOD, RECONCILE_FRESH_FOR="5s", RECONCILE_ROLE="boss")
    assert not shows_a_secret(everything_said_by(error))
    error = places.refusal(**GOOD, RECONCILE_FRESH_FOR="5s")
    assert not shows_a_secret(everything_said_by(error))


@pytest.mark.parametrize("extra", [{}, {"RECONCILE_ROLE": "boss"}, {"RECONCILE_FRESH_FOR": "5s"}])
def test_pydantics_own_text_holds_no_value(extra: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings.from_sources((Environment(Settings, BAD | {"RECONCILE_MODE": "repair"} | extra),))
    assert not shows_a_secret(f"{refused.value} {refused.value!r}")


@pytest.mark.parametrize(
    "name", ["RECONCILE_MODE", "RECONCILE_INTERVAL", "RECONCILE_BATCH_LIMIT", "HYPERSWITCH_BASE_URL"]
)
@pytest.mark.parametrize("secret", [KEY, URL])
def test_a_secret_under_a_wrong_name_is_masked(places: Places, name: str, secret: str) -> None:
    (line,) = places.complaints(**{name: secret})
    assert not shows_a_secret(line)


def test_a_secret_in_broken_toml_is_not_repeated(places: Places) -> None:
    for broken in (f"api_key = {KEY}\n", f'api_key = "{KEY}\n', f"{KEY}\n", f'"{KEY}" = 1\n"{KEY}" = 2\n'):
        places.toml(broken)
        assert not shows_a_secret(everything_said_by(places.refusal()))


def test_what_is_in_force_is_shown_with_secrets_masked(places: Places) -> None:
    shown = {each.name: each.value for each in explain(places.load(**GOOD).settings)}
    assert shown["HYPERSWITCH_API_KEY"] == "********"
    assert shown["HYPERSWITCH_WEBHOOK_KEY"] == "********"
    assert shown["DATABASE_URL"] == "postgresql+psycopg://shop:***@db.example/shop"


def test_a_password_in_a_urls_options_is_masked_too(places: Places) -> None:
    settings = places.load(
        DATABASE_URL=f"postgresql://db.example/shop?user=shop&password={PASSWORD}"
    ).settings
    (value,) = (each.value for each in explain(settings) if each.name == "DATABASE_URL")
    assert not shows_a_secret(value)
    assert PASSWORD in settings.secrets()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_secret_in_a_file_that_others_may_read_is_a_warning(places: Places, mode: int) -> None:
    toml = places.toml(f'database_url = "{URL}"\n[context.prod.hyperswitch]\napi_key = "{KEY}"\n', mode=mode)
    dotenv = places.dotenv(f"HYPERSWITCH_WEBHOOK_KEY={WEBHOOK_KEY}\n", mode=mode)
    warnings = [str(warning) for warning in places.load().warnings]
    told = "and others may read it: chmod 600"
    assert warnings == [
        f"{dotenv}: holds a secret (HYPERSWITCH_WEBHOOK_KEY) {told} {dotenv}",
        f"{toml}: holds a secret (database_url, hyperswitch.api_key) {told} {toml}",
    ]


def test_a_file_without_secrets_may_be_open(places: Places) -> None:
    places.toml("batch_limit = 5\n", mode=0o644)
    places.dotenv("RECONCILE_MODE=heal\n", mode=0o644)
    assert places.load().warnings == ()


def test_a_secret_in_a_closed_file_is_no_warning(places: Places) -> None:
    toml = places.toml(f'database_url = "{URL}"\n')
    assert stat.S_IMODE(toml.stat().st_mode) == 0o600
    assert places.load().warnings == ()


def test_keys_are_taken_without_the_blanks_around_them(places: Places) -> None:
    key = places.load(HYPERSWITCH_API_KEY=f" {KEY}\n").settings.hyperswitch_api_key
    assert key is not None
    assert key.get_secret_value() == KEY


def test_the_refusal_is_of_one_type_and_names_each_setting(places: Places) -> None:
    error = places.refusal(**BAD)
    assert isinstance(error, SettingsInvalid)
    assert {problem.name for problem in error.problems} == set(BAD)


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("postgresql://alice:hunter2@db.internal/shop", "postgresql://db.internal:5432/shop"),
        ("postgresql://bob@db.internal:5432/shop?sslpassword=x", "postgresql://db.internal:5432/shop"),
        ("postgres://db.internal:6432/shop", "postgresql://db.internal:6432/shop"),
        ("postgresql:///shop?host=/run/postgresql", "postgresql:///run/postgresql:5432/shop"),
        ("postgresql://alice@db.internal", "postgresql://db.internal:5432/alice"),
        ("postgresql://a@%2Frun%2Fpg:6432/shop", "postgresql:///run/pg:6432/shop"),
        ("postgresql://a@db-1,db-2:6432/shop", "postgresql://db-1:5432,db-2:6432/shop"),
        ("postgresql:///shop?host=db-1,db-2&port=6432", "postgresql://db-1:6432,db-2:6432/shop"),
        ("sqlite:////var/lib/shop.db", "sqlite:////var/lib/shop.db"),
        ("sqlite:///shop.db", f"sqlite:///{Path.cwd()}/shop.db"),
    ],
)
def test_where_a_database_is_is_said_without_who_connects_to_it(url: str, where: str) -> None:
    assert location(parse_database_url(url)) == where
