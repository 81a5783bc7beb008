"""The table of reasoning formats, against the chat templates that ship with TRL."""

from __future__ import annotations

from importlib.resources import files

import pytest

from rewards import BoxedCorrectness, LanguageMixing, LocalScorer, Recipe, Rollout, ThinkFormat
from rewards.errors import InvalidParameterError, RecipeError
from rewards.recipe.file import dumps, loads, shipped
from rewards.text.reasoning import (
    FORMATS,
    Format,
    Opening,
    Tags,
    answer_start,
    formats_of,
    marks_of,
    may_hold_marks,
    opening_of,
    setting_of,
    wrapped,
)

ASK = [{"role": "user", "content": "What is 2 + 2? Think inside <think> and </think>."}]


def prompt_by(template: str, **settings: object) -> str:
    """Return a prompt as a chat template of TRL's writes it, up to the completion."""
    jinja2 = pytest.importorskip("jinja2")
    pytest.importorskip("trl")
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)  # a prompt is no HTML
    environment.globals["strftime_now"] = lambda _: "2026-01-01"
    text = (files("trl") / "chat_templates" / f"{template}.jinja").read_text("utf-8")
    settings = {"messages": ASK, "add_generation_prompt": True, "bos_token": "<s>", **settings}
    return str(environment.from_string(text).render(settings))


@pytest.mark.parametrize(
    ("template", "settings", "opening"),
    [
        ("deepseek_r1_distill", {}, Opening(prefilled=True)),
        ("qwen3_5_think", {}, Opening(prefilled=True)),
        ("nemotron_3_nano", {}, Opening(prefilled=True)),
        ("qwen3", {}, Opening()),
        ("qwen3", {"enable_thinking": False}, Opening(closed="<think>\n\n</think>\n\n")),
        ("qwen3_5_nothink", {}, Opening(closed="<think>\n\n</think>\n\n")),
        ("nemotron_3_nano", {"enable_thinking": False}, Opening(closed="<think></think>")),
        ("glm4moe", {}, Opening()),
        ("qwen2_5", {}, Opening()),
        ("gptoss", {}, Opening()),
        ("llama3", {}, Opening()),
    ],
)
def test_opening_of_reads_the_end_of_real_prompts(
    template: str, settings: dict[str, object], opening: Opening
) -> None:
    assert opening_of(prompt_by(template, **settings)) == opening


@pytest.mark.parametrize("name", FORMATS)
def test_opening_of_knows_every_format(name: str) -> None:
    one = FORMATS[name]
    assert opening_of(f"go<x>{one.open[0]}\n") == Opening(prefilled=True)
    assert opening_of(f"go<x>{one.open[0]}\n{one.close[-1]}\n").closed == f"{one.open[0]}\n{one.close[-1]}\n"
    assert opening_of(f"go {one.open[0]} why {one.close[0]} so") == Opening()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_earned_and_hides_its_boxes(name: str) -> None:
    one = FORMATS[name]
    whole = wrapped(r"2 + 2, perhaps \boxed{5}", r"so \boxed{4}", name)
    cut = f"{one.open[0]}perhaps \\boxed{{4}}, but"
    rollouts = [Rollout(completion=text, ground_truth="4") for text in (whole, cut)]
    assert [may_hold_marks(text) for text in (whole, cut)] == [True, True]
    for reasoning in ("any", name):
        assert ThinkFormat(reasoning=reasoning)(rollouts).tolist() == [1, 0]
        assert BoxedCorrectness(reasoning=reasoning)(rollouts).tolist() == [1, 0]
    opened = Rollout(completion=whole.removeprefix(one.open[0]), ground_truth="4", think_prefilled=True)
    assert ThinkFormat()([opened]).tolist() == BoxedCorrectness()([opened]).tolist() == [1]
    chinese = Rollout(completion=wrapped("we add them up", "答案是四答案是四", name))
    assert LanguageMixing(target="en")([chinese]).tolist() == [1]


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "think"])
def test_a_named_format_is_the_only_one(name: str) -> None:
    rollout = [Rollout(completion=wrapped("2 + 2", "4", "think"))]
    assert ThinkFormat(reasoning=name)(rollout).tolist() == [0]


FINAL = r"<|channel|>final<|message|>\boxed{4}<|return|>"
LOOP = (
    "<|channel|>analysis<|message|>a tool<|end|><|start|>assistant<|channel|>commentary to=functions.add "
    r'<|constrain|>json<|message|>{"a": "\boxed{5}"}<|call|><|start|>assistant<|channel|>analysis'
    rf"<|message|>so \boxed{{6}}<|end|><|start|>assistant{FINAL}"
)


@pytest.mark.parametrize("text", [FINAL, LOOP, f"<|start|>assistant{FINAL}"])
def test_harmony_answers_in_the_final_channel(text: str) -> None:
    assert BoxedCorrectness()([Rollout(completion=text, ground_truth="4")]).tolist() == [1]
    cut = text[: text.index("final")]
    assert BoxedCorrectness()([Rollout(completion=cut, ground_truth="6")]).tolist() == [0]


def test_reasoning_may_speak_of_marks_of_other_formats() -> None:
    text = r"<think>Shall I write <reasoning> or [THINK]? No.</think> \boxed{4}"
    assert text[answer_start(text) :] == r" \boxed{4}"
    assert marks_of(text).format.name == "think"
    assert ThinkFormat()([Rollout(completion=text)]).tolist() == [1]


@pytest.mark.parametrize("text", ["<think>" * 200_000, "<|channel|>final<|message|>" * 50_000, "[" * 10**6])
def test_answer_start_ends_on_hostile_text(text: str) -> None:
    assert answer_start(text) in {-1, 0, len(text)}


@pytest.mark.parametrize("wrong", ["thnik", "THINK", ""])
def test_formats_of_an_unknown_name_lists_the_known_ones(wrong: str) -> None:
    with pytest.raises(InvalidParameterError, match=r"known are any, think, magistral"):
        formats_of(wrong)
    with pytest.raises(InvalidParameterError, match=r"no known format"):
        ThinkFormat(reasoning=wrong)


def test_setting_of_takes_own_tags() -> None:
    own = setting_of({"open": "<scratch>", "close": "</scratch>"})
    assert own == Tags(open="<scratch>", close="</scratch>")
    rollouts = [Rollout(completion=text) for text in ("<scratch>a</scratch> 4", "<think>a</think> 4")]
    assert ThinkFormat(reasoning=own)(rollouts).tolist() == [1, 0]
    for wrong in ({"open": "<a>"}, 3, {"open": "x", "close": "x"}, {"open": " ", "close": "x"}):
        with pytest.raises(InvalidParameterError, match=r"reasoning|Tags"):
            setting_of(wrong)


FILE = """
name: mine
reasoning: {setting}
reward:
  sum:
    - boxed_correctness: {{}}
    - think_format: {{}}
"""


@pytest.mark.parametrize(
    ("setting", "right"), [("magistral", "[THINK]a[/THINK]"), ('{open: "<s>", close: "</s>"}', "<s>a</s>")]
)
def test_a_recipe_gives_its_format_to_all_its_rewards(setting: str, right: str) -> None:
    recipe = loads(FILE.format(setting=setting))
    completions = [rf"{right}\boxed{{4}}", r"<think>a</think>\boxed{4}"]
    rollouts = [Rollout(completion=text, ground_truth="4") for text in completions]
    assert LocalScorer(recipe).score(rollouts).totals.tolist() == [2, 1]
    assert loads(dumps(recipe)) == recipe
    assert recipe.digest != loads(FILE.format(setting="any")).digest
    assert recipe.digest == loads(dumps(recipe.scored)).digest


def test_a_recipe_refuses_an_unknown_format() -> None:
    with pytest.raises(RecipeError, match="no known format"):
        loads(FILE.format(setting="thnik"))


@pytest.mark.parametrize("name", sorted(shipped()))
def test_shipped_recipes_do_not_say_a_format(name: str) -> None:
    assert '"reasoning":' not in Recipe.of(name).canonical


@pytest.mark.parametrize("one", FORMATS.values(), ids=FORMATS)
def test_marks_are_found_wherever_they_stand(one: Format) -> None:
    """Texts are searched in stretches, the first of 1,024 code points; marks may lie across their borders."""
    borders = (0, 1024, 1024 + 4096, 1024 + 4096 + 16384)
    for place in sorted({max(0, border + shift) for border in borders for shift in range(-45, 3)}):
        text = f"{'x' * place}{one.close[0]} [ < ◁ 4"
        start = place + len(one.close[0])
        assert marks_of(text, prefilled=True).closed == (place, start, one, False)
        assert answer_start(text, prefilled=True) == answer_start(text, one.name, prefilled=True) == start
        opened = marks_of(f"{'x' * place}{one.open[0]} [ < ◁ 4").opened
        assert opened == (place, place + len(one.open[0]), one, True)
