from __future__ import annotations

import pytest

from rewards import Context, Rollout, ThinkFormat
from rewards.errors import InvalidParameterError
from rewards.rollout import Batch
from rewards.rules.think_format import reasoning_span
from rewards.text.reasoning import FORMATS, Format

STRICT = {
    "the format": ("<think>2 + 2</think> 4", False, None),
    "white space first": (" \n<think>2 + 2</think>4", False, None),
    "an empty reasoning": ("<think></think>4", False, None),
    "several lines": ("<think>\na\n\nb\n</think>\n\nso 4\n", False, None),
    "prefilled": ("2 + 2</think> 4", True, None),
    "empty": ("", False, "no <think>"),
    "no tags": ("4", False, "no <think>"),
    "never closed": ("<think>2 + 2 = 4", False, "no </think>"),
    "never opened": ("2 + 2</think> 4", False, "no <think>"),
    "no answer": ("<think>2 + 2</think> \n", False, "no answer after </think>"),
    "text first": ("Well. <think>2 + 2</think> 4", False, "text before <think>"),
    "the wrong order": ("</think>2 + 2<think> 4", False, "</think> before <think>"),
    "opened twice": ("<think><think>2 + 2</think> 4", False, "a second <think>"),
    "opened again in the answer": ("<think>2</think> 4 <think>", False, "a second <think>"),
    "closed twice": ("<think>2</think> 4 </think> 5", False, "a second </think>"),
    "another case": ("<Think>2</Think> 4", False, "no <think>"),
    "prefilled and opened": ("<think>2</think> 4", True, "a second <think>"),
    "prefilled and never closed": ("2 + 2", True, "no </think>"),
    "prefilled and empty": ("", True, "no </think>"),
}


@pytest.mark.parametrize(("completion", "prefilled", "fault"), STRICT.values(), ids=STRICT)
def test_think_format_strict_names_each_breach(completion: str, prefilled: bool, fault: str | None) -> None:  # noqa: FBT001
    batch = Batch([Rollout(completion=completion, think_prefilled=prefilled)])
    evaluation = Context().evaluate(ThinkFormat(), batch)
    assert list(evaluation.values) == [float(fault is None)]
    assert [span.label for span in evaluation.spans[0]] == ([] if fault is None else [fault])
    assert all(0 <= span.start <= span.end <= len(completion) for span in evaluation.spans[0])


def test_think_format_shows_the_breach_as_a_span() -> None:
    text = "<think>2</think> 4 </think> 5"
    (span,) = Context().evaluate(ThinkFormat(), Batch([Rollout(completion=text)])).spans[0]
    assert text[span.start : span.end] == "</think>"
    assert span.start > text.index("4")


GRADED = {
    "all": (r"<think>a</think> \boxed{4}", False, 0.5),
    "all, prefilled": (r"a</think> \boxed{4}", True, 0.5),
    "tags only": ("<think>a</think> 4", False, 0.2),
    "tags in the wrong order": ("</think> a <think> 4", False, 0.2),
    "a box only": (r"\boxed{4}", False, 0.2),
    "the box inside": (r"<think>\boxed{4}</think>", False, 0.4),
    "the box first": (r"\boxed{4} <think>a</think>", False, 0.4),
    "reasoning that never ends": (r"<think> \boxed{4}", False, 0.0),
    "prefilled reasoning that never ends": (r"so \boxed{4}", True, 0.0),
    "another format's, which never ends": (r"[THINK]so \boxed{4} </think>", False, 0.0),
    "a second reasoning, which never ends": ("<think>a</think> b\n<think> \\boxed{4}", False, 0.2),
    "a closer alone": (r"a</think> \boxed{4}", False, 0.2),
    "a stop token in the box": (r"<think>a</think> \boxed{<|im_end|>}", False, 0.2),
    "an open box": (r"<think>a</think> \boxed{4", False, 0.2),
    "nothing": ("4", False, 0.0),
    "empty": ("", False, 0.0),
    "prefilled and empty": ("", True, 0.0),
}


@pytest.mark.parametrize(("completion", "prefilled", "value"), GRADED.values(), ids=GRADED)
def test_think_format_graded_adds_its_grades(completion: str, prefilled: bool, value: float) -> None:  # noqa: FBT001
    rollout = Rollout(completion=completion, think_prefilled=prefilled)
    assert ThinkFormat(mode="graded")([rollout]).tolist() == [value]


def test_think_format_takes_grades_and_gives_them_back_as_parts() -> None:
    reward = ThinkFormat(mode="graded", tags=1.0, box=10.0, order=100.0)
    batch = Batch([Rollout(completion=r"<think>a</think> \boxed{4}"), Rollout(completion=r"\boxed{4}")])
    evaluation = Context().evaluate(reward, batch)
    assert list(evaluation.values) == [111.0, 10.0]
    assert evaluation.parts == {"tags": [1.0, 0.0], "box": [10.0, 10.0], "order": [100.0, 0.0]}


@pytest.mark.parametrize(
    "wrong", [{"mode": "loose"}, {"tags": float("nan")}, {"box": float("inf")}, {"order": "1"}]
)
def test_think_format_refuses_parameters_outside_their_domain(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidParameterError, match=next(iter(wrong))):
        ThinkFormat(**wrong)


REASONING = {
    "between the tags": ("<think>why</think> so", False, "why"),
    "up to the last closing tag": ("<think>a</think> b </think> so", False, "a</think> b "),
    "cut off": ("<think>why", False, "why"),
    "prefilled": ("why</think> so", True, "why"),
    "prefilled, though nobody said so": ("why</think> so", False, "why"),
    "the wrong order": ("why</think> so <think>", False, "why"),
    "no tags": ("why so", False, "why so"),
    "empty": ("", False, ""),
}


@pytest.mark.parametrize(("completion", "prefilled", "reasoning"), REASONING.values(), ids=REASONING)
def test_reasoning_span_is_where_the_reasoning_stands(
    completion: str,
    prefilled: bool,  # noqa: FBT001
    reasoning: str,
) -> None:
    start, end = reasoning_span(Rollout(completion=completion, think_prefilled=prefilled))
    assert completion[start:end] == reasoning


LOOPS = {
    "a thought in each": (["<think>a</think>call", "<think>b</think>4"], False, 1),
    "a thought in the first": (["<think>a</think>call", "4"], False, 1),
    "a thought in the last": (["call", "<think>b</think>4"], False, 1),
    "three turns": (["<think>a</think>", "call", "[THINK]b[/THINK]4"], False, 1),
    "prefilled in each": (["a</think>call", "b</think>4"], True, 1),
    "prefilled in the first": (["a</think>call", "<think>b</think>4"], True, 1),
    "no thought": (["call", "4"], False, 0),
    "no answer": (["<think>a</think>call", "<think>b</think>"], False, 0),
    "two thoughts in one turn": (["<think>a</think><think>a</think>", "<think>b</think>4"], False, 0),
    "never closed": (["<think>a</think>call", "<think>b 4"], False, 0),
}


@pytest.mark.parametrize(("texts", "prefilled", "value"), LOOPS.values(), ids=LOOPS)
def test_think_format_strict_holds_in_each_turn(texts: list[str], prefilled: bool, value: float) -> None:  # noqa: FBT001
    ends = [sum(len(text) + 3 for text in texts[: at + 1]) - 3 for at in range(len(texts))]
    turns = [(end - len(text), end) for text, end in zip(texts, ends, strict=True)]
    rollout = Rollout(completion="out".join(texts), turns=turns, think_prefilled=prefilled)
    assert ThinkFormat()([rollout]).tolist() == [value]


@pytest.mark.parametrize("marks", FORMATS.values(), ids=lambda one: one.name)
def test_think_format_pays_no_turn_that_is_cut_off_in_its_reasoning(marks: Format) -> None:
    opener, closer = marks.open[0], marks.close[0]
    texts = [f"{opener}a{closer}call", f"{opener}so \\boxed{{4}}"]
    spans = [(0, len(texts[0])), (len(texts[0]) + 3, len(texts[0]) + 3 + len(texts[1]))]
    cut_off = Rollout(completion="out".join(texts), turns=spans)
    whole = f"{cut_off.completion}{closer}\\boxed{{4}}"
    finished = Rollout(completion=whole, turns=[spans[0], (spans[1][0], len(whole))])
    assert ThinkFormat(reasoning=marks.name)([cut_off, finished]).tolist() == [0.0, 1.0]
    graded = ThinkFormat(mode="graded", reasoning=marks.name, tags=0.0, order=0.0)
    assert graded([cut_off, finished]).tolist() == [0.0, 0.2]
