"""What is wrong is said in one line a problem: the name as it was written, the value, what is allowed."""

import pytest

from tests.unit.settings.places import Places


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("RECONCILE_INTERVAL", "60", '"60" (environment): a number needs its unit: write 60s, 60m or 60h'),
        ("RECONCILE_INTERVAL", "8d", "allowed: a duration such as 90s, 30m, 1h30m or 7d, from 1s to 7d"),
        ("RECONCILE_ORDER_STUCK_AFTER", "0s", "from 1m to 30d"),
        ("RECONCILE_REFUND_ORPHAN_AFTER", "30s", "from 1m to 30d"),
        ("RECONCILE_BATCH_LIMIT", "many", "allowed: a whole number from 1 to 10000"),
        ("RECONCILE_BATCH_LIMIT", "0", "allowed: a whole number from 1 to 10000"),
        ("RECONCILE_ORPHAN_AUTO_LIMIT", "-1", "allowed: a whole number from 0 to 10000"),
        ("RECONCILE_BREAKER_SHARE", "50", "allowed: a number from 0.05 to 1"),
        ("RECONCILE_PSP_RATE", "0", "allowed: a number from 0.1 to 1000"),
        ("RECONCILE_PSP_RATE", "nan", "allowed: a number from 0.1 to 1000"),
        ("RECONCILE_MODE", "repair", 'RECONCILE_MODE = "repair" (environment): allowed: heal or observe'),
        ("RECONCILE_ROLE", "admin", "allowed: viewer or operator"),
        ("RECONCILE_PRODUCTION", "perhaps", "allowed: true or false"),
        ("RECONCILE_LOG_FORMAT", "xml", "allowed: auto or console or json"),
        ("RECONCILE_LOG_LEVEL", "loud", "allowed: debug or info or warning or error"),
        ("RECONCILE_DISPATCH", "smoke", "allowed: database"),
        ("RECONCILE_OPERATOR", "   ", "a name is 1 to 100 printable characters"),
        ("RECONCILE_OPERATOR", "a\x1b[31mb", r'"a\x1b[31mb"'),
        ("HYPERSWITCH_BASE_URL", "api.hyperswitch.io", "write https://host"),
        ("HYPERSWITCH_BASE_URL", "ftp://api.hyperswitch.io", "write https://host"),
        ("HYPERSWITCH_BASE_URL", "https://host/?key=1", "no query and no fragment"),
        ("HYPERSWITCH_BASE_URL", "https://[::1", "write https://host"),
        ("HYPERSWITCH_MERCHANT_ID", "x" * 101, "a name is 1 to 100 printable characters"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_what_is(
    places: Places, name: str, value: str, says: str
) -> None:
    (line,) = places.complaints(**{name: value})
    assert line.startswith(name)
    assert says in line
    assert line.isprintable()


def test_a_webhook_url_over_http_is_refused_and_never_repeated(places: Places) -> None:
    (line,) = places.complaints(RECONCILE_WEBHOOK_URL="http://shop.example.com/hooks/s3cr3t-path")
    assert "RECONCILE_WEBHOOK_ALLOW_HTTP=true allows it" in line
    assert "s3cr3t-path" not in line


def test_every_problem_is_said_at_once_each_under_the_name_that_was_written(places: Places) -> None:
    toml = places.toml('interval = 60\nbach_limit = 5\n[context.prod.hyperswitch]\nenabled = "maybe"\n')
    dotenv = places.dotenv("RECONCILE_ROLE=boss\n")
    lines = places.complaints(RECONCILE_MODE="repair")
    assert sorted(lines) == sorted(
        [
            f"bach_limit ({toml}): unknown key (did you mean batch_limit?)",
            f'interval = "60" ({toml}): a number needs its unit: write 60s, 60m or 60h',
            f'hyperswitch.enabled = "maybe" ({toml} [context.prod]): allowed: true or false',
            f'RECONCILE_ROLE = "boss" ({dotenv}): allowed: viewer or operator',
            'RECONCILE_MODE = "repair" (environment): allowed: heal or observe',
        ]
    )


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("intervall", "interval"),
        ("RECONCILE_INTERVAL", "interval"),
        ("HYPERSWITCH_BASE_URL", "hyperswitch.base_url"),
        ("hyperswitch_api_key", "hyperswitch.api_key"),
        ("hyperswitch.api_kye", "hyperswitch.api_key"),
        ("shop_mapping", "mapping"),
    ],
)
def test_an_unknown_toml_key_is_refused_with_the_nearest_one(places: Places, key: str, meant: str) -> None:
    toml = places.toml(f'{key} = "1h"\n')
    assert places.complaints() == [f"{key} ({toml}): unknown key (did you mean {meant}?)"]


@pytest.mark.parametrize("key", ["config", "context.prod.context", "context.prod.config", "zzzzzzzz"])
def test_a_key_that_cannot_stand_in_the_file_is_refused(places: Places, key: str) -> None:
    places.toml(f'{key} = "x"\n')
    (line,) = places.complaints()
    assert "unknown key" in line


def test_an_unknown_key_of_another_context_is_refused_too(places: Places) -> None:
    places.toml('[context.prod]\nmode = "heal"\n[context.staging]\nmood = "heal"\n')
    (line,) = places.complaints("prod")
    assert "[context.staging]): unknown key (did you mean mode?)" in line


@pytest.mark.parametrize("text", ['context = "prod"\n', '[context]\nprod = "x"\n'])
def test_contexts_are_tables(places: Places, text: str) -> None:
    places.toml(text)
    (line,) = places.complaints()
    assert "write each context as a table, [context.NAME]" in line


@pytest.mark.parametrize("text", ["mode = \n", "= 5\n", "a = 'x\n", 'x = "\\q"\n', "[[context]\n"])
def test_a_file_that_is_no_toml_is_refused_with_the_line(places: Places, text: str) -> None:
    toml = places.toml(text)
    (line,) = places.complaints()
    assert line.startswith(f"{toml}: is not TOML: ")
    assert "(at " in line


def test_a_file_that_is_not_utf8_is_refused(places: Places) -> None:
    (places.cwd / "reconcile.toml").write_bytes(b'mode = "\xff"\n')
    (line,) = places.complaints()
    assert line.endswith("reconcile.toml: is not UTF-8")
    (places.cwd / "reconcile.toml").unlink()
    (places.cwd / ".env").write_bytes(b"RECONCILE_MODE=\xff\n")
    (line,) = places.complaints()
    assert line.endswith(".env: is not UTF-8")


@pytest.mark.parametrize(
    ("env", "says"),
    [
        (
            {"RECONCILE_FRESH_FOR": "10s"},
            "RECONCILE_FRESH_FOR (environment): RECONCILE_FRESH_FOR must be longer than",
        ),
        (
            {"RECONCILE_WEBHOOK_GRACE": "45s"},
            "RECONCILE_WEBHOOK_GRACE (environment): RECONCILE_FRESH_FOR must",
        ),
        (
            {"RECONCILE_AUTO_MAX_AGE": "1h", "RECONCILE_ORDER_STUCK_AFTER": "1h"},
            "must be longer than RECONCILE_ORDER_STUCK_AFTER",
        ),
        (
            {"RECONCILE_AUTO_MAX_AGE": "1h", "RECONCILE_REFUND_STUCK_AFTER": "2h"},
            "must be longer than RECONCILE_REFUND_STUCK_AFTER",
        ),
        (
            {"RECONCILE_AUTO_MAX_AGE": "1h", "RECONCILE_REFUND_ORPHAN_AFTER": "2h"},
            "must be longer than RECONCILE_REFUND_ORPHAN_AFTER",
        ),
        (
            {"RECONCILE_PSP_READ_TIMEOUT": "1m"},
            "RECONCILE_PSP_READ_TIMEOUT must not be longer than RECONCILE_PSP_TOTAL_TIMEOUT",
        ),
        (
            {"RECONCILE_PSP_CONNECT_TIMEOUT": "1m"},
            "RECONCILE_PSP_CONNECT_TIMEOUT must not be longer than RECONCILE_PSP_TOTAL_TIMEOUT",
        ),
        (
            {"RECONCILE_DATABASE_LOCK_TIMEOUT": "31s"},
            "RECONCILE_DATABASE_LOCK_TIMEOUT must not be longer than RECONCILE_DATABASE_STATEMENT_TIMEOUT",
        ),
    ],
)
def test_values_that_do_not_fit_each_other_are_refused(
    places: Places, env: dict[str, str], says: str
) -> None:
    (line,) = places.complaints(**env)
    assert says in line


def test_several_misfits_are_several_lines(places: Places) -> None:
    lines = places.complaints(RECONCILE_FRESH_FOR="5s", RECONCILE_PSP_READ_TIMEOUT="5m")
    assert len(lines) == 2


@pytest.mark.parametrize(
    "url",
    [
        "https://api.hyperswitch.io",
        "https://shop.example:8443/hyperswitch/",
        "http://localhost:8080",
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://[::1]:8080",
        "http://psp.localhost",
    ],
)
def test_https_and_this_machine_are_allowed(places: Places, url: str) -> None:
    settings = places.load(HYPERSWITCH_BASE_URL=url).settings
    assert settings.hyperswitch_base_url == url.rstrip("/")
    assert settings.psp_is_unencrypted is False


@pytest.mark.parametrize("host", ["hyperswitch.internal", "10.0.0.5", "localhost.example"])
def test_plain_http_to_another_machine_needs_the_permission(places: Places, host: str) -> None:
    (line,) = places.complaints(HYPERSWITCH_BASE_URL=f"http://{host}")
    assert "https only, this machine aside" in line
    allowed = places.load(HYPERSWITCH_BASE_URL=f"http://{host}", HYPERSWITCH_ALLOW_HTTP="true").settings
    assert allowed.psp_is_unencrypted is True


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("RECONCILE_BATCH_LIMT", " (did you mean RECONCILE_BATCH_LIMIT?)"),
        ("RECONCILE_STUCK_AFTER", " (did you mean RECONCILE_ORDER_STUCK_AFTER?)"),
        ("HYPERSWITCH_APIKEY", " (did you mean HYPERSWITCH_API_KEY?)"),
        ("reconcile_interval", " (did you mean RECONCILE_INTERVAL?)"),
        ("RECONCILE_API_KEY", " (did you mean HYPERSWITCH_API_KEY?)"),
        ("RECONCILE_XQ", ""),
    ],
)
def test_an_unknown_name_is_a_warning_with_the_nearest_one(places: Places, name: str, meant: str) -> None:
    dotenv = places.dotenv(f"{name}=geheim\nSHOP_NAME=x\n")
    warnings = [str(warning) for warning in places.load(**{name: "geheim", "SHOP_NAME": "x"}).warnings]
    assert warnings == [
        f"{name} (environment): unknown name, ignored{meant}",
        f"{name} ({dotenv}): unknown name, ignored{meant}",
    ]


def test_the_mapping_cannot_come_from_the_environment(places: Places) -> None:
    loaded = places.load(RECONCILE_SHOP_MAPPING="{not json")
    assert loaded.settings.shop_mapping is None


def test_warnings_come_with_problems_too(places: Places) -> None:
    refused = places.refusal(RECONCILE_MOD="heal", RECONCILE_MODE="repair")
    assert [warning.name for warning in refused.warnings] == ["RECONCILE_MOD"]
