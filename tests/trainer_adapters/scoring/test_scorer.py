"""A trainer's window and the lengths that a recipe names: bound where it can be, told where they differ."""

from __future__ import annotations

import asyncio
import importlib
import logging
import pkgutil
import types
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from trainer_calls import Tokenizer, samples_of, tokenize
from trainer_calls.slime import slime_sample

import trainer_adapters
from rewards import BoxedCorrectness, HasBox, Recipe, Switch
from rewards.errors import DigestMismatchError, InvalidCallError, InvalidParameterError
from rewards.rollout import SAMPLED
from trainer_adapters import roll, slime, trl, verl
from trainer_adapters.scoring.scorer import Trainer, TrainerScorer, all_but

if TYPE_CHECKING:
    from collections.abc import Callable


ADAPTERS = [
    module.name
    for module in pkgutil.iter_modules(trainer_adapters.__path__, f"{trainer_adapters.__name__}.")
    if not module.ispkg
]


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    caplog.set_level(logging.WARNING, "touchstone")
    return lambda: [record.getMessage() for record in caplog.records]


def test_a_server_scores_within_the_window_that_it_knows(address: str) -> None:
    options: Any = {"server": address, "window": 24_000}
    right = {"completions": [r"\boxed{4}"], "completion_ids": [[1] * 20_000], "answer": ["4"]}
    here = trl.reward_funcs("light-r1", window=24_000)
    assert trl.reward_funcs("light-r1", **options)[0](**right) == here[0](**right)
    with pytest.raises(InvalidParameterError, match=r"here 4096 tokens.*a window of 24000 tokens"):
        trl.reward_funcs("light-r1", server=address, window=4096)


def test_adapters_whose_trainer_tells_its_window_need_no_setting(told: Callable[[], list[str]]) -> None:
    reward = types.SimpleNamespace(reward_kwargs={"recipe": "dapo"})
    data = types.SimpleNamespace(max_response_length=8192)
    verl.RewardManager(config=types.SimpleNamespace(reward=reward, data=data), tokenizer=Tokenizer())
    model = slime.reward_model("dapo")
    arguments: Any = types.SimpleNamespace(reward_key=None, rollout_max_response_len=8192)
    for _ in range(2):
        asyncio.run(model(arguments, slime_sample(samples_of([r"\boxed{4}"], ["4"])[0])))
    rewards = roll.BatchRewards({"recipe": "dapo"}, Tokenizer())
    rewards.scorer.warn_misfits(8192)
    assert len(told()) == 3
    assert len(set(told())) == 1


@pytest.mark.parametrize(
    ("passed", "missing"),
    [
        pytest.param((), {*SAMPLED, "tokens"}, id="nothing"),
        pytest.param(("finish_reason",), {*SAMPLED, "tokens"} - {"finish_reason"}, id="no-tokens"),
        pytest.param(("completion_mask",), set(SAMPLED) - {"completion_mask"}, id="a-mask-counts-tokens"),
        pytest.param(SAMPLED, set(), id="everything"),
    ],
)
def test_all_but_leaves_what_a_trainer_does_not_pass(passed: tuple[str, ...], missing: set[str]) -> None:
    assert all_but(*passed) == missing


@pytest.mark.parametrize("name", ADAPTERS)
def test_trainers_miss_only_fields_that_there_are(name: str) -> None:
    try:
        adapter = importlib.import_module(name)
    except ModuleNotFoundError as error:
        pytest.skip(f"{error.name} is not installed")
    trainers = [one for one in vars(adapter).values() if isinstance(one, Trainer)]
    assert all(trainer.missing_fields <= all_but() for trainer in trainers)


def test_rollout_finds_out_for_each_row_if_the_prompt_opens_the_reasoning() -> None:
    scorer = TrainerScorer("r1-zero", Trainer(name="any", missing_fields=frozenset(), workaround=""))
    rows = [
        ("Q<|assistant|>\n<think>\n", r"a</think>\boxed{4}"),
        ("Q<|assistant|>\n<think>\n\n</think>\n\n", r"\boxed{4}"),
        ("Q<|assistant|>\n", r"<think>a</think>\boxed{4}"),
        ("Q<s>[THINK]", r"a[/THINK]\boxed{4}"),
        (
            [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "<think>"}],
            r"a</think>\boxed{4}",
        ),
    ]
    right = [scorer.rollout(text, gold="4", before=before) for before, text in rows]
    assert scorer.scores(right).totals.tolist() == [1.5] * len(rows)
    unfinished = [scorer.rollout(r"so \boxed{4}", gold="4", before=rows[at][0]) for at in (0, 3, 4)]
    assert scorer.scores(unfinished).totals.tolist() == [0, 0, 0]


def test_rollout_takes_the_option_for_all_rows() -> None:
    trainer = Trainer(name="any", missing_fields=frozenset(), workaround="")
    scorer = TrainerScorer("r1-zero", trainer, {"think_prefilled": False})
    assert not scorer.rollout("a", gold="4", before="Q<think>").think_prefilled


def test_rollout_reads_the_end_of_messages_by_the_tokenizer() -> None:
    class Tokenizer:
        all_special_tokens = ("<my_eos>",)

        def apply_chat_template(self, messages: list[dict[str, str]], **given: object) -> str:
            return f"{messages[-1]['content']}\n" + ("<think>" if given.get("enable_thinking", True) else "")

    trainer = Trainer(name="any", missing_fields=frozenset(), workaround="")
    scorer = TrainerScorer("r1-zero", trainer, {"tokenizer": Tokenizer()})
    ask = [{"role": "user", "content": "Q"}]
    rollout = scorer.rollout("a</think>4<my_eos>", gold="4", before=ask)
    assert (rollout.think_prefilled, rollout.completion) == (True, "a</think>4")
    row = {"chat_template_kwargs": {"enable_thinking": False}}
    assert not scorer.rollout("4", gold="4", before=ask, row=row).think_prefilled


@pytest.mark.parametrize("wrong", ["thnik", {"open": "<a>"}])
def test_trainer_scorer_refuses_an_unknown_format_of_reasoning(wrong: object) -> None:
    trainer = Trainer(name="any", missing_fields=frozenset(), workaround="")
    with pytest.raises(InvalidParameterError, match="reasoning is"):
        TrainerScorer("r1-zero", trainer, {"reasoning": wrong})  # type: ignore[typeddict-item]


def test_trainer_scorer_refuses_an_empty_mark_before_golds() -> None:
    with pytest.raises(InvalidParameterError, match="gold_after is empty"):
        trl.reward_funcs("boxed", gold_after="")


@pytest.mark.parametrize("recipe", [Recipe.load("boxed"), "boxed", BoxedCorrectness()], ids=type)
def test_trainer_scorer_refuses_another_recipe_than_the_pinned_one(recipe: Any) -> None:
    digest = Recipe.of(recipe).digest
    assert trl.reward_funcs(recipe, recipe_digest=digest).scorer.summary.digest == digest
    with pytest.raises(DigestMismatchError, match=f"has the digest {digest}, and recipe_digest pins abab"):
        trl.reward_funcs(recipe, recipe_digest="ab" * 32)


def test_trainer_scorer_takes_the_digest_of_a_recipe_or_of_it_in_the_format_of_the_options() -> None:
    tree = Recipe.load("boxed")
    for pinned in (tree.digest, tree.with_reasoning("kimi").digest):
        assert trl.reward_funcs("boxed", reasoning="kimi", recipe_digest=pinned).scorer.tree is not None
    with pytest.raises(DigestMismatchError):
        trl.reward_funcs("boxed", recipe_digest=tree.with_reasoning("kimi").digest)


def test_rollout_asks_the_template_once_for_a_prompt_and_again_for_another() -> None:
    asked: list[str] = []

    class Tokenizer:
        def apply_chat_template(self, messages: list[dict[str, str]], **given: object) -> str:
            asked.append(messages[-1]["content"])
            return f"{messages[-1]['content']}{'<think>' * ('?' in asked[-1] or 'more' in given)}"

    trainer = Trainer(name="any", missing_fields=frozenset(), workaround="")
    scorer = TrainerScorer("r1-zero", trainer, {"tokenizer": Tokenizer()})

    def opened(text: str, role: str = "user", **kwargs: object) -> bool:
        row = {"chat_template_kwargs": kwargs}
        prompt = [{"role": role, "content": text}]  # an equal one each time, and never the same
        return scorer.rollout("4", gold="4", before=prompt, row=row).think_prefilled

    assert [opened(text) for text in ("Q?", "Q?", "Q!", "Q!", "Q?")] == [True, True, False, False, True]
    assert asked == ["Q?", "Q!", "Q?"]
    assert [opened("Q!", more=True), opened("Q!"), opened("Q!", role="tool")] == [True, False, False]
    assert asked == ["Q?", "Q!", "Q?", "Q!", "Q!", "Q!"]


@pytest.mark.parametrize("function", [tokenize, "trainer_calls:tokenize", "trainer_calls.call:tokenize"])
def test_trainer_scorer_counts_tokens_by_a_function_or_its_name(function: Any) -> None:
    trainer = Trainer(name="any", missing_fields=all_but(), workaround="")
    scorer = TrainerScorer("dapo", trainer, {"tokenize": function})
    assert scorer.rollout("abc", gold="4").num_tokens == 3


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("tokenize", "has no attribute"),
        ("", "Empty module name"),
        ("no_such_module:tokenize", "No module named"),
        ("trainer_calls:tokenise", "has no attribute"),
        ("trainer_calls:TRAINERS", "a function"),
        (7, "a function"),
    ],
)
def test_trainer_scorer_refuses_what_is_no_function(given: Any, why: str) -> None:
    trainer = Trainer(name="any", missing_fields=frozenset(), workaround="")
    with pytest.raises(InvalidParameterError, match=r"decode is .*module:") as raised:
        TrainerScorer("r1-zero", trainer, {"decode": given})
    assert why in str(raised.value)


def test_warnings_are_logged_where_a_trainer_replaced_all_loggers(
    told: Callable[[], list[str]], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As AReaL does whenever it makes a logger of its own."""
    root = logging.RootLogger(logging.WARNING)
    monkeypatch.setattr(logging.Logger, "root", root)
    monkeypatch.setattr(logging.Logger, "manager", logging.Manager(root))
    root.addHandler(caplog.handler)
    trainer = Trainer(name="any", missing_fields=frozenset(), workaround="")
    TrainerScorer("dapo", trainer, {"window": 8192})
    assert any("max_length" in line for line in told())


def scorer_of(recipe: str = "r1-zero", **options: Any) -> TrainerScorer:
    return TrainerScorer(recipe, Trainer(name="any", missing_fields=frozenset(), workaround=""), options)  # type: ignore[arg-type]


def tensor(values: Any) -> Any:
    return pytest.importorskip("torch").tensor(values)


MASKS: dict[str, Callable[[list[int]], Any]] = {
    "list": list,
    "truth values": lambda mask: [bool(one) for one in mask],
    "tuple": tuple,
    "array": np.array,
    "array of bool": lambda mask: np.array(mask, dtype=bool),
    "array of objects": lambda mask: np.array(mask, dtype=object),
    "floats": lambda mask: [float(one) for one in mask],
    "array of floats": lambda mask: np.array(mask, dtype=np.float32),
    "tensor": tensor,
    "tensor of floats": lambda mask: tensor([float(one) for one in mask]),
    "lists by turn": lambda mask: [mask[:2], mask[2:]],
    "tensors by turn": lambda mask: [tensor(mask[:2]), tensor(mask[2:])],
    "arrays by turn": lambda mask: (np.array(mask[:2]), np.array(mask[2:])),
    "tensors by token": lambda mask: [tensor(one) for one in mask],
}


@pytest.mark.parametrize("form", MASKS)
@pytest.mark.parametrize("mask", [[1, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], ids=str)
def test_rollout_takes_a_mask_in_any_form(form: str, mask: list[int]) -> None:
    rollout = scorer_of(decode="trainer_calls.call:DECODE").rollout(
        "abcde", gold="4", completion_ids=tokenize("abcde"), completion_mask=MASKS[form](mask)
    )
    assert rollout.num_policy_tokens == sum(mask)
    assert rollout.completion == {2: "ab", 3: "ab\ne", 0: "", 5: "abcde"}[sum(mask)]


@pytest.mark.parametrize(
    ("mask", "why"),
    [
        ([1, 1], "has 2 values, and completion_ids has 5"),
        ([1] * 8, "has 8 values, and completion_ids has 5.*without the prompt and padding"),
        ([], "has 0 values"),
        (1, "of type int"),
        ({"a": 1}, "of type dict"),
        (["1"] * 5, "must hold integers"),
        ([0.5] * 5, "must hold integers"),
        ([[1, 1], None, [1, 1]], "must hold|integers"),
    ],
    ids=str,
)
def test_rollout_refuses_a_mask_that_does_not_fit(mask: Any, why: str) -> None:
    with pytest.raises(
        InvalidCallError, match=rf"^the row whose prompt ends in 'Q\?': completion_mask .*{why}"
    ):
        scorer_of().rollout(
            "abcde", gold="4", prompt="Q?", completion_ids=tokenize("abcde"), completion_mask=mask
        )


def test_rollout_tells_once_that_a_mask_needs_a_decoder(told: Callable[[], list[str]]) -> None:
    scorer = scorer_of()
    masks: list[list[int]] = [[1, 0, 1], [1, 0, 1], [1, 1, 1]]
    for mask in masks:
        scorer.rollout("abc", gold="4", completion_ids=[1, 2, 3], completion_mask=mask)
    (line,) = told()
    assert "give decode=" in line
    none = scorer.rollout(r"\boxed{4}", gold="4", completion_ids=[1, 2, 3], completion_mask=[0, 0, 0])
    assert none.completion == ""


@pytest.mark.parametrize("gold", [{"a": "4"}, b"\xff", object()], ids=type)
def test_rollout_names_the_row_of_a_bad_gold_by_its_prompt(gold: Any) -> None:
    long = "What is " + "very " * 100 + "good?"
    for prompt in (long, [{"role": "user", "content": long}]):
        with pytest.raises(InvalidCallError, match=r"^the row whose prompt ends in '.{10,60}good\?': a gold"):
            scorer_of().rollout("a", gold=gold, prompt=prompt)


def test_rollout_tells_once_of_a_column_to_route_by_that_is_not_there(told: Callable[[], list[str]]) -> None:
    switch = Switch(key="meta.kind", cases=(("math", HasBox()),), default=HasBox())
    scorer = TrainerScorer(switch, Trainer(name="any", missing_fields=frozenset(), workaround=""))
    for row in ({"meta": {"kind": "math"}}, {"meta": None}, {"meta.kind": "math"}):
        scorer.rollout("a", gold="4", row=row)
    assert told() == []
    for _ in range(2):
        scorer.rollout("a", gold="4", row={"mate": {"kind": "math"}, "answer": "4"})
    (line,) = told()
    assert "reads meta.kind of a row, and a row has none, but answer, mate: it takes the default" in line
