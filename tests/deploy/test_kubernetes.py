"""The Kubernetes example: two pods without privileges, probed where the daemon answers."""

from typing import Any

import pytest

from reconcile_tui.daemon.loop import LAST_SECONDS
from reconcile_tui.settings import Settings
from reconcile_tui.settings.names import environment_name
from tests.deploy.files import DEPLOY, dockerfile, documents

OBJECTS = {(each["kind"], each["metadata"]["name"]): each for each in documents(DEPLOY / "kubernetes.yaml")}
DAEMON = OBJECTS["Deployment", "reconcile-tui"]["spec"]
INIT_DB = OBJECTS["Job", "reconcile-tui-init-db"]["spec"]
PODS = [DAEMON["template"]["spec"], INIT_DB["template"]["spec"]]
[CONTAINER] = PODS[0]["containers"]
CONFIG = OBJECTS["ConfigMap", "reconcile-tui"]["data"]
SECRET = OBJECTS["Secret", "reconcile-tui"]["stringData"]


def test_one_sweeps_and_one_stands_by_and_one_of_them_always_stays() -> None:
    assert DAEMON["replicas"] == 2
    budget = OBJECTS["PodDisruptionBudget", "reconcile-tui"]["spec"]
    assert budget["minAvailable"] == 1
    assert budget["selector"]["matchLabels"] == DAEMON["selector"]["matchLabels"]
    assert DAEMON["selector"]["matchLabels"].items() <= DAEMON["template"]["metadata"]["labels"].items()


@pytest.mark.parametrize("pod", PODS, ids=["daemon", "init-db"])
def test_it_has_no_privileges_and_writes_into_its_memory_alone(pod: dict[str, Any]) -> None:
    [container] = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 the pod's own
    assert container["resources"]["limits"]["memory"]
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}


def test_it_runs_as_the_images_own_user() -> None:
    [user] = [each.text for each in dockerfile(DEPLOY / "Dockerfile") if each.name == "USER"]
    for pod in PODS:
        assert f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" == user


def test_probes_ask_where_the_daemon_answers() -> None:
    [port] = CONTAINER["ports"]
    assert CONFIG["RECONCILE_METRICS_ADDRESS"] == f"0.0.0.0:{port['containerPort']}"
    paths = {
        probe: CONTAINER[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert paths == {
        "startupProbe": {"path": "/healthz", "port": port["name"]},
        "livenessProbe": {"path": "/healthz", "port": port["name"]},
        "readinessProbe": {"path": "/readyz", "port": port["name"]},
    }


def test_rows_in_flight_have_their_time_to_end() -> None:
    needed = Settings.from_sources(()).shutdown_timeout.total_seconds() + LAST_SECONDS
    assert PODS[0]["terminationGracePeriodSeconds"] > needed


def test_each_pod_does_its_own_part_of_the_program() -> None:
    assert CONTAINER["args"] == ["--daemon"]
    assert PODS[1]["containers"][0]["args"] == ["init-db"]
    assert PODS[1]["containers"][0]["image"] == CONTAINER["image"]
    assert "command" not in CONTAINER


def test_its_settings_are_settings_and_the_secret_ones_stand_in_the_secret() -> None:
    secret = {"DATABASE_URL", "HYPERSWITCH_API_KEY"}
    known = {environment_name(field) for field in Settings.model_fields}
    assert CONFIG.keys() | SECRET.keys() <= known
    assert SECRET.keys() == secret
    assert all(isinstance(value, str) for value in CONFIG.values())


def test_it_begins_by_watching_alone_and_its_metrics_are_fenced() -> None:
    assert CONFIG["RECONCILE_MODE"] == "observe"
    fence = OBJECTS["NetworkPolicy", "reconcile-tui"]["spec"]
    assert fence["policyTypes"] == ["Ingress"]
    [allowed] = fence["ingress"]
    assert allowed["ports"] == [{"port": 9464, "protocol": "TCP"}]
