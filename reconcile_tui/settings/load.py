"""Loading: the places are read in order, the context is chosen, and what is wrong is said in one go.

Strongest first: command line, environment, `.env`, the TOML file's context, its top, the default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from pydantic import ValidationError

from reconcile_tui.settings.model import Settings
from reconcile_tui.settings.names import did_you_mean, environment_name, is_ours
from reconcile_tui.settings.origins import Origin, OriginKind
from reconcile_tui.settings.problems import (
    Problem,
    SettingsInvalid,
    SettingsWarning,
    problems_of,
    shown_value,
)
from reconcile_tui.settings.sources import Dotenv, Environment, Source, Values
from reconcile_tui.settings.toml_file import Table, TomlFile, find_toml, is_open_to_others, read_toml
from reconcile_tui.settings.values import is_secret

DOTENV_NAME = ".env"
_NAMES = frozenset(environment_name(field) for field in Settings.model_fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Settings that may be used.

    Attributes:
        toml: the TOML file that was read, or None.
        contexts: the names of the contexts it has.
    """

    settings: Settings
    warnings: tuple[SettingsWarning, ...] = ()
    toml: Path | None = None
    contexts: tuple[str, ...] = ()


def load_settings(
    *,
    context: str | None,
    env: Mapping[str, str],
    cwd: Path,
    user_folder: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    read_files: bool = True,
) -> Loaded:
    """The settings in force.

    Args:
        context: the argument of `--context`.
        env: the process's environment.
        cwd: where `.env` and `reconcile.toml` are looked for, and what relative paths mean.
        user_folder: the user's configuration folder; None for the platform's.
        overrides: values by field that the command line decided; they win over everything.
        read_files: False to use no `.env` and no TOML file at all.

    Raises:
        SettingsInvalid: with every problem that was found.
    """
    environment = Environment(Settings, env)
    warnings = _unknown_names(env, "environment")
    above: list[Source] = [_command_line(context, overrides or {}), environment]
    toml: TomlFile | None = None
    below: list[Source] = []
    if read_files:
        dotenv = _dotenv(cwd / DOTENV_NAME)
        if dotenv is not None:
            above.append(dotenv)
            warnings += _unknown_names(dotenv.names, str(dotenv.file))
            warnings += _open_secrets(
                dotenv.file, [name for name in dotenv.env_vars if _is_secret_name(name)]
            )
        folder = user_folder or platformdirs.user_config_path("reconcile-tui", appauthor=False)
        toml = _toml(above, cwd=cwd, user_folder=folder)
    problems: list[Problem] = []
    if toml is not None:
        warnings += _open_secrets(toml.path, toml.secret_keys())
        problems += toml.problems
    try:
        below += _chosen(toml, above)
    except SettingsInvalid as error:
        raise SettingsInvalid([*problems, *error.problems], warnings) from None
    settings = _validated([*above, *below], problems, warnings)
    return Loaded(
        settings=settings,
        warnings=tuple(warnings),
        toml=toml.path if toml else None,
        contexts=tuple(toml.contexts) if toml else (),
    )


def _command_line(context: str | None, overrides: Mapping[str, object]) -> Values:
    values = {**overrides, **({} if context is None else {"context": context})}
    places = {
        field: Origin(
            kind=OriginKind.COMMAND_LINE, name="--context" if field == "context" else environment_name(field)
        )
        for field in values
    }
    return Values(Settings, values, places)


def _dotenv(path: Path) -> Dotenv | None:
    if not (path.is_file() or path.is_fifo()):
        return None
    try:
        return Dotenv(Settings, path)
    except OSError as error:
        message = f"cannot be read: {error.strerror or type(error).__name__}"
    except UnicodeDecodeError:
        message = "is not UTF-8"
    raise SettingsInvalid([Problem(name=str(path), message=message)])


def _said(field: str, sources: Sequence[Source]) -> tuple[str | None, Origin]:
    """What the strongest of `sources` says about a field that must be known before the TOML file is."""
    name = environment_name(field)
    for source in sources:
        value = source().get(name)
        if value is not None:
            return str(value), source.origin(name)
    return None, Origin(kind=OriginKind.DEFAULT, name=name)


def _toml(above: Sequence[Source], *, cwd: Path, user_folder: Path) -> TomlFile | None:
    named, origin = _said("config", above)
    path = find_toml(named, origin, cwd=cwd, user_folder=user_folder)
    return read_toml(path) if path else None


def _chosen(toml: TomlFile | None, above: Sequence[Source]) -> list[Source]:
    """The TOML file's sources: the chosen context, the top, and what was found without being named.

    Raises:
        SettingsInvalid: the context does not exist, or nobody chose among several.
    """
    name, origin = _said("context", above)
    contexts = toml.contexts if toml else {}
    if name is not None and name not in contexts:
        raise SettingsInvalid([_no_such_context(name, origin, toml)])
    if toml is None:
        return []
    if name is None and len(contexts) > 1:
        message = f"{toml.path} has several contexts and none is a default; choose one: {_listed(contexts)}"
        raise SettingsInvalid([Problem(name="--context or RECONCILE_CONTEXT", message=message)])
    taken = name or next(iter(contexts), None)
    tables = [contexts[taken], toml.shared] if taken else [toml.shared]
    found = {"config": str(toml.path), **({"context": taken} if taken else {})}
    places = {field: Origin(kind=OriginKind.FOUND, file=toml.path) for field in found}
    return [
        *(Values(Settings, table.values, table.places) for table in tables),
        Values(Settings, found, places),
    ]


def _no_such_context(name: str, origin: Origin, toml: TomlFile | None) -> Problem:
    if toml is None:
        message = "there is no TOML file, and so no context"
    elif not toml.contexts:
        message = f"{toml.path} has no [context.NAME] tables"
    else:
        close = did_you_mean(name, toml.contexts)
        message = f"no such context in {toml.path}{close}; it has {_listed(toml.contexts)}"
    return Problem(name=origin.name, value=shown_value(name), place=origin.place, message=message)


def _listed(contexts: Mapping[str, Table]) -> str:
    return ", ".join(contexts)


def _validated(sources: list[Source], problems: list[Problem], warnings: list[SettingsWarning]) -> Settings:
    settings: Settings | None = None
    try:
        settings = Settings.from_sources(sources)
    except ValidationError as error:
        problems = [*problems, *problems_of(error, lambda name: _where(name, sources))]
    # Raised out here so that the exception carries no pydantic error, which holds the values themselves.
    if settings is None or problems:
        raise SettingsInvalid(problems, warnings)
    return settings


def _where(name: str, sources: Sequence[Source]) -> Origin:
    holder = next((source for source in sources if name in source()), None)
    return holder.origin(name) if holder else Origin(kind=OriginKind.DEFAULT)


def _is_secret_name(name: str) -> bool:
    return any(
        is_secret(info) for field, info in Settings.model_fields.items() if environment_name(field) == name
    )


def _unknown_names(names: Mapping[str, str] | Sequence[str], place: str) -> list[SettingsWarning]:
    known = sorted(_NAMES)
    return [
        SettingsWarning(name=name, place=place, message=f"unknown name, ignored{did_you_mean(name, known)}")
        for name in sorted(names)
        if is_ours(name) and name not in _NAMES
    ]


def _open_secrets(path: Path, names: Sequence[str]) -> list[SettingsWarning]:
    if not names or not is_open_to_others(path):
        return []
    message = f"holds a secret ({', '.join(names)}) and others may read it: chmod 600 {path}"
    return [SettingsWarning(name=str(path), message=message)]
