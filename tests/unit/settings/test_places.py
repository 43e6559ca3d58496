"""Values come from five places; the strongest wins, and each says where it stood."""

import pytest

from reconcile_tui.core.policy import Mode, Role
from reconcile_tui.settings import OriginKind, load_settings
from tests.unit.settings.places import Places

TWO_CONTEXTS = """
batch_limit = 10
[context.prod]
batch_limit = 20
[context.staging]
production = false
"""


def test_without_any_file_every_value_is_its_default(places: Places) -> None:
    loaded = places.load()
    assert loaded.settings.batch_limit == 50
    assert loaded.settings.where("batch_limit").kind is OriginKind.DEFAULT
    assert loaded.toml is None
    assert loaded.warnings == ()


def test_the_environment_wins_over_dotenv_over_context_over_top_over_default(places: Places) -> None:
    toml = places.toml(
        'interval = "6h"\nbatch_limit = 10\nmode = "observe"\n[context.prod]\nbatch_limit = 20\n'
    )
    seen = [(places.load().settings.batch_limit, str(places.load().settings.where("batch_limit")))]
    dotenv = places.dotenv("RECONCILE_BATCH_LIMIT=30\n")
    seen.append((places.load().settings.batch_limit, str(places.load().settings.where("batch_limit"))))
    strongest = places.load(RECONCILE_BATCH_LIMIT="40").settings
    seen.append((strongest.batch_limit, str(strongest.where("batch_limit"))))
    assert seen == [
        (20, f"{toml} [context.prod]: batch_limit"),
        (30, f"{dotenv}: RECONCILE_BATCH_LIMIT"),
        (40, "environment: RECONCILE_BATCH_LIMIT"),
    ]
    assert strongest.mode is Mode.OBSERVE
    assert str(strongest.where("mode")) == f"{toml}: mode"
    assert str(strongest.where("role")) == "default"


def test_the_command_line_wins_over_the_environment(places: Places) -> None:
    loaded = load_settings(
        context=None,
        env={"RECONCILE_ROLE": "operator"},
        cwd=places.cwd,
        user_folder=places.user_folder,
        overrides={"role": "viewer"},
    )
    assert loaded.settings.role is Role.VIEWER
    assert str(loaded.settings.where("role")) == "command line: RECONCILE_ROLE"


def test_an_empty_variable_counts_as_not_set(places: Places) -> None:
    places.dotenv("RECONCILE_OPERATOR=\nRECONCILE_BATCH_LIMIT=7\n")
    settings = places.load(RECONCILE_BATCH_LIMIT="", HYPERSWITCH_API_KEY="").settings
    assert (settings.operator, settings.batch_limit, settings.hyperswitch_api_key) == (None, 7, None)


def test_the_only_context_is_taken_without_being_named(places: Places) -> None:
    toml = places.toml('[context.prod]\nrole = "viewer"\n')
    settings = places.load().settings
    assert (settings.context, settings.role) == ("prod", Role.VIEWER)
    assert str(settings.where("context")) == f"found: {toml}"


def test_among_several_contexts_none_is_a_default(places: Places) -> None:
    toml = places.toml(TWO_CONTEXTS)
    (line,) = places.complaints()
    assert line == (
        f"--context or RECONCILE_CONTEXT: {toml} has several contexts and none is a default; "
        "choose one: prod, staging"
    )


def test_a_context_is_chosen_by_argument_or_by_variable_and_the_argument_wins(places: Places) -> None:
    places.toml(TWO_CONTEXTS)
    by_variable = places.load(RECONCILE_CONTEXT="staging").settings
    by_argument = places.load("prod", RECONCILE_CONTEXT="staging").settings
    assert (by_variable.context, by_variable.batch_limit, by_variable.production) == ("staging", 10, False)
    assert (by_argument.context, by_argument.batch_limit, by_argument.production) == ("prod", 20, True)


def test_dotenv_may_choose_the_context(places: Places) -> None:
    places.toml(TWO_CONTEXTS)
    places.dotenv("RECONCILE_CONTEXT=staging\n")
    assert places.load().settings.context == "staging"


def test_an_unknown_context_is_refused_with_those_there_are(places: Places) -> None:
    toml = places.toml(TWO_CONTEXTS)
    (line,) = places.complaints("prd")
    assert line == (
        f'--context = "prd" (command line): no such context in {toml} (did you mean prod?); '
        "it has prod, staging"
    )


def test_a_context_without_a_file_to_hold_it_is_refused(places: Places) -> None:
    assert places.complaints(RECONCILE_CONTEXT="prod") == [
        'RECONCILE_CONTEXT = "prod" (environment): there is no TOML file, and so no context'
    ]


def test_a_context_is_production_unless_it_says_otherwise(places: Places) -> None:
    places.toml("[context.shop]\nbatch_limit = 5\n")
    assert places.load().settings.production is True


def test_the_table_hyperswitch_of_context_and_top_are_merged_key_by_key(places: Places) -> None:
    places.toml(
        '[hyperswitch]\nenabled = true\nbase_url = "https://shared.example"\n'
        '[context.prod.hyperswitch]\nbase_url = "https://prod.example/"\n'
    )
    settings = places.load().settings
    assert settings.hyperswitch_enabled is True
    assert settings.hyperswitch_base_url == "https://prod.example"


def test_the_mapping_is_handed_on_as_it_stands_the_context_over_the_top(places: Places) -> None:
    places.toml(
        '[mapping.orders]\ntable = "sales"\nstatus = "state"\n'
        '[context.prod.mapping.orders]\ntable = "orders"\n'
    )
    assert places.load().settings.shop_mapping == {"orders": {"table": "orders", "status": "state"}}


def test_the_file_is_looked_for_as_named_then_here_then_in_the_users_folder(places: Places) -> None:
    user = places.user_toml("batch_limit = 1\n")
    assert places.load().toml == user
    here = places.toml("batch_limit = 2\n")
    assert places.load().toml == here
    named = places.cwd / "other.toml"
    named.write_text("batch_limit = 3\n", encoding="utf-8")
    loaded = places.load(RECONCILE_CONFIG="other.toml")
    assert (loaded.toml, loaded.settings.batch_limit) == (named, 3)


def test_a_file_that_was_named_and_is_not_there_is_an_error(places: Places) -> None:
    assert places.complaints(RECONCILE_CONFIG="none.toml") == [
        'RECONCILE_CONFIG = "none.toml" (environment): there is no such file'
    ]


def test_files_can_be_left_out_altogether(places: Places) -> None:
    places.toml(TWO_CONTEXTS)
    places.dotenv("RECONCILE_BATCH_LIMIT=nonsense\n")
    loaded = load_settings(
        context=None, env={}, cwd=places.cwd, user_folder=places.user_folder, read_files=False
    )
    assert (loaded.settings.batch_limit, loaded.toml) == (50, None)


def test_the_process_environment_is_never_read(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILE_BATCH_LIMIT", "7")
    assert places.load().settings.batch_limit == 50
