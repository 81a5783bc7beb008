"""Alerts fire where they should and nowhere else: by Prometheus's rule tests, and at a real server."""

from __future__ import annotations

import itertools
import re
import shutil
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import yaml
from running import eventually, right
from scraping import samples_at, value_at

from rewards import RemoteScorer
from rewards.errors import RewardError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from prometheus_client.core import Sample
    from running import ServerProcess

FOLDER = Path(__file__).resolve().parents[3] / "deploy" / "prometheus"
RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for group in yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
}
TESTS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts_test.yaml").read_text("utf-8"))["tests"]

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is missing: it comes with Prometheus")

RECIPE = """
name: {name}
version: 1
reward: {reward}
"""


def names_in(query: str) -> set[str]:
    return set(re.findall(r"\b(?:touchstone_\w+|up)\b", re.sub(r'"[^"]*"', "", query)))


def checked(folder: Path, tests: Path) -> None:
    assert PROMTOOL is not None
    ended = subprocess.run(
        [PROMTOOL, "test", "rules", str(tests)], capture_output=True, text=True, cwd=folder, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("alert", RULES)
def test_an_alert_is_tested_both_ways(alert: str) -> None:
    kinds = Counter()
    for test in TESTS:
        for one in test["alert_rule_test"]:
            if one["alertname"] == alert:
                kinds[bool(one["exp_alerts"])] += 1
                shown = {re.split(r"[{ ]", series["series"])[0] for series in test["input_series"]}
                # Without what it asks for, it would be silent whatever it says; `absent` asks for nothing.
                assert names_in(RULES[alert]["expr"]) <= shown or alert in {
                    "TouchstoneDown",
                    "TouchstoneAbsent",
                }
                assert names_in(RULES[alert]["expr"]) & shown
    assert kinds[True] >= 1
    assert kinds[False] >= 1


def test_no_test_is_of_an_alert_that_is_not_there() -> None:
    assert {one["alertname"] for test in TESTS for one in test["alert_rule_test"]} == RULES.keys()


@needs_promtool
def test_the_rules_are_valid_and_their_tests_pass() -> None:
    assert PROMTOOL is not None
    subprocess.run([PROMTOOL, "check", "rules", str(FOLDER / "alerts.yaml")], check=True, capture_output=True)
    checked(FOLDER, FOLDER / "alerts_test.yaml")


def chosen(rule: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, str]]]:
    """Each counter that a rule reads, with each value that it chooses of a label."""
    found = re.findall(r"(touchstone_\w+_(?:total|bucket))(?:\{(\w+)=~?\"([^\"]*)\"\})?", rule["expr"])
    for name, label, values in found:
        for value in values.split("|"):
            yield name, {label: value} if label else {}


def identities(samples: Iterable[Sample]) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    return {(one.name, tuple(sorted(one.labels.items()))) for one in samples}


def read_by_alerts(samples: Sequence[Sample]) -> list[Sample]:
    wanted = [pair for rule in RULES.values() for pair in chosen(rule)]
    return [
        one
        for one in samples
        if any(one.name == name and labels.items() <= one.labels.items() for name, labels in wanted)
    ]


def test_alerts_count_from_zero_before_anything_happens(
    start_server: Callable[..., ServerProcess],
) -> None:
    server = start_server(
        *("--recipe", "boxed", "--recipe", "r1-zero", "--processes", "2", "--workers", "1"),
        *("--inline-recipes", "--metrics-address", "127.0.0.1:0"),
    )
    assert eventually(lambda: value_at(server.metrics, "touchstone_recipe_info") == 2)
    samples = samples_at(server.metrics)
    for alert, rule in RULES.items():
        for name, labels in chosen(rule):
            found = [one for one in samples if one.name == name and labels.items() <= one.labels.items()]
            assert found, f"{alert} reads {name} {labels}"
            assert all(one.value == 0 for one in found), f"{alert} reads {name} {labels}"
    for name in ("touchstone_rollouts_total", "touchstone_verdicts_total"):
        recipes = {one.labels["recipe"] for one in samples if one.name == name}
        assert recipes == {"boxed@1", "r1-zero@1", "inline"}
    assert value_at(server.metrics, "touchstone_stale_files") == 0
    before = identities(read_by_alerts(samples))
    # Whatever happens, nothing that an alert reads appears that was not there.
    with RemoteScorer(server.address, "r1-zero") as remote:
        remote.score([right(n) for n in range(50)])
    with grpc.insecure_channel(server.address) as channel, pytest.raises(grpc.RpcError):
        channel.unary_unary("/rewards.v1.RewardService/Score")(b"\xff")
    assert eventually(lambda: value_at(server.metrics, "touchstone_rollouts_total") == 50)
    assert identities(read_by_alerts(samples_at(server.metrics))) == before


@needs_promtool
def test_the_first_event_at_a_real_server_raises_its_alert(
    start_server: Callable[..., ServerProcess], tmp_path: Path
) -> None:
    recipe = tmp_path / "failing.yaml"
    recipe.write_text(RECIPE.format(name="failing", reward='{"odd_rewards:Failing": {}}'), "utf-8")
    tokens = tmp_path / "tokens"
    tokens.write_text("known\n", "utf-8")
    server = start_server(
        *("--recipe", str(recipe), "--processes", "2", "--workers", "1"),
        *("--auth-token-file", str(tokens), "--metrics-address", "127.0.0.1:0"),
    )
    assert eventually(lambda: value_at(server.metrics, "touchstone_recipe_info") == 1)
    quiet = samples_at(server.metrics)
    with RemoteScorer(server.address, "failing", token="known") as remote, pytest.raises(RewardError):  # noqa: S106
        remote.score([right(1)])
    recipe.write_text("name: 7", "utf-8")
    server.process.send_signal(signal.SIGHUP)
    tokens.unlink()
    assert eventually(lambda: value_at(server.metrics, "touchstone_calls_total", code="INTERNAL") == 1)
    assert eventually(lambda: value_at(server.metrics, "touchstone_refused_reloads_total") > 0)
    assert eventually(lambda: value_at(server.metrics, "touchstone_stale_files", file="tokens") == 1)
    loud = samples_at(server.metrics)
    series = [*written(quiet, loud), {"series": 'up{job="touchstone",instance="a"}', "values": "1x80"}]
    fires = {"TouchstoneFailing", "TouchstoneReloadRefused", "TouchstoneFileNotRead"}
    instance = {"job": "touchstone", "instance": "a"}
    more = {"TouchstoneFileNotRead": {"file": "tokens"}}
    expected = []
    for when, alert in itertools.product(("5m", "10m"), RULES):
        at_work = when == "10m" and alert in fires
        labels = {"severity": RULES[alert]["labels"]["severity"], **instance, **more.get(alert, {})}
        told = RULES[alert]["annotations"]
        words = told["description"]
        for label, value in labels.items():
            words = words.replace(f"{{{{ $labels.{label} }}}}", value)
        said = {**told, "description": words}
        exp_alerts = [{"exp_labels": labels, "exp_annotations": said}] if at_work else []
        expected.append({"eval_time": when, "alertname": alert, "exp_alerts": exp_alerts})
    tests = {
        "rule_files": [str(FOLDER / "alerts.yaml")],
        "evaluation_interval": "15s",
        "tests": [{"interval": "15s", "input_series": series, "alert_rule_test": expected}],
    }
    path = tmp_path / "live.yaml"
    path.write_text(yaml.safe_dump(tests, sort_keys=False), "utf-8")
    checked(tmp_path, path)


def written(before: Sequence[Sample], after: Sequence[Sample]) -> list[dict[str, str]]:
    """Series as promtool reads them: five minutes of one scrape, then ten of another."""
    values: dict[str, list[str]] = {}
    for times, (count, samples) in enumerate(((21, before), (60, after))):
        for one in samples:
            labels = {"job": "touchstone", "instance": "a", **one.labels}
            pairs = ",".join(f'{label}="{value}"' for label, value in labels.items())
            name = f"{one.name}{{{pairs}}}"
            told = values.setdefault(name, ["_x20"] if times else [])
            told.append(f"{one.value:g}x{count - 1}")
    return [{"series": name, "values": " ".join(told)} for name, told in values.items()]


DEPLOY = Path(__file__).resolve().parents[3] / "deploy"

ALERTS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text("utf-8"))


def test_alerts_are_well_formed() -> None:
    rules = [rule for group in ALERTS["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"].keys() == {"summary", "description"}
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
