"""The labels of what ticks come to are the core's own lists, all of them."""

from dataclasses import fields
from typing import get_args

from reconcile_tui.core.decisions import Decision
from reconcile_tui.metrics.ticks import DECISIONS


def test_every_decision_that_there_is_has_its_series() -> None:
    kinds = {field.default for each in get_args(Decision) for field in fields(each) if field.name == "kind"}
    assert kinds == set(DECISIONS)
