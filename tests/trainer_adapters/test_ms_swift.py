"""The ms-swift adapter, loaded as ms-swift loads it, by its own samples, templates and loop of rewards."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from trainer_calls.call import DECODE, Sample, Turn, has
from trainer_calls.ms_swift import rewards_of, sample_of

from rewards import BoxedCorrectness, HasBox, NgramRepetition, Ramp, SoftOverlong
from rewards.errors import InvalidCallError
from trainer_adapters.ms_swift import register, reward_functions

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples" / "trainers"

RIGHT = r"<think>2 + 2</think> \boxed{4}"

pytestmark = pytest.mark.filterwarnings("ignore")  # trainers warn of their own deprecations


@pytest.fixture
def swift() -> Any:
    reason = "ms-swift is not installed; `make test-integrations` installs it"
    return pytest.importorskip("swift.rewards", reason=reason, exc_type=ImportError)


def test_ms_swift_loads_the_example(swift: Any) -> None:
    from swift.utils.utils import import_external_file

    import_external_file(str(EXAMPLES / "ms_swift" / "plugin.py"))
    functions = [swift.orms[name](args=None) for name in ("correctness", "format")]
    assert [type(one).__name__ for one in functions] == ["correctness", "format"]
    assert [one([RIGHT], solution=["4"]) for one in functions] == [[1.0], [1.0]]


def test_ms_swift_counts_a_row_that_nothing_judged_as_0(swift: Any) -> None:
    """So the adapter raises, or gives the value that was chosen; see the conformance suite."""
    del swift
    import torch
    from swift.rl_core.advantage import compute_advantages

    rewards = torch.tensor([[torch.nan], [1.0], [1.0], [1.0]])
    (unjudged, *others), totals = compute_advantages(rewards, torch.ones(1), num_generations=4)
    assert totals.tolist() == [0.0, 1.0, 1.0, 1.0]
    assert unjudged < 0.0 < min(others)


# Weights that change over steps

RAMPED = BoxedCorrectness().named("correctness") + Ramp(
    start=0.0, end=1.0, steps=(10, 20), reward=HasBox().named("box")
)


@pytest.mark.parametrize(("step", "weight"), [(0, 0.0), (10, 0.0), (15, 0.5), (20, 1.0), (99, 1.0)])
def test_weights_follow_the_step_of_ms_swift(step: int, weight: float) -> None:
    functions = reward_functions(RAMPED)
    assert {one.name: one.weight for one in functions.values()} == {"correctness": 1.0, "box": 1.0}
    found = rewards_of(functions, [sample_of(Sample(said=[Turn("assistant", RIGHT)], gold="4"))], step)
    assert found == [[1.0], [weight]]


def test_weights_follow_the_step_within_a_recipe_that_is_no_sum() -> None:
    (function,) = reward_functions(RAMPED.clip(0.0, 1.25)).values()
    call = {"completions": [RIGHT], "solution": ["4"]}
    values = [function(**call, trainer_state=SimpleNamespace(global_step=step)) for step in (0, 15, 20)]
    assert values == [[1.0], [1.25], [1.25]]


def test_a_call_that_does_not_tell_the_step_is_refused() -> None:
    (function, _) = reward_functions(RAMPED).values()
    with pytest.raises(InvalidCallError, match="no trainer_state to tell the step"):
        function(completions=[RIGHT], solution=["4"], trainer_state=None)


def test_the_state_of_the_megatron_trainer_tells_the_step_too(swift: Any) -> None:
    del swift
    reason = "ms-swift's Megatron trainer needs Megatron"
    utils = pytest.importorskip("swift.megatron.trainers.utils", reason=reason, exc_type=ImportError)
    assert utils.TrainerState(iteration=7).global_step == 7


# Reasoning: ms-swift writes what its template opens before the completion


def decoded(family: str, text: str, *, thinking: bool | None) -> str:
    """What the template of a family makes of sampled tokens."""
    from swift.template import TEMPLATE_MAPPING
    from swift.template.template_inputs import StdTemplateInputs
    from tiny_trl import made_tokenizer

    tokenizer = made_tokenizer()
    tokenizer.model_info = SimpleNamespace(config=None, task_type="causal_lm", max_model_len=99)
    tokenizer.model_meta = SimpleNamespace(is_multimodal=False)
    meta = TEMPLATE_MAPPING[family]
    template = meta.template_cls(tokenizer, meta)
    settings = {} if thinking is None else {"enable_thinking": thinking}
    inputs = StdTemplateInputs(messages=[], chat_template_kwargs=settings)
    made: str = template.decode_generate_ids(tokenizer(text)["input_ids"], template_inputs=inputs)
    return made


class Opening:
    """A tokenizer whose chat template opens the reasoning, as that of such a model does."""

    def apply_chat_template(self, *_: object, **__: object) -> str:
        return "2+2?<think>\n"


@pytest.mark.parametrize(
    ("family", "thinking", "sampled", "value"),
    [
        ("deepseek_r1", None, r"2 + 2</think>\boxed{4}<eos>", 1.5),
        ("qwen3_thinking", None, r"2 + 2</think>\boxed{4}<eos>", 1.5),
        ("qwen3_5", True, r"2 + 2</think>\boxed{4}<eos>", 1.5),
        ("qwen3_5", True, r"2 + 2 \boxed{4}", 0.0),  # cut off within its reasoning
        ("qwen3_5", False, r"\boxed{4}<eos>", 1.5),
        ("qwen3", True, r"<think>2 + 2</think>\boxed{4}<eos>", 1.5),
        ("qwen3", None, r"\boxed{4}<eos>", 1.5),
    ],
)
@pytest.mark.parametrize("options", [{}, {"tokenizer": Opening()}], ids=["", "with a tokenizer"])
def test_reasoning_that_a_template_opens_is_in_the_completion(
    swift: Any,
    family: str,
    thinking: bool | None,  # noqa: FBT001  # a parameter
    sampled: str,
    value: float,
    options: Any,
) -> None:
    del swift
    completion = decoded(family, sampled, thinking=thinking)
    functions = reward_functions("r1-zero", **options)
    found = rewards_of(functions, [sample_of(Sample(said=[Turn("assistant", completion)], gold="4"))])
    weights = [one.weight for one in functions.values()]
    assert sum(w * v for w, (v,) in zip(weights, found, strict=True)) == value


def test_an_opening_that_is_told_is_believed() -> None:
    (correctness, strict) = reward_functions("r1-zero", think_prefilled=True).values()
    call = {"completions": [r"2 + 2</think> \boxed{4}"], "solution": ["4"]}
    assert [correctness(**call), strict(**call)] == [[1.0], [1.0]]  # type: ignore[arg-type]


# Several turns: earlier ones are token ids, with a mask or without one

TURNS = [
    Turn("assistant", "one one one one"),
    Turn("tool", r"\boxed{4} two two two two"),
    Turn("assistant", r"So \boxed{4}"),
]

masked = pytest.mark.parametrize("masked", [False, True], ids=["", "masked"])


@masked
@pytest.mark.parametrize(("options", "penalty"), [({}, 0.0), ({"decode": DECODE}, -0.5)])
def test_decode_makes_text_of_earlier_turns(options: Any, penalty: float, *, masked: bool) -> None:
    """The penalty for repetition sees what the policy wrote in them, and never what the tool wrote."""
    functions = reward_functions(NgramRepetition(n=1, max_penalty=-1.0) + BoxedCorrectness(), **options)
    found = rewards_of(functions, [sample_of(Sample(said=TURNS, gold="4"), masked=masked)])
    assert found == [[penalty], [1.0]]


@masked
def test_the_length_is_that_of_all_turns_of_the_policy(*, masked: bool) -> None:
    written = sum(len(turn.text) for turn in TURNS if turn.role == "assistant")
    for cache, value in ((10, 0.0), (20, -0.5)):
        functions = reward_functions(SoftOverlong(max_length=written + 10, cache=cache))
        row = sample_of(Sample(said=TURNS, gold="4"), masked=masked)
        assert rewards_of(functions, [row]) == [[value]]


@pytest.mark.parametrize(
    "form", [np.array, lambda turns: np.array([*map(np.array, turns), None], dtype=object)[:-1]]
)
def test_token_ids_may_be_arrays(form: Any) -> None:
    row = sample_of(Sample(said=[Turn("assistant", "ask"), Turn("tool", "4"), Turn("assistant", "so ")]))
    row["response_token_ids"] = form(row["response_token_ids"])
    row["messages"] = np.array(row["messages"])
    columns = reward_functions("boxed", decode=DECODE)["boxed"]._columns  # noqa: SLF001
    made = columns.rollout("so ", row, "4", name="row 0", columns={})
    assert (made.completion, made.num_tokens, made.prompt) == ("ask\nso ", 6, "q")


def test_the_prompt_is_all_before_the_first_turn_of_the_policy() -> None:
    columns = reward_functions("boxed")["boxed"]._columns  # noqa: SLF001  # no reward reads the prompt
    shots = [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "2"}]
    for turns in (TURNS, TURNS[-1:]):
        row = sample_of(Sample(said=turns))
        row["messages"] = [*shots, *row["messages"]]
        made = columns.rollout(row["messages"][-1]["content"], row, "4", name="row 0", columns={})
        assert made.prompt == "1+1?\n2\nq"


@pytest.fixture
def orms(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """ms-swift's registry; where it is not installed, one as far as ours needs it."""
    if has("swift.rewards"):
        from swift import rewards

        monkeypatch.setattr(rewards, "orms", {})
        return rewards.orms
    module: Any = types.ModuleType("swift.rewards")
    module.orms = {}
    module.ORM = type("ORM", (), {"__init__": lambda *_, **__: None})
    monkeypatch.setitem(sys.modules, "swift", types.ModuleType("swift"))
    monkeypatch.setitem(sys.modules, "swift.rewards", module)
    return module.orms


def test_register_gives_two_recipes_names_of_their_own(orms: dict[str, Any]) -> None:
    first, second = HasBox() + BoxedCorrectness(), 0.25 * HasBox() + BoxedCorrectness()
    assert register("r1-zero") == {"correctness": 1.0, "format": 0.5}
    assert register("r1-zero", gold="key") == {"r1-zero/correctness": 1.0, "r1-zero/format": 0.5}
    assert register("r1-zero", gold="other") == {"r1-zero-2/correctness": 1.0, "r1-zero-2/format": 0.5}
    assert register(first) == {"has_box": 1.0, "boxed_correctness": 1.0}
    assert register(second) == {"custom/has_box": 0.25, "custom/boxed_correctness": 1.0}
    for again in (first, second):
        register(again)
    assert len(orms) == 10
    made = {name: orm(args=None) for name, orm in orms.items()}
    assert [type(one).__name__ for one in made.values()] == list(orms)
    assert made["correctness"]([RIGHT], solution=["4"]) == [1.0]
    assert made["r1-zero/correctness"]([RIGHT], solution=["4"], key=["5"]) == [0.0]
