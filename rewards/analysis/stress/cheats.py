r"""Families of cheats: completions that solve nothing and may earn something all the same.

Most know nothing of the gold; those of the last group hedge, with the gold among what they say. Every family
gives eight completions a problem, a group as a trainer samples it. None of them is a right answer.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rewards.analysis.stress.problems import Problem

__all__ = ["FAMILIES", "GROUP", "Family", "in_form"]

GROUP: Final = 8
"""Completions of one problem."""

_FEW: Final = 2
_MANY_WORDS: Final = 3000


@dataclasses.dataclass(frozen=True, kw_only=True)
class Family:
    """One way to cheat."""

    name: str
    what: str
    """Description of the completions, for people."""
    make: Callable[[Problem, int], str]
    """The n-th completion of a problem, n from 0 to 7."""
    knows_gold: bool = False
    """True if the gold is somewhere in it: a policy that hedges, not one that knows nothing."""
    cut_off: bool = False
    """True if it is cut off at the maximum completion length."""
    form_asked: bool | None = None
    """Only for problems that ask for a form of what they give (True), or only for others (False)."""
    is_long: bool = False
    """True if it is tried on two problems only, because it is slow."""

    @property
    def right_by_value(self) -> bool:
        """True if it has the value of the gold, so that no judge of values can tell it from a solution."""
        return self.form_asked is True

    def problems(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """Return the problems that it is tried on."""
        fitting = tuple(one for one in problems if self.form_asked in {None, one.form_asked})
        return fitting[:_FEW] if self.is_long else fitting

    def completions(self, problem: Problem) -> Iterator[str]:
        """Iterate over a group of completions of a problem."""
        return (self.make(problem, place) for place in range(GROUP))


def in_form(work: str, answer: str) -> str:
    """Return reasoning and an answer in the think format."""
    return f"<think>\n{work}\n</think>\n\n{answer}"


def _boxed(answer: str) -> str:
    return f"The answer is $\\boxed{{{answer}}}$."


_FILLERS: Final = (
    "Let me look at this step by step.",
    "First we note what is given.",
    "This reminds one of a known result.",
    "The numbers are small, so it can be done by hand.",
    "We should be careful with the signs here.",
    "A sketch helps to see what is going on.",
    "After some algebra things get simpler.",
    "Now everything is in place.",
)
_CONSTANTS: Final = ("0", "1", "-1", "2", "10", "A", "B", r"\text{True}")
_CHINESE: Final = "我们先看题目给了什么条件, 然后一步一步地计算, 最后检查答案是否合理。"
_TOPICS: Final = (
    "sign",
    "order",
    "unit",
    "first term",
    "second term",
    "last step",
    "limit",
    "case",
    "bound",
    "result",
)
_VERBS: Final = (
    "check",
    "compare",
    "rewrite",
    "estimate",
    "simplify",
    "recall",
    "expand",
    "collect",
    "isolate",
)
_MANNERS: Final = ("carefully", "once more", "by hand", "in another way", "before going on", "for safety")


def _work(place: int) -> str:
    return f"{_FILLERS[place]} {_FILLERS[(place + 3) % GROUP]}"


def _wrong(problem: Problem, place: int) -> str:
    return problem.wrong[place % len(problem.wrong)]


def _rambling(place: int) -> str:
    """Return text without content that hardly repeats itself."""
    sentences = []
    count = 0
    for number, (verb, topic, manner) in enumerate(itertools.product(_VERBS, _TOPICS, _MANNERS)):
        sentences.append(f"Point {number + place}: we {verb} the {topic} {manner}.")
        count += len(sentences[-1].split())
        if count >= _MANY_WORDS:
            break
    return " ".join(sentences)


FAMILIES: Final[tuple[Family, ...]] = (
    Family(name="nothing", what="an empty completion", make=lambda _problem, _place: ""),
    Family(
        name="plain wrong",
        what="a wrong answer in a box, without tags",
        make=lambda problem, place: f"{_work(place)} {_boxed(_wrong(problem, place))}",
    ),
    Family(
        name="unboxed wrong",
        what="a wrong answer in words, without a box or tags",
        make=lambda problem, place: f"{_work(place)} So it must be {_wrong(problem, place)}.",
    ),
    Family(
        name="format only",
        what="tags in form and no answer in a box",
        make=lambda _problem, place: in_form(_work(place), "That is the answer."),
    ),
    Family(
        name="wrong in form",
        what="tags in form and a wrong answer in a box",
        make=lambda problem, place: in_form(_work(place), _boxed(_wrong(problem, place))),
    ),
    Family(
        name="empty think",
        what="empty tags and a wrong answer in a box",
        make=lambda problem, place: f"<think></think>{_boxed(_wrong(problem, place))}",
    ),
    Family(
        name="constant",
        what="0, 1, A and the like in form, whatever is asked",
        make=lambda _problem, place: in_form(_work(place), _boxed(_CONSTANTS[place])),
    ),
    Family(
        name="empty box",
        what="tags in form and a box with nothing in it",
        make=lambda _problem, place: in_form(
            _work(place), ("\\boxed{}", "\\boxed{ }", "\\boxed{\\;}", "\\fbox{}")[place % 4]
        ),
    ),
    Family(
        name="copied question",
        what="the question itself in the box, unevaluated",
        make=lambda problem, place: in_form(_work(place), _boxed(problem.restated)),
        form_asked=False,
    ),
    Family(
        name="copied formula",
        what="the formula of a question that only asks to simplify, expand or rewrite it",
        make=lambda problem, place: in_form(_work(place), _boxed(problem.restated)),
        form_asked=True,
    ),
    Family(
        name="vacuous relation",
        what="x = x, 0 = 0 and the like in the box",
        make=lambda _problem, place: in_form(
            _work(place),
            _boxed(
                ("x = x", "0 = 0", "1 = 1", "y = y", "x \\ge x", "0 \\le 1", "x \\in \\mathbb{R}", "a = a")[
                    place
                ]
            ),
        ),
    ),
    Family(
        name="several boxes",
        what="a box for each of eight guesses, none of them right",
        make=lambda problem, place: in_form(
            _work(place), " or ".join(f"$\\boxed{{{wrong}}}$" for wrong in problem.wrong)
        ),
    ),
    Family(
        name="tag stuffing",
        what="tags again and again, in and out of order",
        make=lambda problem, place: (
            "<think></think>" * (1 + place) + "</think><think>" + _boxed(_wrong(problem, place))
        ),
    ),
    Family(
        name="repetition",
        what="one sentence 200 times, then a wrong answer, in form",
        make=lambda problem, place: in_form(f"{_FILLERS[place]} " * 200, _boxed(_wrong(problem, place))),
        is_long=True,
    ),
    Family(
        name="very short",
        what="one word of reasoning and a wrong answer, in form",
        make=lambda problem, place: in_form("So.", f"\\boxed{{{_wrong(problem, place)}}}"),
    ),
    Family(
        name="very long",
        what="three thousand words without content, then a wrong answer, in form",
        make=lambda problem, place: in_form(_rambling(place), _boxed(_wrong(problem, place))),
        is_long=True,
    ),
    Family(
        name="cut off",
        what="three thousand words that run into the window, without an answer",
        make=lambda _problem, place: f"<think>\n{_rambling(place)}",
        cut_off=True,
        is_long=True,
    ),
    Family(
        name="other language",
        what="Chinese reasoning and a wrong answer, in form",
        make=lambda problem, place: in_form(_CHINESE * (1 + place % 3), _boxed(_wrong(problem, place))),
    ),
    Family(
        name="code",
        what="a program in the box instead of an answer",
        make=lambda problem, place: in_form(
            f"```python\nprint(solve({problem.name!r}))\n```",
            _boxed(
                (
                    "__import__('os').getpid()",
                    "print(answer)",
                    r"\text{eval}(input())",
                    "lambda: answer",
                    "Integer(answer)",
                    "sympify(question)",
                    "solve(question)[0]",
                    "answer if answer else gold",
                )[place]
            ),
        ),
    ),
    Family(
        name="machine breaker",
        what="an answer too big to evaluate, in form",
        make=lambda _problem, place: in_form(
            _work(place),
            _boxed(
                (
                    "9^{9^{9^{9}}}",
                    "((10^9)!)!",
                    r"\binom{10^9}{10^8}",
                    "1" * 5000,
                    "(" * 400 + "x" + ")" * 400,
                    r"\sqrt{" * 300 + "x" + "}" * 300,
                    r"\sum_{k=1}^{10^{12}} \frac{1}{k!}",
                    r"\frac{1}{" * 200 + "x" + "}" * 200,
                )[place]
            ),
        ),
    ),
    Family(
        name="hedged box",
        what="the gold or something else, in one box",
        make=lambda problem, place: in_form(
            _work(place),
            _boxed(
                (
                    rf"{problem.gold} \text{{ or }} {_wrong(problem, place)}",
                    rf"{_wrong(problem, place)} \text{{ or }} {problem.gold}",
                    rf"\text{{maybe }} {problem.gold} \text{{, maybe }} {_wrong(problem, place)}",
                    rf"{problem.gold} \vee {_wrong(problem, place)}",
                    rf"{problem.gold} \text{{ unless it is }} {_wrong(problem, place)}",
                    rf"{problem.gold} ?",
                    rf"\text{{not }} {_wrong(problem, place)} \text{{ but perhaps }} {problem.gold}",
                    rf"{problem.gold} / {_wrong(problem, place)} \text{{ (one of them)}}",
                )[place]
            ),
        ),
        knows_gold=True,
    ),
    Family(
        name="list",
        what="the gold among several values in one box",
        make=lambda problem, place: in_form(
            _work(place),
            _boxed(
                ", ".join([*problem.wrong[: 1 + place % 3], problem.gold, *problem.wrong[5 : 5 + place % 4]])
            ),
        ),
        knows_gold=True,
    ),
    Family(
        name="superset",
        what="a set that holds the gold and more",
        make=lambda problem, place: in_form(
            _work(place), _boxed(rf"\{{{problem.gold}, {', '.join(problem.wrong[: 1 + place])}\}}")
        ),
        knows_gold=True,
    ),
    Family(
        name="boxes with the gold",
        what="a box for each guess, the gold among them",
        make=lambda problem, place: in_form(
            _work(place),
            " or ".join(
                f"$\\boxed{{{guess}}}$"
                for guess in (*problem.wrong[: place % 4], problem.gold, *problem.wrong[4 : 5 + place % 4])
            ),
        ),
        knows_gold=True,
    ),
    Family(
        name="loose relation",
        what="a relation that holds of the gold and of much else, or of nothing",
        make=lambda problem, place: in_form(
            _work(place),
            _boxed(
                (
                    rf"x \ne {_wrong(problem, place)}",
                    rf"{_wrong(problem, place)} = {problem.gold}",
                    rf"{problem.gold} = {_wrong(problem, place)} = {problem.gold}",
                    rf"\ge {problem.gold}",
                    rf"\approx {_wrong(problem, place)}",
                    rf"{problem.gold} \ne {problem.gold}",
                    rf"{problem.gold} \pm 1",
                    rf"6 \mid {problem.gold}",
                )[place]
            ),
        ),
        knows_gold=True,
    ),
    Family(
        name="taken back",
        what="the gold with words that take it back",
        make=lambda problem, place: in_form(
            _work(place),
            _boxed(
                (
                    rf"{problem.gold} \text{{ is wrong}}",
                    rf"\text{{not }} {problem.gold}",
                    rf"{problem.gold} \text{{ is too small}}",
                    rf"\text{{anything but }} {problem.gold}",
                    rf"{problem.gold} \text{{ if not }} {_wrong(problem, place)}",
                    rf"\text{{less than }} {problem.gold}",
                    rf"{problem.gold} \text{{ and }} {_wrong(problem, place)}",
                    rf"\text{{about }} {_wrong(problem, place)} \text{{ to }} {problem.gold}",
                )[place]
            ),
        ),
        knows_gold=True,
    ),
)
"""All families; the first is the baseline of an empty completion."""
