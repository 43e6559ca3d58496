"""`plan` and `apply` as tests run them: a file made, altered, and applied."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from reconcile_tui.cli.applying import apply_file
from reconcile_tui.cli.documents import ApplyDocument, PlanFileDocument
from reconcile_tui.cli.execution import Command
from reconcile_tui.cli.planning import plan_rows
from reconcile_tui.plan_file import sealed
from tests.integration.cli.conftest import Ended, Stage


def plan(*ids: str, only: str | None = None, **options: Any) -> Command:
    usual: dict[str, Any] = {"phases": None, "limit": None, "reason": None, "dry_run": False}
    return partial(plan_rows, ids=ids, filter_text=only, **(usual | options))


def apply(file: Path, *, yes: bool = True, reason: str | None = None, again: bool = False) -> Command:
    return partial(apply_file, source=str(file), yes=yes, reason=reason, again=again)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """A file that `plan` printed, and how that run ended."""

    path: Path
    run: Ended
    key: SecretStr

    @property
    def document(self) -> PlanFileDocument:
        return PlanFileDocument.model_validate(json.loads(self.path.read_text()))

    def edit(self, old: str, new: str) -> None:
        """As somebody does in an editor."""
        text = self.path.read_text()
        assert old in text
        self.path.write_text(text.replace(old, new, 1))

    def remake(self, change: Callable[[Any], None]) -> None:
        """Another content, with a seal that fits."""
        content = json.loads(self.path.read_text())
        change(content)
        content.pop("seal")
        self.path.write_text(sealed(content, self.key))


async def planned(stage: Stage, *ids: str, only: str | None = None, **options: Any) -> PlanFile:
    """A plan over these rows, as a file."""
    run = await stage.perform(plan(*ids, only=only, **options))
    path = stage.folder / "plan.json"
    path.write_text(run.out)
    return PlanFile(path=path, run=run, key=SecretStr(stage.world.psp.api_key))


async def applied(stage: Stage, file: PlanFile, **options: Any) -> ApplyDocument:
    """What became of the file."""
    run = await stage.perform(apply(file.path, **options), as_json=True)
    document = ApplyDocument.model_validate(json.loads(run.out))
    assert document.exit_code == run.code
    return document


def outcomes(document: ApplyDocument) -> dict[str, str]:
    """What became of each row, by its id."""
    return {row.finding.id: row.outcome.outcome.value for row in document.rows if row.outcome}


def differences(document: ApplyDocument) -> dict[str, list[str]]:
    """What differs from the plan, by row id."""
    return {
        row.id: [f"{each.what}: {each.then} → {each.now}" for each in row.differences]
        for row in document.changed
    }
