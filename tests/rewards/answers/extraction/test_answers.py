from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.answers.extraction.answers import MAX_BOXES, Extraction, extract
from rewards.answers.extraction.boxes import WINDOW

if TYPE_CHECKING:
    from collections.abc import Callable

BOXES = {
    "plain": (r"so \boxed{5}.", "5"),
    "nested braces": (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
    "escaped braces": (r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
    "an unequal escaped brace": (r"\boxed{\left\{ x \right.}", r"\left\{ x \right."),
    "fbox": (r"\fbox{7}", "7"),
    "dollars inside": (r"\boxed{$5$}", "5"),
    "dollars around a part": (r"\boxed{50.7 $\mathrm{atm}$}", r"50.7 $\mathrm{atm}$"),
    "dollars around two parts": (r"\boxed{$x$ and $y$}", "$x$ and $y$"),
    "dollars around an amount": (r"\boxed{$\$5$}", r"\$5"),
    "a currency sign inside": (r"\boxed{5\$}", r"5\$"),
    "in display mathematics": (r"\[\boxed{5}\]", "5"),
    "blanks before the brace": (r"\boxed {5}", "5"),
    "over several lines": ("\\boxed{\n  5\n}", "5"),
    "no braces": (r"\boxed 5", "5"),
    "no braces, several digits": (r"so \boxed -12.5.", "-12.5"),
    "no braces, a choice": (r"\boxed B", "B"),
    "one brace too many": (r"\boxed{3}}", "3"),
    "braces before it that never close": (r"{{ { \boxed{3}", "3"),
    "a stray closing brace before it": (r"} \boxed{3}", "3"),
    "escaped once too often": (r"\\boxed{5}", "5"),
    "after a line break": (r"x \\\boxed{5}", "5"),
    "a box around a box": (r"\boxed{\boxed{5}}", "5"),
    "a box within a box": (r"\boxed{x = \fbox{5}}", r"x = \fbox{5}"),
    "a box that never closes around one that does": (r"\boxed{\boxed{5}", "5"),
    "an empty box after": (r"\boxed{5}\boxed{}", "5"),
    "an empty box before": (r"Put it in \boxed{}. It is \boxed{5}.", "5"),
    "text after": ("\\boxed{5}\n\nLet me know if you have questions 1 2 3!", "5"),
}

NO_ANSWERS = {
    "nothing": "",
    "no box": "I do not know, 5 perhaps.",
    "an empty box": r"\boxed{}",
    "a blank box": r"\boxed{ $ $ }",
    "a box that never closes": r"\boxed{5",
    "the word": r"Put your answer in \boxed please.",
    "another command": r"\boxedx{5}",
    "only in the reasoning": r"<think>\boxed{5}</think> I give up.",
    "the reasoning never ends": r"<think> so \boxed{5}",
    "the reasoning begins again": r"<think></think>\boxed{5}<think>",
}

SEVERAL = {
    "a correction": (r"First guess \boxed{4}. On reflection the answer is \boxed{5}.", "5"),
    "a step on a line of its own": ("Step 1: \\boxed{2}\nSo the total is \\boxed{5}", "5"),
    "a correction in Chinese": (r"\boxed{4}。不对\uff0c答案是\boxed{5}。", "5"),
    "the same twice": (r"$\boxed{5}$ or $\boxed{5}$", "5"),
    "a choice": (r"\boxed{5} or \boxed{6}", "5 or 6"),
    "a list": (r"\boxed{5} and \boxed{6} and \boxed{7}", "5, 6, 7"),
    "a choice in a new sentence": (r"\boxed{5}. Or \boxed{6}.", "5 or 6"),
    "a choice in Chinese": (r"\boxed{5}。或者\boxed{6}", "5 or 6"),
    "side by side": (r"\boxed{5}\boxed{6}", "5, 6"),
    "below each other": ("$$\\boxed{5}$$\n$$\\boxed{6}$$", "5, 6"),
    "labelled parts": ("(a) \\boxed{1}\n(b) \\boxed{2}", "(a) 1, (b) 2"),
    "unknowns": (r"$x = \boxed{1}.$ $y = \boxed{2}$", "x = 1, y = 2"),
    "a correction, then a list": (r"\boxed{9}. No: they are \boxed{1} and \boxed{2}", "1, 2"),
    "a conclusion in the same sentence": (r"$\boxed{y = 2x}$, so the pair is $\boxed{(2, 0)}$", "(2, 0)"),
    "another form": (r"\boxed{\frac12}, that is, \boxed{0.5}", "0.5"),
    "another form, abbreviated": (r"\boxed{\frac12}, i.e. \boxed{0.5}", "0.5"),
    "another form in Chinese": ("\\boxed{\\frac12}\uff0c即\\boxed{0.5}", "0.5"),
    "an alternative is no conclusion": (r"\boxed{5}, or so, \boxed{6}", "5 or 6"),
    "a word that ends in one of inference": (r"\boxed{5} and also \boxed{6}", "5, 6"),
    "an equation": (r"$\boxed{\frac{10}{36}} = \boxed{\frac{5}{18}}$", r"\frac{10}{36} = \frac{5}{18}"),
    "an equivalent": (r"$\boxed{0.5}$, or equivalently, $\boxed{\frac12}$", r"0.5 = \frac12"),
    "the same in the middle": (r"\boxed{5}, \boxed{6}, \boxed{6} and \boxed{7}", "5, 6, 7"),
    "parts with words in one sentence": (r"\boxed{5} for part (a) and \boxed{6}", "5, 6"),
    "a decimal point between is no end": (r"\boxed{5} or 5.0 or \boxed{6}", "5 or 6"),
}

INTRODUCED = {
    "hashes": ("2 + 2 = 4\n#### 4", "4"),
    "the last line that is introduced": ("A: 3\nwait\nA: 4\nbye", "4"),
    "in another case": ("final answer: 4", "4"),
    "in the middle of a line": ("So the answer is 4.", "4"),
    "one after the other": ("Answer: The answer is 4", "4"),
    "markdown": ("**Answer:** $4$.", "4"),
    "inline mathematics": (r"Answer: \(4\)", "4"),
    "in Chinese": ("【答案】4。", "4"),
    "alone on its line": ("Answer:\n\n  4  \nbye", "4"),
    "a currency sign": ("A: $18", "18"),
    "an escaped currency sign": (r"A: \$18", r"\$18"),
    "twice on one line is no single answer": ("A: 3 or A: 4", "3 or A: 4"),
    "a box in it, though boxes are not asked for": (r"A: \boxed{4}", "4"),
    "within a word": ("DNA: 4", None),
    "nothing behind it": ("Answer:", None),
    "not introduced": ("4", None),
}

WORDS = ("####", "Answer:", "A:", "The answer is", "answer is", "【答案】")


@pytest.mark.parametrize(("completion", "answer"), BOXES.values(), ids=BOXES)
def test_extract_takes_the_box_for_the_answer(completion: str, answer: str) -> None:
    assert extract(completion).text == answer


@pytest.mark.parametrize("completion", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_extract_says_why_there_is_no_answer(completion: str) -> None:
    found = extract(completion)
    assert found.text is None
    assert found.reason
    assert not found.hedged


@pytest.mark.parametrize(("completion", "answer"), SEVERAL.values(), ids=SEVERAL)
def test_extract_takes_several_boxes_for_a_correction_or_a_list(completion: str, answer: str) -> None:
    assert extract(completion).text == answer


@pytest.mark.parametrize(("completion", "answer"), INTRODUCED.values(), ids=INTRODUCED)
def test_extract_takes_the_last_introduced_line(completion: str, answer: str | None) -> None:
    assert extract(completion, Extraction(box=False, introductions=WORDS)).text == answer


def test_extract_takes_more_boxes_than_allowed_for_a_hedge() -> None:
    boxes = [rf"I try \boxed{{{n}}}. " for n in range(MAX_BOXES + 1)]
    assert extract("".join(boxes[:-1])).text == str(MAX_BOXES - 1)
    found = extract("".join(boxes))
    assert found.hedged
    assert found.text is None


def test_extract_reads_the_last_of_boxes_repeated_without_end() -> None:
    repeated = extract(r"\boxed{4}. No: " + r"\boxed{5} " * 50_000)
    assert (repeated.text, repeated.hedged) == ("5", False)
    assert extract(r"\boxed{5} " * 50_000 + r". No: it is \boxed{6}").text == "6"


def test_extract_takes_a_box_before_an_introduced_line() -> None:
    options = Extraction(introductions=WORDS)
    assert extract("\\boxed{5}\nAnswer: 6", options).text == "5"
    assert extract("Answer: 6", options).text == "6"
    assert extract("Answer: 6").text is None


def test_extract_looks_into_the_reasoning_when_asked() -> None:
    completion = r"<think>\boxed{5}</think> done"
    assert extract(completion).text is None
    assert extract(completion, Extraction(inside_think=True)).text == "5"


def test_extract_takes_a_prefilled_tag_for_the_opening_of_the_reasoning() -> None:
    assert extract(r"hm \boxed{4}</think>\boxed{5}", think_prefilled=True).text == "5"
    assert extract(r"\boxed{5}", think_prefilled=True).text is None
    assert extract(r"\boxed{5}", Extraction(inside_think=True), think_prefilled=True).text == "5"


def test_extract_gives_the_span_in_code_points() -> None:
    completion = "\U0001d538 ☃ so \\boxed{ x+1 }."
    found = extract(completion)
    assert completion[found.start : found.end] == found.text == "x+1"


HOSTILE = {
    "opened boxes": lambda size: "\\boxed{" * (size // 7),
    "opened braces": lambda size: "\\boxed{" + "{" * size,
    "backslashes": lambda size: "\\" * size,
    "boxes or boxes": lambda size: "\\boxed{a} or " * (size // 13),
    "a box in boxes": lambda size: "\\boxed{" * (size // 8) + "5" + "}" * (size // 8),
    "boxes and spaces": lambda size: ("\\boxed" + " " * 1000) * (size // 1006),
    "ors between boxes": lambda size: "\\boxed{1} " + ". or " * (size // 5) + "\\boxed{2}",
    "corrections between boxes": lambda size: "\\boxed{1} " + "no wait " * (size // 8) + "\\boxed{2}",
    "sentences between boxes": lambda size: "\\boxed{1} " + ". or a" * (size // 6) + "\\boxed{2}",
    "statements": lambda size: "the answer is " * (size // 14),
    "supposed statements": lambda size: "if the answer is 4. " * (size // 20),
    "bold lines": lambda size: "**a** \n" * (size // 7),
    "introductions": lambda size: "A: $ " * (size // 5),
    "an introduction of stars": lambda size: "A:" + "*" * size,
    "opened thoughts": lambda size: "<think>" * (size // 7),
}
"""Texts of about so many characters."""


def seconds_of(text: str) -> float:
    """The least CPU time of two."""
    spent = []
    for _ in range(2):
        began = time.process_time()
        extract(text, Extraction(introductions=WORDS))
        extract(text, Extraction(stated=True))
        spent.append(time.process_time() - began)
    return min(spent)


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_extract_takes_linear_time_over_hostile_text(hostile: Callable[[int], str]) -> None:
    """A window of text costs about sixteen times a sixteenth of it, and 256 times if time is quadratic."""
    small, large = seconds_of(hostile(WINDOW // 16)), seconds_of(hostile(10 * WINDOW))
    assert large < 64 * max(small, 0.001)


def test_extract_does_not_search_before_its_window() -> None:
    answer = r"\boxed{5}"
    assert extract(answer + " " * (WINDOW - len(answer))).text == "5"
    assert extract(answer + " " * WINDOW).text is None


PIECES = st.sampled_from(
    ["\\boxed", "\\fbox", "{", "}", "\\", "$", " ", "\n", "5", "x", ".", "or", "A:", "<think>", "</think>"]
)


@given(st.lists(PIECES, max_size=40).map("".join), st.booleans(), st.booleans())
def test_extract_finds_an_answer_within_any_text_or_none(text: str, prefilled: bool, inside: bool) -> None:  # noqa: FBT001
    found = extract(text, Extraction(introductions=WORDS, inside_think=inside), think_prefilled=prefilled)
    assert 0 <= found.start <= found.end <= len(text)
    if found.text is None:
        assert found.reason
    else:
        assert found.text.split(", ")[0].strip()


AROUND = st.sampled_from(
    [
        "$",
        " ",
        "\n",
        "5",
        "x",
        ".",
        ",",
        "or",
        "not",
        "-",
        "=",
        "\\",
        "\\(",
        "\\)",
        "}",
        "maybe",
        "no,",
        "wrong",
        "is",
        "/",
        "|",
        "two",
        "或",
    ]
)
CONTENTS = st.sampled_from(["5", " 5", "$5$", "", "x+1", "{5}", "\\frac12", "<eos>", "\\}", "{", "-5"])


@given(st.lists(AROUND, max_size=8).map("".join), CONTENTS, st.lists(AROUND, max_size=8).map("".join))
def test_extract_finds_the_only_box_as_it_finds_any(before: str, content: str, after: str) -> None:
    # A completion with one box is read by a path of its own; another mention of a box takes it off that path.
    text = f"{before}\\boxed{{{content}}}{after}"
    found, again = extract(text), extract("box!\n" + text)
    assert found == again._replace(start=max(again.start - 5, 0), end=max(again.end - 5, 0))


@given(st.lists(PIECES.filter(lambda piece: piece != "<think>"), max_size=12).map("".join))
def test_extract_ignores_an_empty_box_at_the_end(text: str) -> None:
    assert extract(text + r" \fbox{}") == extract(text + " ")


@given(
    st.text(alphabet="0123456789abc+-^ ", min_size=1).filter(str.strip),
    st.text(alphabet="abc. \n"),
    st.text(alphabet="abc. \n"),
)
def test_extract_finds_a_box_whatever_surrounds_it(answer: str, before: str, after: str) -> None:
    assert extract(f"{before}\\boxed{{{answer}}}{after}").text == answer.strip()
