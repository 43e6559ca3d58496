"""The alert rules ask for metrics and labels that there are, and say what to do."""

import re
from typing import Any

import pytest

from tests.deploy.files import DEPLOY, documents, rules
from tests.docs.metrics import own_metrics, series_names

RULES = list(rules(DEPLOY / "alerts.yml"))
SAMPLES = [sample for metric in own_metrics() for sample in metric.samples]


of_each = pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])


def test_there_are_rules_and_each_has_a_name_of_its_own() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names))
    assert {
        "ReconcileNobodySweeps",
        "ReconcileLastSuccessTooOld",
        "ReconcileBacklogGrowing",
        "ReconcileAttention",
        "ReconcileBreakerOpen",
        "ReconcileUnchanged",
        "ReconcilePspErrors",
    } <= set(names)


@of_each
def test_it_asks_for_metrics_that_there_are(rule: dict[str, Any]) -> None:
    known = {name for metric in own_metrics() for name in series_names(metric)}
    asked = set(re.findall(r"reconcile_\w+", rule["expr"]))
    assert asked
    assert asked <= known


@of_each
def test_it_asks_for_labels_and_values_that_there_are(rule: dict[str, Any]) -> None:
    for name, matchers in re.findall(r"(reconcile_\w+)\{([^}]*)\}", rule["expr"]):
        for label, values in re.findall(r'(\w+)(?:=~|!~|!=|=)"([^"]*)"', matchers):
            known = {sample.labels.get(label) for sample in SAMPLES if sample.name == name}
            assert set(values.split("|")) <= known, (name, label)
    for labels in re.findall(r"\bby \(([^)]*)\)", rule["expr"]):
        known_labels = {label for sample in SAMPLES for label in sample.labels} | {"job", "instance"}
        assert {label.strip() for label in labels.split(",")} <= known_labels


@of_each
def test_it_says_how_bad_it_is_and_what_to_run(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert {"summary", "description", "runbook"} <= rule["annotations"].keys()
    assert all(text.strip() for text in rule["annotations"].values())


@of_each
def test_it_is_about_one_database_at_a_time(rule: dict[str, Any]) -> None:
    for aggregated in re.findall(r"\b(?:sum|max|min|avg|count)\b(?! by \()", rule["expr"]):
        pytest.fail(f"{aggregated} over every job")


def test_the_rules_are_tested_as_prometheus_runs_them() -> None:
    tested = {
        each["alertname"]
        for test in documents(DEPLOY / "alerts.test.yml")[0]["tests"]
        for each in test["alert_rule_test"]
    }
    assert tested <= {rule["alert"] for rule in RULES}
    assert "ReconcileNobodySweeps" in tested
