"""TRL's own trainers with local and remote scores, and its event loop beside an answer that hangs."""

from __future__ import annotations

import asyncio
import dataclasses
import math
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from running import hanging

from rewards import (
    Batch,
    BoxedCorrectness,
    Constant,
    Context,
    Evaluation,
    GroupReward,
    HasBox,
    NgramRepetition,
    Ramp,
    Recipe,
    Reward,
)
from rewards.errors import InvalidParameterError
from rewards.recipe.file import dumps
from trainer_adapters.trl import reward_funcs

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent.parent
TREE = BoxedCorrectness() + 0.5 * HasBox() + NgramRepetition(n=2, max_penalty=-0.5, unit="tokens")
STEPS = 20

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def test_twenty_steps_of_trl_see_the_same_rewards_from_a_server(
    tmp_path: Path, start_server: Callable[..., object]
) -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    from tiny_trl import train

    recipe = Recipe(name="three-terms", reward=TREE)
    path = tmp_path / "three-terms.yaml"
    path.write_text(dumps(recipe), "utf-8")
    server = start_server("--recipe", str(path))
    histories = []
    for address in (None, server.address):  # type: ignore[attr-defined]
        functions = reward_funcs(recipe, server=address)
        history = train(functions, functions.weights, tmp_path / str(len(histories)), steps=STEPS)
        histories.append([entry for entry in history if "reward" in entry])
    here, there = histories
    assert len(here) == len(there) == STEPS
    names = {function.__name__ for function in reward_funcs(recipe)}
    assert names == {"boxed_correctness", "has_box", "ngram_repetition"}
    for mine, theirs in zip(here, there, strict=True):
        for name in names:
            assert mine[f"rewards/{name}/mean"] == theirs[f"rewards/{name}/mean"]
        assert mine["reward"] == theirs["reward"]
        assert mine["reward_std"] == theirs["reward_std"]
    assert len({entry["rewards/ngram_repetition/mean"] for entry in here}) > 1  # it was not all one value


def test_the_weighted_sum_stays_what_it_is_without_reward_weights() -> None:
    functions = reward_funcs(2.0 * BoxedCorrectness() + 0.5 * HasBox(), weigh=True)
    completions = [r"\boxed{4}", r"\boxed{5}", ""]
    found = [function(completions=completions, answer=["4"] * 3) for function in functions]
    assert functions.weights == [1.0, 1.0]
    assert [sum(row) for row in zip(*found, strict=True)] == [2.5, 0.5, 0.0]  # type: ignore[arg-type]


def test_log_probabilities_of_a_rollout_function_are_used() -> None:
    (function, *_) = reward_funcs("logp-modulated", rollout_columns=["logprobs"], weigh=True)
    call = {"completions": [r"\boxed{4}"] * 2, "answer": ["4"] * 2, "completion_ids": [[1, 2]] * 2}
    sure, unsure = function(**call, logprobs=[[0.0, 0.0], [-2.0, -2.0]])  # type: ignore[arg-type]
    assert sure is not None
    assert unsure is not None
    assert sure > unsure


TOWER = r"\boxed{9^{9^{9}}}"

THEIRS = f"""
import asyncio
from trl.rewards import accuracy_reward
completions = [[{{"role": "assistant", "content": r"{TOWER}"}}]]
print("started", flush=True)
asyncio.run(asyncio.to_thread(accuracy_reward, completions, ["$5$"]))
"""


def test_async_functions_leave_the_event_loop_alive_beside_a_hanging_answer() -> None:
    functions = reward_funcs(BoxedCorrectness(), asynchronous=True)
    endless = hanging(1)
    ticks = []

    async def tick() -> None:
        while True:
            ticks.append(time.monotonic())
            await asyncio.sleep(0.01)

    async def score() -> list[float | None]:
        ticking = asyncio.create_task(tick())
        try:
            return await asyncio.wait_for(
                functions[0](
                    completions=[endless.completion, TOWER, "#"], answer=[endless.golds[0], "5", "4"]
                ),  # type: ignore[arg-type]
                60,
            )
        finally:
            ticking.cancel()

    assert asyncio.run(score()) == [0.0, 0.0, 0.0]
    assert len(ticks) > 1  # while a worker spent its second on the endless one


def test_trl_accuracy_reward_is_shown_beside_it_in_a_killed_process() -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    with subprocess.Popen([sys.executable, "-c", THEIRS], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(10)
        finally:
            process.kill()


def constant(completions: list[str], **_: object) -> list[float]:
    return [1.0] * len(completions)


def logged(functions: Any, weights: Any, folder: Path, **options: Any) -> list[dict[str, float]]:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    from tiny_trl import train

    return [entry for entry in train(functions, weights, folder, steps=2, **options) if "reward" in entry]


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "touchstone.adapters"]


@pytest.mark.parametrize("algorithm", ["grpo", "rloo"])
def test_trl_leaves_out_unjudged_rows_of_functions_that_are_added(
    algorithm: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = [constant]
    functions = reward_funcs(Level.tree()) + own
    for entry in logged(functions, functions.weights, tmp_path, algorithm=algorithm):
        # Every second row is not judged: the others have 3, and these would have our own function's 1.
        assert entry["reward"] == 3.0
    assert told(caplog) == []
    for entry in logged(
        [*reward_funcs(Level.tree()), constant], [1.0, 1.0, 1.0], tmp_path, algorithm=algorithm
    ):
        assert entry["reward"] < 3.0
    (line,) = told(caplog)
    assert "TRL trains on what constant gives it" in line


def test_trl_logs_two_recipes_apart(tmp_path: Path) -> None:
    functions = reward_funcs(TREE) + reward_funcs(0.25 * HasBox() + BoxedCorrectness())
    for entry in logged(functions, functions.weights, tmp_path):
        first, second = (
            {name: entry[f"rewards/{recipe}/{name}/mean"] for name in ("has_box", "boxed_correctness")}
            for recipe in ("custom", "custom-2")
        )
        assert first == second
        total = (
            0.75 * first["has_box"] + 2 * first["boxed_correctness"] + entry["rewards/ngram_repetition/mean"]
        )
        assert entry["reward"] == pytest.approx(total, abs=1e-6)


def test_forgotten_weights_and_a_window_that_does_not_fit_are_told_in_the_first_batch(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    logged(reward_funcs("dapo"), None, tmp_path)
    weights, window = sorted(told(caplog), key=lambda line: "max_length" in line)
    assert "reward_weights=rewards.weights" in weights
    assert "[2.0, 1.0, 1.0]" in weights
    assert "the window ends at 16" in window


def test_group_of_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameterError, match="write group_size: 4 in the recipe, or sample 2"):
        logged(reward_funcs(BestOf(group_size=2)), None, tmp_path)


def test_weights_that_change_follow_trls_steps(tmp_path: Path) -> None:
    tree = HasBox() + Ramp(start=0.0, end=4.0, steps=(0, 2), reward=Constant(value=1.0).named("one"))
    functions = reward_funcs(tree)
    entries = logged(functions, functions.weights, tmp_path)
    assert [entry["rewards/one/mean"] for entry in entries] == [0.0, 2.0]
    assert [entry["reward"] - entry["rewards/has_box/mean"] for entry in entries] == pytest.approx([0.0, 2.0])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Level(Reward):
    """1 for every second row; the others are not judged."""

    @classmethod
    def tree(cls) -> Reward:
        return cls() + Constant(value=1.0)

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        return Evaluation([math.nan if row % 2 else 1.0 for row in range(len(batch))])


@dataclasses.dataclass(frozen=True, kw_only=True)
class BestOf(GroupReward):
    """1 for all."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        return Evaluation([1.0 for _ in batch])


class Prefilled(Reward):
    """1 where the prompt opened the reasoning; 0.5 where it opened and closed it."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:  # noqa: ARG002
        closed = [one.completion.startswith("<think>\n") for one in batch]  # no token has a line break
        return Evaluation(
            [1.0 if one.think_prefilled else 0.5 * was for one, was in zip(batch, closed, strict=True)]
        )


OPENS = (
    "{% for message in messages %}{{ message['content'] }}{% endfor %}{% if add_generation_prompt %}"
    "<think>{% if not enable_thinking|default(true) %}\n\n</think>\n\n{% endif %}{% endif %}"
)
"""A chat template that opens the reasoning, and closes it again where there shall be none."""


@pytest.mark.parametrize("algorithm", ["grpo", "rloo"])
@pytest.mark.parametrize(
    ("template", "settings", "value"),
    [
        (OPENS, {}, 1.0),
        (OPENS, {"chat_template_kwargs": {"enable_thinking": False}}, 0.5),
        (OPENS.replace("<think>", "[THINK]").replace("</think>", "[/THINK]"), {}, 1.0),
        (OPENS.replace("<think>", ""), {}, 0.0),
        (None, {}, 0.0),
    ],
    ids=["opens", "opens and closes", "opens otherwise", "opens nothing", "no template"],
)
def test_reasoning_that_the_trainer_s_chat_template_opens_is_seen(
    tmp_path: Path, algorithm: Any, template: str | None, settings: dict[str, Any], value: float
) -> None:
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    from tiny_trl import train

    functions = reward_funcs(Prefilled())
    history = train(
        functions, functions.weights, tmp_path, steps=1, algorithm=algorithm, template=template, **settings
    )
    (step,) = [entry for entry in history if "reward" in entry]
    assert step["reward"] == value
