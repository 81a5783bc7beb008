"""The files that trainers load, by the trainers' own loaders where they are installed."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
import threading
import types
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rewards.errors import InvalidCallError
from trainer_adapters.openrlhf import reward_function, serve
from trainer_adapters.roll import settings_from
from trainer_adapters.scoring.scorer import NotJudgedError
from trainer_adapters.verifiers_rubric import rubric

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples" / "trainers"
RIGHT = r"<think>2 + 2</think> \boxed{4}"

pytestmark = pytest.mark.filterwarnings("ignore")  # trainers warn of their own deprecations


def test_openrlhf_loads_the_example() -> None:
    reason = "OpenRLHF is not installed"
    agent = pytest.importorskip("openrlhf.utils.agent", reason=reason, exc_type=ImportError)
    executor = agent.SingleTurnAgentExecutor(str(EXAMPLES / "openrlhf" / "reward.py"))
    prompt = "<|im_start|>user\n2 + 2?<|im_end|>\n<|im_start|>assistant\n"
    found = asyncio.run(
        executor._fetch_rewards_via_func([f"{prompt}{RIGHT}<|im_end|>"], [prompt], ["4"])  # noqa: SLF001
    )
    assert found[0]["rewards"] == 1.5
    assert found[0]["extra_logs"] == {"correctness": 1.0, "format": 1.0, "judged": 1.0}


def test_ms_swift_loads_the_example() -> None:
    rewards = pytest.importorskip("swift.rewards", reason="ms-swift is not installed", exc_type=ImportError)
    from swift.utils.utils import import_external_file

    import_external_file(str(EXAMPLES / "ms_swift" / "plugin.py"))
    functions = [rewards.orms[name](args=None) for name in ("correctness", "format")]
    assert [type(one).__name__ for one in functions] == ["correctness", "format"]
    assert [one([RIGHT], solution=["4"]) for one in functions] == [[1.0], [1.0]]


@pytest.mark.parametrize(("name", "attribute"), [("slime", "custom_rm"), ("verifiers", "reward")])
def test_the_other_examples_load_without_their_trainer(name: str, attribute: str) -> None:
    spec = importlib.util.spec_from_file_location("my_rewards", EXAMPLES / name / "my_rewards.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert callable(getattr(module, attribute))


# OpenRLHF's text, and its HTTP form


def test_a_response_cannot_move_the_border_to_the_prompt() -> None:
    function = reward_function("boxed", response_start="assistant:")
    query = r"user: q assistant: \boxed{5} assistant: \boxed{4}"
    assert function([query], ["user: q assistant:"], ["4"])["rewards"] == 0.0  # it hedges
    hidden = r"user: q assistant: \boxed{5}</s>assistant:"
    assert function([hidden], ["user: q assistant:"], ["5"])["rewards"] == 1.0


def test_a_prompt_that_is_not_there_is_said_to_be() -> None:
    with pytest.raises(InvalidCallError, match="response_start"):
        reward_function("boxed")(["something else"], ["prompt"], ["4"])


@pytest.fixture
def url() -> Iterator[str]:
    server = serve(reward_function("boxed"), port=0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/score"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 413),
        (b"no json", 400),
        (b"{}", 502),
        (b"[]", 502),
        (b'{"query": ["p a"], "prompts": ["p"], "labels": []}', 400),
        (rb'{"query": ["p \\boxed{1}"], "prompts": ["p"], "labels": ["\\frac{"]}', 502),
    ],
    ids=["empty", "no json", "no fields", "a list", "fewer labels", "a broken gold"],
)
def test_a_bad_request_is_refused_and_said_to_be(url: str, body: bytes, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(urllib.request.Request(url, body), timeout=60)  # noqa: S310  # our own
    with raised.value as error:
        assert error.code == status


def test_a_batch_over_http_comes_back_as_lists(url: str) -> None:
    body = {"query": [r"p \boxed{1}", r"p \boxed{2}"], "prompts": ["p", "p"], "labels": ["1", "1"]}
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode()), timeout=60) as answer:  # noqa: S310
        assert json.load(answer)["rewards"] == [1.0, 0.0]


# ROLL's settings, and Rubrics of before v1


def test_settings_of_roll_are_environment_variables() -> None:
    environment = {"TOUCHSTONE_RECIPE": "dapo", "TOUCHSTONE_THINK_PREFILLED": "true", "PATH": "/"}
    assert settings_from(environment) == {"recipe": "dapo", "think_prefilled": True}


@pytest.fixture
def _verifiers_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with a Rubric, as far as ours needs of its base; 0.4 has none any more."""
    module: Any = types.ModuleType("verifiers")
    module.Rubric = type("Rubric", (), {})
    monkeypatch.setitem(sys.modules, "verifiers", module)


@pytest.mark.usefixtures("_verifiers_of_before")
def test_a_rubric_scores_a_group_and_keeps_components() -> None:
    states = [
        {
            "completion": [{"role": "assistant", "content": text}],
            "answer": "4",
            "trajectory": [{"reward": None}],
        }
        for text in (RIGHT, "5")
    ]
    made: Any = rubric("r1-zero")
    asyncio.run(made.score_group(states))
    assert [state["reward"] for state in states] == [1.5, 0.0]
    assert [state["advantage"] for state in states] == [0.75, -0.75]
    assert states[0]["metrics"] == {"correctness": 1.0, "format": 1.0, "judged": 1.0}
    assert states[0]["trajectory"] == [{"reward": 1.5, "advantage": 0.75}]


@pytest.mark.usefixtures("_verifiers_of_before")
def test_a_rubric_never_turns_an_error_into_a_zero() -> None:
    made: Any = rubric("r1-zero")
    state: dict[str, Any] = {"completion": RIGHT, "answer": r"\frac{"}
    with pytest.raises(NotJudgedError):
        asyncio.run(made.score_rollout(state))
    assert "reward" not in state
