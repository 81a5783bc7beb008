"""Reasoning in every format beside parts of marks, quoted marks, other formats and look-alikes."""

from __future__ import annotations

import random
import re
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rewards import BoxedCorrectness, LanguageMixing, Rollout, ThinkFormat
from rewards.answers.extraction.answers import Extraction, extract
from rewards.text.reasoning import FORMATS, Format, answer_start, may_hold_marks, opening_of

ANY_FORMATS = [name for name, one in FORMATS.items() if not one.by_name]
OTHERS = ("<think>", "[THINK]", "<reasoning>", "<|channel>", "Here is my thought process:", "analysis")
PIECES = ("a", " ", "\n", "<", "</", ">", "|", "[", "]", "`", "```", "$", "so ", "＜think＞", "<thіnk>", "◁")  # noqa: RUF001  # look-alikes


def parts_of(one: Format) -> tuple[str, ...]:
    """Return beginnings and ends of the marks of a format, none of them whole."""
    marks = one.open + one.close
    cuts = {mark[:at] for mark in marks for at in (1, len(mark) // 2, len(mark) - 1)}
    ends = {mark[at:] for mark in marks for at in (1, len(mark) // 2)}
    return tuple(sorted(part for part in cuts | ends if part.strip() and part not in marks))


def texts(*pieces: str) -> st.SearchStrategy[str]:
    """Return texts of these pieces."""
    return st.lists(st.sampled_from(pieces), max_size=12).map("".join)


def says_nothing(before: str) -> bool:
    """Return True if a text neither opens a formula before a box nor offers another answer."""
    return "$" not in before and not re.search(r"\s[|/]\Z", before.rstrip())


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_the_answer_is_what_stands_behind_the_first_closer(name: str, data: st.DataObject) -> None:
    one = FORMATS[name]
    opener = data.draw(st.sampled_from(one.open))
    thought = data.draw(texts(*PIECES, *parts_of(one), *OTHERS, r"\boxed{5}", opener))
    said = data.draw(texts(*PIECES, *parts_of(one), *one.close).filter(says_nothing)) + r" \boxed{4}"
    closer = one.close[0]
    whole, reasoned = f"{opener}{thought}{closer}{said}", f"{opener}{thought}"
    # By another way: where a plain search finds the first closer.
    found = min((at, -len(mark)) for mark in one.close if (at := whole.find(mark, len(opener))) >= 0)
    assume(found[0] - found[1] == len(reasoned) + len(closer))
    assume(one.by_name or not any(mark in said for mark in one.open))
    for setting in ("any", name) if name in ANY_FORMATS else (name,):
        assert answer_start(whole, setting) == len(reasoned) + len(closer)
        assert extract(whole, Extraction(reasoning=setting)).text == "4"
        assert answer_start(reasoned, setting) == -1
        assert extract(reasoned, Extraction(reasoning=setting)).text is None
    assert answer_start(whole[len(opener) :], name, prefilled=True) == len(whole) - len(said) - len(opener)
    assert answer_start(thought, name, prefilled=True) == -1


@given(
    text=texts(*PIECES, *(mark for one in FORMATS.values() for mark in one.open + one.close), r"\boxed{4}")
)
@settings(max_examples=100, deadline=None)
def test_no_text_is_too_odd(text: str) -> None:
    for setting in ("any", *FORMATS):
        for prefilled in (False, True):
            start = answer_start(text, setting, prefilled=prefilled)
            assert -1 <= start <= len(text)
            spans = [(0, len(text) // 2), (len(text) // 2, len(text))]
            assert -1 <= answer_start(text, setting, prefilled=prefilled, turns=spans) <= len(text)
    opening = opening_of(text)
    assert text.endswith(opening.opener + opening.closed)
    if not may_hold_marks(text):
        assert answer_start(text) == 0


def hostile(one: Format, size: int) -> dict[str, str]:
    """Return texts of about `size` characters that are full of the marks of a format."""
    opener, closer = one.open[-1], one.close[-1]
    mixed = "".join(random.Random(1).choices((opener, closer, "x ", "\n", "```"), k=size // 6))  # noqa: S311  # no secret
    return {
        "openers": opener * (size // len(opener)),
        "closers": closer * (size // len(closer)),
        "pairs": (opener + closer) * (size // len(opener + closer)),
        "quoted": f"{opener}{closer}so " + f"a {opener} b " * (size // (len(opener) + 5)),
        "fenced": f"{opener}{closer}```\n" + f"{opener}\n" * (size // (len(opener) + 1)),
        "lines": (opener + closer + "\n") * (size // len(opener + closer)),
        "parts": opener[:-1] * (size // (len(opener) - 1 or 1)),
        "ends": closer[1:] * (size // (len(closer) - 1)),
        "firsts": opener[0] * size,
        "mixed": mixed,
    }


@pytest.mark.parametrize("name", FORMATS)
def test_every_reader_ends_on_nothing_but_marks(name: str) -> None:
    setting = "any" if name in ANY_FORMATS else name
    readers = (
        BoxedCorrectness(reasoning=setting),
        ThinkFormat(reasoning=setting),
        LanguageMixing(reasoning=setting),
    )
    size = 500_000 if name in {"think", "harmony", "granite"} else 50_000
    for text in hostile(FORMATS[name], size).values():
        began = time.process_time()
        answer_start(text, setting)
        answer_start(text, setting, prefilled=True)
        assert time.process_time() - began < 2  # a quadratic search takes far longer
    for text in hostile(FORMATS[name], 60_000 if size > 50_000 else 6_000).values():
        began = time.process_time()
        for reader in readers:
            reader([Rollout(completion=text, ground_truth="4")])
        opening_of(text, setting)
        assert time.process_time() - began < 5
