from __future__ import annotations

import pytest

from rewards.answers.extraction.answers import Extraction, extract
from rewards.answers.extraction.stated import STATEMENTS, Statement, stated_answer

STATED = {
    "the last": ("The answer is 4. No, the answer is 5.", "5"),
    "a decimal": ("So the answer is 3.14.", "3.14"),
    "a sentence behind it": ("The answer is 4. I hope it is correct.", "4"),
    "a reason": ("The answer is 4 because 2 + 2 = 4.", "4"),
    "bold words": ("**Final Answer:** $4$", "4"),
    "bold words about the colon": ("**Answer**: 4", "4"),
    "a heading": ("### Final answer\n\n4", "4"),
    "a display": ("The answer is:\n\\[\n\\frac12\n\\]", r"\frac12"),
    "a display of dollars": ("The answer is $$x+1$$", "x+1"),
    "inline mathematics": (r"The final answer is \(4\).", "4"),
    "twice in a row": ("Answer: The answer is 4", "4"),
    "two answers": ("The answer is 4 or 5.", "4 or 5"),
    "twice in a sentence": ("answer: 4 or answer: 5", "4 or answer: 5"),
    "Chinese": ("所以答案为 4。", "4"),
    "bold": ("We add.\n\n**4**", "4"),
    "bold and a period": ("We add.\n\n**4**.\n", "4"),
    "hashes behind words": ("The answer is 3.\n#### 4", "4"),
    "a unit": ("The answer is 18 dollars.", "18 dollars"),
    "on a new line": ("2 + 2 = 4\nAnswer: 4", "4"),
    "in the middle of a sentence": ("Since x = 2, we see that the correct answer is 4.", "4"),
    "to a question": ("The answer to the question is 4.", "4"),
    "supposed, then stated": ("The answer is 4. If the answer is 5, then it is odd.", "4"),
}

NOT_STATED = {
    "a number": "2 + 2 = 4",
    "supposed": "If the answer is 4, then x = 2.",
    "asked": "We ask whether the answer is 4.",
    "might be": "It might be that the answer is 4.",
    "nothing behind it": "The answer is",
    "bold in the middle": "**4**\n\nis even",
    "bold in a line": "so it is **4**",
    "in a word": "DNAanswer: is 4",
    "another's": "The student's answer is 4.",
    "a common one": "A common answer is 4.",
    "the wrong one": "The wrong answer is 4.",
}

DENIED = {
    "not": "The answer is not 4.",
    "not, before": "I do not think that the answer is 4.",
    "doubted": "I doubt that the answer is 4.",
    "shortened": "It isn't true that the answer is 4.",
    "an alternative behind it": "The answer is 4. Or 5.",
    "a correction behind it": "The answer is 4. Wait, 5.",
    "in Chinese": "答案是4。或者5",
}


@pytest.mark.parametrize("statement", STATEMENTS, ids=[one.name for one in STATEMENTS])
def test_statement_is_read_from_its_example(statement: Statement) -> None:
    assert extract(statement.example, Extraction(stated=True)).text == "4"
    assert extract(statement.example).text is None


@pytest.mark.parametrize(("completion", "answer"), STATED.values(), ids=STATED)
def test_stated_answer_is_the_last_statement(completion: str, answer: str) -> None:
    assert extract(completion, Extraction(stated=True)).text == answer


@pytest.mark.parametrize("completion", NOT_STATED.values(), ids=NOT_STATED)
def test_stated_answer_is_none_without_a_statement(completion: str) -> None:
    assert stated_answer(completion) is None


@pytest.mark.parametrize("completion", DENIED.values(), ids=DENIED)
def test_stated_answer_that_is_denied_is_no_answer(completion: str) -> None:
    found = extract(completion, Extraction(stated=True))
    assert (found.text, found.hedged) == (None, True)


def test_stated_answer_gives_way_to_a_box_and_to_the_end_of_the_reasoning() -> None:
    stated = Extraction(stated=True)
    assert extract(r"\boxed{5}. The answer is 4.", stated).text == "5"
    assert extract("<think>The answer is 4.</think> Well.", stated).text is None
    assert extract("<think>The answer is 4.", stated).text is None
    assert extract("<think>The answer is 4.</think> The answer is 5.", stated).text == "5"
