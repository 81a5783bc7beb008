"""The table of reasoning formats, against the chat templates that ship with TRL."""

from __future__ import annotations

import pytest
from chat_templates import ASK, rendered, trl_templates

from rewards import BoxedCorrectness, LanguageMixing, LocalScorer, Recipe, Rollout, ThinkFormat
from rewards.answers.extraction.answers import Extraction, extract
from rewards.errors import InvalidParameterError, RecipeError
from rewards.recipe.file import dumps, loads, shipped
from rewards.text.reasoning import (
    ANY,
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

ANY_FORMATS = [name for name, one in FORMATS.items() if not one.by_name]
NAMED = [name for name in FORMATS if name not in ANY_FORMATS]


@pytest.mark.parametrize(
    ("template", "settings", "opening"),
    [
        ("deepseek_r1_distill", {}, (True, "", "<think>\n")),
        ("qwen3_5_think", {}, (True, "", "<think>\n")),
        ("nemotron_3_nano", {}, (True, "", "<think>\n")),
        ("qwen3", {}, (False, "", "")),
        ("qwen3", {"enable_thinking": False}, (False, "<think>\n\n</think>\n\n", "")),
        ("qwen3_5_nothink", {}, (False, "<think>\n\n</think>\n\n", "")),
        ("nemotron_3_nano", {"enable_thinking": False}, (False, "<think></think>", "")),
        ("glm4moe", {}, (False, "", "")),
        ("glm4moe", {"enable_thinking": False}, (False, "<think></think>", "")),
        ("qwen2_5", {}, (False, "", "")),
        ("gptoss", {}, (False, "", "")),
        ("gemma4_v5", {}, (False, "", "")),
        ("muse_glimmer", {}, (False, "", "")),
        ("llama3", {}, (False, "", "")),
    ],
)
def test_opening_of_reads_the_end_of_real_prompts(
    template: str, settings: dict[str, object], opening: tuple[bool, str, str]
) -> None:
    assert opening_of(rendered(template, ASK, prompt=True, **settings)) == opening


@pytest.mark.parametrize("template", sorted({*trl_templates()} - {"llava_next"}))  # it takes no text
def test_real_conversations_are_read_by_the_prompt_that_they_go_on_from(template: str) -> None:
    answer = {"role": "assistant", "content": r"so \boxed{4}"}
    prompt = rendered(template, ASK, prompt=True, enable_thinking=True)
    for key in ("reasoning_content", "thinking", "reasoning"):
        whole = rendered(
            template, [*ASK, {**answer, key: r"is it \boxed{5}?"}], prompt=False, enable_thinking=True
        )
        if "is it" in whole:
            break
    else:
        pytest.skip("a template without reasoning")
    assert whole.startswith(prompt)
    completion, opening = whole.removeprefix(prompt), opening_of(prompt)
    texts = (completion, completion[: completion.index("?")], completion[: completion.index(r"so \boxed")])
    rollouts = [
        Rollout(completion=text, ground_truth=gold, think_prefilled=opening.prefilled)
        for text, gold in zip(texts, ("4", "5", "5"), strict=True)
    ]
    assert BoxedCorrectness()(rollouts).tolist() == ThinkFormat()(rollouts).tolist() == [1, 0, 0]


NO_BUDGET = "<seed:think><seed:cot_budget_reflect>None left.</seed:cot_budget_reflect>\n</seed:think>"


@pytest.mark.parametrize(
    ("prompt", "opening"),
    [
        # Templates that say by the closer alone not to think: DeepSeek-V3.1 and V4, GLM-4.7, Laguna
        ("2 + 2?<｜Assistant｜></think>", (True, "</think>", "")),
        ("<think>why</think>4<|user|>5?<|assistant|></think>", (True, "</think>", "")),
        ("</user>\n<assistant>\n</think>", (True, "</think>", "")),
        # Seed-OSS with a budget of no tokens
        (f"<seed:bos>assistant\n{NO_BUDGET}", (False, NO_BUDGET, "")),
        # Prompts of base models
        ("User: 2 + 2?\nAssistant: <think>", (True, "", "<think>")),
        ("Assistant: Let me solve this step by step.\n<think>", (True, "", "<think>")),
        # gpt-oss, by a renderer that opens the channel
        (
            "<|end|><|start|>assistant<|channel|>analysis<|message|>",
            (True, "", "<|start|>assistant<|channel|>analysis<|message|>"),
        ),
        # Prose that speaks of the marks
        ("Reason between <think> and </think>", (False, "", "")),
        ("Begin with <think>", (False, "", "")),
        ("Write <think></think>", (False, "", "")),
        ("Your answer goes behind </think>", (False, "", "")),
        ("", (False, "", "")),
    ],
)
def test_opening_of_tells_marks_of_templates_from_prose(prompt: str, opening: tuple[bool, str, str]) -> None:
    assert opening_of(prompt) == opening


@pytest.mark.parametrize("name", FORMATS)
def test_opening_of_knows_every_format(name: str) -> None:
    one, setting = FORMATS[name], "any" if name in ANY_FORMATS else name
    opener, closer = one.open[0], one.close[-1].strip()
    assert opening_of(f"go<x>{opener}\n", setting) == Opening(prefilled=True, opener=f"{opener}\n")
    assert opening_of(f"go<x>{opener}\n{closer}\n", setting).closed == f"{opener}\n{closer}\n"
    alone = Opening() if one.by_name else Opening(prefilled=True, closed=f"{closer}\n")
    assert opening_of(f"go<x>\n{closer}\n", setting) == alone
    assert opening_of(f"go {one.open[0]} why {one.close[0]} so", setting) == Opening()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_earned_and_hides_its_boxes(name: str) -> None:
    one, settings = FORMATS[name], ("any", name) if name in ANY_FORMATS else (name,)
    whole = wrapped(r"2 + 2, perhaps \boxed{5}", r"so \boxed{4}", name)
    cut = f"{one.open[0]}perhaps \\boxed{{4}}, but"
    rollouts = [Rollout(completion=text, ground_truth="4") for text in (whole, cut)]
    opened = Rollout(completion=whole.removeprefix(one.open[0]), ground_truth="4", think_prefilled=True)
    chinese = Rollout(completion=wrapped("we add them up", "答案是四答案是四", name))
    for reasoning in settings:
        assert ThinkFormat(reasoning=reasoning)([*rollouts, opened]).tolist() == [1, 0, 1]
        assert BoxedCorrectness(reasoning=reasoning)([*rollouts, opened]).tolist() == [1, 0, 1]
        assert LanguageMixing(target="en", reasoning=reasoning)([chinese]).tolist() == [1]
    if name in ANY_FORMATS:
        assert all(may_hold_marks(mark) for mark in one.open + one.close)


@pytest.mark.parametrize("name", NAMED)
def test_words_are_marks_only_where_the_format_is_named(name: str) -> None:
    one = FORMATS[name]
    for text in (rf"So \boxed{{4}}. {one.open[-1]} 2 + 2", rf"\boxed{{4}}, by {one.open[0]}"):
        assert answer_start(text) == answer_start(text, name) == 0
    said = wrapped("2 + 2", rf"\boxed{{4}}, by {one.open[-1]}", name)
    assert said[answer_start(said, name) :] == rf"\boxed{{4}}, by {one.open[-1]}"
    assert answer_start(one.open[-1] + " why") == 0
    assert answer_start(one.open[-1] + " why", name) == -1


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
    opened = text.removeprefix("<think>")
    assert opened[answer_start(opened, prefilled=True) :] == r" \boxed{4}"
    assert answer_start(r"Shall I write [THINK]? \boxed{4}", prefilled=True) == -1


@pytest.mark.parametrize(
    ("behind", "answer"),
    [
        (r"\boxed{4}</think>", r"\boxed{4}</think>"),
        (r"\boxed{4}, as </think> says", r"\boxed{4}, as </think> says"),
        (r"\boxed{4}, in the <think> tags.", r"\boxed{4}, in the <think> tags."),
        (r"\boxed{4}, by `<think>`.", r"\boxed{4}, by `<think>`."),
        ("4\n```\n<think>\n```\n", "4\n```\n<think>\n```\n"),
        (r"\boxed{4} [THINK] <reasoning>", r"\boxed{4} [THINK] <reasoning>"),
        (r"\boxed{4} <𝗍hink> ＜think＞ <thіnk>", r"\boxed{4} <𝗍hink> ＜think＞ <thіnk>"),  # noqa: RUF001  # look-alikes
        ("\\boxed{4}\n<think>again</think>5", "5"),
        ("<think>again</think>5", "5"),
        (r"\boxed{4}<think>", None),
        ("\\boxed{4}\n<think>or \\boxed{5}", None),
        ("```\n<think>\n```\n\\boxed{4}\n<think>or", None),
    ],
)
def test_the_answer_may_quote_marks_but_not_reason_again(behind: str, answer: str | None) -> None:
    for text in (f"<think>why</think>{behind}", f"why</think>{behind}"):
        start = answer_start(text, prefilled=not text.startswith("<think>"))
        assert (text[start:] if start >= 0 else None) == answer


@pytest.mark.parametrize("name", FORMATS)
def test_a_closer_behind_the_answer_is_no_part_of_it(name: str) -> None:
    one = FORMATS[name]
    for behind in (one.close[0], f"\n{one.close[-1]}<|im_end|>", one.close[-1] * 3):
        text = wrapped("2 + 2", f"so\n#### 4{behind if name in ANY_FORMATS else ''}", name)
        found = extract(text, Extraction(introductions=("####",), reasoning=name))
        assert found.text == "4"


TURNS = {
    "each closes": (["<think>a</think>call", "<think>b</think>4"], "4"),
    "the last one never closes": (["<think>a</think>call", "<think>b 4"], None),
    "a call ends the reasoning": (["<think>a call", "4"], "4"),
    "only calls": (["<think>a call", "<think>b call"], None),
    "an answer before a last word": (["<think>a</think>4", "done"], "4\ndone"),
    "no reasoning": (["call", "4"], "call\n4"),
    "harmony": (LOOP.split("<|call|><|start|>assistant"), r"\boxed{4}<|return|>"),
}


@pytest.mark.parametrize(("turns", "answer"), TURNS.values(), ids=TURNS)
def test_reasoning_ends_with_its_turn(turns: list[str], answer: str | None) -> None:
    text, spans = "\n".join(turns), []
    for turn in turns:
        start = spans[-1][1] + 1 if spans else 0
        spans.append((start, start + len(turn)))
    start = answer_start(text, turns=spans)
    assert (text[start:].strip() if start >= 0 else None) == answer


KIMI_K3 = (
    "<|open|>think<|sep|>a<|close|>think<|sep|><|open|>response<|sep|>{answer}<|close|>response<|sep|>"
    "<|close|>message<|sep|><|end_of_msg|>"
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<think>a</think><answer>\n</answer>", False),
        ("<think>a</think><answer>4</answer>", True),
        ("<|START_THINKING|>a<|END_THINKING|><|START_TEXT|><|END_TEXT|><|END_OF_TURN_TOKEN|>", False),
        ("<|START_THINKING|>a<|END_THINKING|><|START_TEXT|>4<|END_TEXT|><|END_OF_TURN_TOKEN|>", True),
        (KIMI_K3.format(answer=""), False),
        (KIMI_K3.format(answer="4"), True),
        ("<|begin_of_thought|>a<|end_of_thought|><|begin_of_solution|> <|end_of_solution|>", False),
    ],
)
def test_the_marks_around_an_answer_are_no_answer(text: str, says: bool) -> None:  # noqa: FBT001  # as the table says
    assert ThinkFormat()([Rollout(completion=text)]).tolist() == [says]


@pytest.mark.parametrize("text", ["<think>" * 200_000, "<|channel|>final<|message|>" * 50_000, "[" * 10**6])
def test_answer_start_ends_on_hostile_text(text: str) -> None:
    assert answer_start(text) in {-1, 0, len("<|channel|>final<|message|>")}


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
    reasoning = one.name if one.by_name else ANY
    borders = (0, 1024, 1024 + 4096, 1024 + 4096 + 16384)
    for place in sorted({max(0, border + shift) for border in borders for shift in range(-45, 3)}):
        text = f"{'x' * place}{one.close[0]} [ < ◁ 4"
        start = place + len(one.close[0])
        assert marks_of(text, reasoning, prefilled=True).closed == (place, start, one, False)
        assert (
            answer_start(text, reasoning, prefilled=True)
            == answer_start(text, one.name, prefilled=True)
            == start
        )
        before = (" " if one.by_name else "x") * place
        opened = marks_of(f"{before}{one.open[0]} [ < ◁ 4", reasoning).opened
        assert opened == (place, place + len(one.open[0]), one, True)
