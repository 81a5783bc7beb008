"""What stands in deploy/: it parses, its flags and names exist, and its times fit together."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from rewards.cli.health import health
from rewards.recipe.file import load, loads
from server.cli import serve
from server.config import ServerConfig
from server.config_file import settings_in
from server.telemetry.definitions import METRICS

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
COMMANDS = {"serve": serve, "health": health}


def manifests() -> dict[str, dict[str, object]]:
    files = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text("utf-8"))["resources"]
    assert sorted([*files, "kustomization.yaml"]) == sorted(path.name for path in KUBERNETES.iterdir())
    found = [yaml.safe_load((KUBERNETES / name).read_text("utf-8")) for name in files]
    return {one["kind"]: one for one in found}


@pytest.fixture(scope="module")
def kinds() -> dict[str, dict[str, object]]:
    return manifests()


@pytest.fixture(scope="module")
def pod(kinds: dict[str, dict[str, object]]) -> dict[str, object]:
    return kinds["Deployment"]["spec"]["template"]["spec"]


@pytest.fixture(scope="module")
def container(pod: dict[str, object]) -> dict[str, object]:
    (only,) = pod["containers"]
    return only


@pytest.fixture(scope="module")
def config(kinds: dict[str, dict[str, object]], tmp_path_factory: pytest.TempPathFactory) -> ServerConfig:
    path = tmp_path_factory.mktemp("config") / "server.yaml"
    path.write_text(kinds["ConfigMap"]["data"]["server.yaml"], "utf-8")
    return ServerConfig(**settings_in(path))


def parses(words: list[str]) -> None:
    """Every flag exists; that files and addresses are there is not asked."""
    command = COMMANDS[words[0]]
    known = {flag for parameter in command.params for flag in parameter.opts if flag.startswith("--")}
    used = {word for word in words[1:] if word.startswith("--")}
    assert used <= known, used - known


def test_the_config_is_one_that_may_be_served(
    config: ServerConfig, pod: dict[str, object], container: dict[str, object]
) -> None:
    assert not config.insecure_public
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    for path in (config.tls_cert, config.tls_key, config.auth_token_file):
        assert str(path.parent) in mounts
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert config.address.endswith(f":{ports['grpc']}")
    assert config.metrics_address.endswith(f":{ports['metrics']}")
    assert container["resources"]["requests"]["cpu"] == str(config.workers)
    assert config.workers >= config.processes
    assert {volume["name"] for volume in pod["volumes"]} == {
        mount["name"] for mount in container["volumeMounts"]
    }


def test_the_recipes_of_the_config_are_there(
    config: ServerConfig, kinds: dict[str, dict[str, object]]
) -> None:
    for recipe in config.recipes:
        folder, _, name = recipe.rpartition("/")
        if folder:
            assert folder == "/etc/touchstone"
            assert loads(kinds["ConfigMap"]["data"][name]).digest
        else:
            assert load(recipe).digest


def test_draining_ends_before_kubernetes_loses_patience(
    config: ServerConfig, pod: dict[str, object], container: dict[str, object]
) -> None:
    before = int(container["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert pod["terminationGracePeriodSeconds"] >= before + config.grace_seconds + 5
    alive = container["livenessProbe"]
    assert alive["periodSeconds"] * alive["failureThreshold"] > config.grace_seconds + before


def test_probes_ask_the_server_that_is_there(container: dict[str, object], config: ServerConfig) -> None:
    parses(container["args"])
    port = config.address.rpartition(":")[2]
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        command = container[name]["exec"]["command"]
        assert command[0] == "touchstone"
        parses(command[1:])
        assert f"127.0.0.1:{port}" in command


def test_nobody_in_the_pod_can_gain_anything(pod: dict[str, object], container: dict[str, object]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_service_is_headless_and_all_select_the_same_pods(kinds: dict[str, dict[str, object]]) -> None:
    assert kinds["Service"]["spec"]["clusterIP"] == "None"
    labels = kinds["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert kinds["Service"]["spec"]["selector"] == labels
    assert kinds["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    target = kinds["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", kinds["Deployment"]["metadata"]["name"])


def test_the_autoscaler_reads_a_metric_that_the_server_has(kinds: dict[str, dict[str, object]]) -> None:
    (metric,) = kinds["HorizontalPodAutoscaler"]["spec"]["metrics"]
    assert METRICS[metric["pods"]["metric"]["name"]].kind == "gauge"
    assert kinds["HorizontalPodAutoscaler"]["spec"]["minReplicas"] >= 2
    assert kinds["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1


def test_the_manifests_build() -> None:
    if (kubectl := shutil.which("kubectl")) is None:
        pytest.skip("kubectl is not installed")
    ran = subprocess.run([kubectl, "kustomize", KUBERNETES], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert len(list(yaml.safe_load_all(ran.stdout))) == len(manifests())


def test_the_container_runs_what_there_is() -> None:
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    for line in re.findall(r"^(?:CMD|    CMD) (\[.*\])", text, re.MULTILINE):
        words = yaml.safe_load(line)
        parses(words[1:] if words[0] == "touchstone" else words)
    assert re.search(r"^USER (?!0|root)", text, re.MULTILINE)
    for example in re.findall(r"^#\s+(serve .*)$", text, re.MULTILINE):
        parses(shlex.split(example))
    assert (ROOT / "constraints.txt").exists()


def unit() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / "systemd" / "touchstone.service").read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def test_the_unit_starts_reloads_and_stops_the_server() -> None:
    found = unit()
    words = shlex.split(found["ExecStart"][0])
    assert Path(words[0]).name == "touchstone"
    parses(words[1:])
    assert found["ExecReload"] == ["/bin/kill -HUP $MAINPID"]
    assert found["Restart"] == ["always"]
    assert found["KillMode"] == ["mixed"]
    assert int(found["TimeoutStopSec"][0]) >= ServerConfig().grace_seconds + 10
    for name in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "DynamicUser"):
        assert found[name] == ["yes"]
    assert found["ProtectSystem"] == ["strict"]


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    if (analyze := shutil.which("systemd-analyze")) is None:
        pytest.skip("systemd-analyze is not installed")
    path = tmp_path / "touchstone.service"
    text = (DEPLOY / "systemd" / "touchstone.service").read_text("utf-8")
    path.write_text(text.replace("/opt/touchstone/bin/touchstone", "/bin/true"), "utf-8")
    ran = subprocess.run([analyze, "verify", path], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "touchstone.service" not in ran.stderr
