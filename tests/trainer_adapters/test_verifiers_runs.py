"""Whole evaluations by verifiers' own runners, with a model that answers on this machine: v1, and before."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from answering import answering, said
from trainer_calls.call import Sample, Turn
from trainer_calls.verifiers import PlainTrace

from rewards import LocalScorer, Rollout
from trainer_adapters.scoring.scorer import NotJudgedError
from trainer_adapters.verifiers import reward_function
from trainer_adapters.verifiers_rubric import rubric

ROOT = Path(__file__).resolve().parent.parent.parent
ANSWERS = {
    "0+0?": r"<think>none</think> \boxed{0}",
    "1+1?": r"\boxed{2}",
    "2+2?": r"<think>five</think> \boxed{5}",
    "3+3?": "",
    "broken": r"<think>?</think> \boxed{1}",
}
GOLDS = {"0+0?": "0", "1+1?": "2", "2+2?": "4", "3+3?": "6"}
MAIN = "from verifiers.v1.cli.eval.main import main; main()"

pytestmark = pytest.mark.filterwarnings("ignore")  # verifiers warns of its own deprecations


def answer(body: Any) -> object:
    said_to = body["messages"][-1]["content"]
    return said(ANSWERS[said_to if isinstance(said_to, str) else said_to[0]["text"]])


def expected() -> dict[str, float]:
    rollouts = [Rollout(completion=ANSWERS[asked], ground_truth=gold) for asked, gold in GOLDS.items()]
    return dict(zip(GOLDS, LocalScorer("r1-zero").score(rollouts).totals.tolist(), strict=True))


# v1: reasoning that the engine split off a message


class Opening:
    """A tokenizer whose chat template opens the reasoning."""

    def apply_chat_template(self, *_: object, **__: object) -> str:
        return "2+2?<think>\n"


@pytest.mark.parametrize("reasoning", [None, "think", "magistral", {"open": "<why>", "close": "</why>"}])
@pytest.mark.parametrize("options", [{}, {"tokenizer": Opening()}], ids=["", "with a tokenizer"])
def test_reasoning_that_the_engine_split_off_is_put_back(reasoning: Any, options: Any) -> None:
    trace: Any = PlainTrace(Sample(said=[Turn("assistant", r"\boxed{4}", "2 + 2")]))
    task = SimpleNamespace(prompt=[{"role": "user", "content": "2+2?"}], answer="4")
    reward = reward_function("r1-zero", reasoning=reasoning, **options)
    assert asyncio.run(reward(task=task, trace=trace)) == 1.5


# v1: its command, with the example's reward plugged in by path


def _has_v1() -> bool:
    try:
        return importlib.util.find_spec("verifiers.v1.cli.eval.main") is not None
    except ImportError:
        return False


@pytest.mark.parametrize("remote", [False, True], ids=["here", "server"])
def test_verifiers_v1_is_scored_by_the_example(
    tmp_path: Path, request: pytest.FixtureRequest, *, remote: bool
) -> None:
    if not _has_v1():
        pytest.skip("verifiers v1 is not installed; `make test-integrations` installs it")
    paths = [ROOT, ROOT / "tests" / "support", ROOT / "examples" / "trainers" / "verifiers"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "HOME": str(tmp_path)}
    if remote:
        environment["TOUCHSTONE_SERVER"] = request.getfixturevalue("address")
    with answering(answer) as model:
        command = [sys.executable, "-c", MAIN, "verifiers_sums"]
        command += ["--env.taskset.task.rewards.touchstone.fn", "my_rewards:reward"]
        command += ["--env.agent.runtime.type", "subprocess", "--model", "tiny", "--no-push", "--no-rich"]
        command += ["--client.base-url", f"http://{model}/v1", "--client.api-key-var", "NO_KEY"]
        command += ["--output-dir", str(tmp_path), "--run.name", "run"]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=100, check=False
        )
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "run" / "traces.jsonl").read_text("utf-8").splitlines()
    traces = {
        trace["task"]["data"]["prompt"]: trace for line in lines for trace in json.loads(line)["traces"]
    }
    broken = traces.pop("broken")
    assert broken["ok"] is False
    assert "not judged" in json.dumps(broken["errors"])
    assert broken["rewards"]["touchstone"] is None  # and not 0
    assert {asked: one["rewards"]["touchstone"]["score"] for asked, one in traces.items()} == expected()
    assert traces["0+0?"]["metrics"] == {"correctness": 1.0, "format": 1.0, "judged": 1.0}


# Before v1: an environment with our Rubric


def _environment(asked: dict[str, str]) -> Any:
    import verifiers as vf
    from datasets import Dataset

    rows = Dataset.from_list([{"question": one, "answer": gold} for one, gold in asked.items()])
    return vf.SingleTurnEnv(dataset=rows, eval_dataset=rows, rubric=rubric("r1-zero"))


def _evaluate(asked: dict[str, str], **told: Any) -> list[Any]:
    from verifiers.types import ClientConfig

    with answering(answer) as model:
        client = ClientConfig(api_key_var="NO_KEY", api_base_url=f"http://{model}/v1", max_retries=0)
        found = asyncio.run(_environment(asked).evaluate(client, "tiny", **told))
    return list(found["outputs"])


@pytest.fixture
def _rubrics(monkeypatch: pytest.MonkeyPatch) -> None:
    verifiers = pytest.importorskip("verifiers", reason="verifiers is not installed")
    if not hasattr(verifiers, "Rubric"):
        pytest.skip("this verifiers has no Rubric; `make test-integrations` installs one that has")
    monkeypatch.setenv("NO_KEY", "none")


@pytest.mark.usefixtures("_rubrics")
@pytest.mark.parametrize("independent", [True, False], ids=["one by one", "in groups"])
def test_verifiers_before_v1_is_scored_by_the_rubric(*, independent: bool) -> None:
    outputs = _evaluate(GOLDS, independent_scoring=independent)
    found = {one["prompt"][-1]["content"]: one["reward"] for one in outputs}
    assert found == expected()
    (right,) = [one for one in outputs if one["prompt"][-1]["content"] == "0+0?"]
    assert right["metrics"] == {"correctness": 1.0, "format": 1.0, "judged": 1.0, "num_turns": 1.0}


@pytest.mark.usefixtures("_rubrics")
def test_verifiers_before_v1_fails_on_a_broken_gold() -> None:
    with pytest.raises(NotJudgedError):
        _evaluate({"broken": r"\frac{"})
