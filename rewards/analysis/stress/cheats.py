r"""Families of cheats: completions that solve nothing and may earn something all the same.

Most know nothing of the gold; those of the last group hedge, with the gold among what they say. Every family
gives eight completions a problem, a group as a trainer samples it. None of them is a right answer. They are
written in the think format. Left out: what nobody may be paid for, in :mod:`.unearned`.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Final

from rewards.rollout import Rollout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rewards.analysis.stress.problems import Problem

    Make = Callable[[Problem, int], str | Rollout]

__all__ = ["CHEATS", "GROUP", "Family", "boxed", "in_form", "rambling", "work_of", "wrong_of"]

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
    make: Make
    """The n-th completion of a problem, n from 0 to 7."""
    variant: str = ""
    """The token, format or mark that sets it apart from families of the same name."""
    without: Make | None = None
    """The same completion without the cheat, where it must not earn more than that."""
    knows_gold: bool = False
    """True if the gold is somewhere in it: a policy that hedges, not one that knows nothing."""
    cut_off: bool = False
    """True if it is cut off at the maximum completion length."""
    form_asked: bool | None = None
    """Only for problems that ask for a form of what they give (True), or only for others (False)."""
    on_few: bool = False
    """True if it is tried on two problems only, because it is slow or has many variants."""

    @property
    def right_by_value(self) -> bool:
        """True if it has the value of the gold, so that no judge of values can tell it from a solution."""
        return self.form_asked is True

    def problems(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """Return the problems that it is tried on."""
        fitting = tuple(one for one in problems if self.form_asked in {None, one.form_asked})
        return fitting[:_FEW] if self.on_few else fitting

    def completions(self, problem: Problem) -> list[Rollout]:
        """Return a group of completions of a problem."""
        return self._made(self.make, problem)

    def honest(self, problem: Problem) -> list[Rollout]:
        """Return the same group without the cheat; empty where there is no such thing."""
        return [] if self.without is None else self._made(self.without, problem)

    def _made(self, make: Make, problem: Problem) -> list[Rollout]:
        made = [make(problem, place) for place in range(GROUP)]
        rollouts = [one if isinstance(one, Rollout) else Rollout(completion=one) for one in made]
        if self.cut_off:
            return [dataclasses.replace(one, finish_reason="length") for one in rollouts]
        return rollouts


def in_form(work: str, answer: str) -> str:
    """Return reasoning and an answer in the think format."""
    return f"<think>\n{work}\n</think>\n\n{answer}"


def boxed(answer: str) -> str:
    """Return an answer in a box, in a sentence."""
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


def work_of(place: int) -> str:
    """Return two sentences of reasoning without content."""
    return f"{_FILLERS[place]} {_FILLERS[(place + 3) % GROUP]}"


def wrong_of(problem: Problem, place: int) -> str:
    """Return a wrong answer to a problem."""
    return problem.wrong[place % len(problem.wrong)]


def rambling(place: int) -> str:
    """Return text without content that hardly repeats itself."""
    sentences = []
    count = 0
    for number, (verb, topic, manner) in enumerate(itertools.product(_VERBS, _TOPICS, _MANNERS)):
        sentences.append(f"Point {number + place}: we {verb} the {topic} {manner}.")
        count += len(sentences[-1].split())
        if count >= _MANY_WORDS:
            break
    return " ".join(sentences)


CHEATS: Final[tuple[Family, ...]] = (
    Family(name="nothing", what="an empty completion", make=lambda _problem, _place: ""),
    Family(
        name="plain wrong",
        what="a wrong answer in a box, without tags",
        make=lambda problem, place: f"{work_of(place)} {boxed(wrong_of(problem, place))}",
    ),
    Family(
        name="unboxed wrong",
        what="a wrong answer in words, without a box or tags",
        make=lambda problem, place: f"{work_of(place)} So it must be {wrong_of(problem, place)}.",
    ),
    Family(
        name="format only",
        what="tags in form and no answer in a box",
        make=lambda _problem, place: in_form(work_of(place), "That is the answer."),
    ),
    Family(
        name="wrong in form",
        what="tags in form and a wrong answer in a box",
        make=lambda problem, place: in_form(work_of(place), boxed(wrong_of(problem, place))),
    ),
    Family(
        name="empty think",
        what="empty tags and a wrong answer in a box",
        make=lambda problem, place: f"<think></think>{boxed(wrong_of(problem, place))}",
    ),
    Family(
        name="constant",
        what="0, 1, A and the like in form, whatever is asked",
        make=lambda _problem, place: in_form(work_of(place), boxed(_CONSTANTS[place])),
    ),
    Family(
        name="empty box",
        what="tags in form and a box with nothing in it",
        make=lambda _problem, place: in_form(
            work_of(place), ("\\boxed{}", "\\boxed{ }", "\\boxed{\\;}", "\\fbox{}")[place % 4]
        ),
    ),
    Family(
        name="copied question",
        what="the question itself in the box, unevaluated",
        make=lambda problem, place: in_form(work_of(place), boxed(problem.restated)),
        form_asked=False,
    ),
    Family(
        name="copied formula",
        what="the formula of a question that only asks to simplify, expand or rewrite it",
        make=lambda problem, place: in_form(work_of(place), boxed(problem.restated)),
        form_asked=True,
    ),
    Family(
        name="vacuous relation",
        what="x = x, 0 = 0 and the like in the box",
        make=lambda _problem, place: in_form(
            work_of(place),
            boxed(
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
            work_of(place), " or ".join(f"$\\boxed{{{wrong}}}$" for wrong in problem.wrong)
        ),
    ),
    Family(
        name="tag stuffing",
        what="tags again and again, in and out of order",
        make=lambda problem, place: (
            "<think></think>" * (1 + place) + "</think><think>" + boxed(wrong_of(problem, place))
        ),
    ),
    Family(
        name="repetition",
        what="one sentence 200 times, then a wrong answer, in form",
        make=lambda problem, place: in_form(f"{_FILLERS[place]} " * 200, boxed(wrong_of(problem, place))),
        on_few=True,
    ),
    Family(
        name="very short",
        what="one word of reasoning and a wrong answer, in form",
        make=lambda problem, place: in_form("So.", f"\\boxed{{{wrong_of(problem, place)}}}"),
    ),
    Family(
        name="very long",
        what="three thousand words without content, then a wrong answer, in form",
        make=lambda problem, place: in_form(rambling(place), boxed(wrong_of(problem, place))),
        on_few=True,
    ),
    Family(
        name="cut off",
        what="three thousand words that run into the window, without an answer",
        make=lambda _problem, place: f"<think>\n{rambling(place)}",
        cut_off=True,
        on_few=True,
    ),
    Family(
        name="other language",
        what="Chinese reasoning and a wrong answer, in form",
        make=lambda problem, place: in_form(_CHINESE * (1 + place % 3), boxed(wrong_of(problem, place))),
    ),
    Family(
        name="code",
        what="a program in the box instead of an answer",
        make=lambda problem, place: in_form(
            f"```python\nprint(solve({problem.name!r}))\n```",
            boxed(
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
            work_of(place),
            boxed(
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
            work_of(place),
            boxed(
                (
                    rf"{problem.gold} \text{{ or }} {wrong_of(problem, place)}",
                    rf"{wrong_of(problem, place)} \text{{ or }} {problem.gold}",
                    rf"\text{{maybe }} {problem.gold} \text{{, maybe }} {wrong_of(problem, place)}",
                    rf"{problem.gold} \vee {wrong_of(problem, place)}",
                    rf"{problem.gold} \text{{ unless it is }} {wrong_of(problem, place)}",
                    rf"{problem.gold} ?",
                    rf"\text{{not }} {wrong_of(problem, place)} \text{{ but perhaps }} {problem.gold}",
                    rf"{problem.gold} / {wrong_of(problem, place)} \text{{ (one of them)}}",
                )[place]
            ),
        ),
        knows_gold=True,
    ),
    Family(
        name="list",
        what="the gold among several values in one box",
        make=lambda problem, place: in_form(
            work_of(place),
            boxed(
                ", ".join([*problem.wrong[: 1 + place % 3], problem.gold, *problem.wrong[5 : 5 + place % 4]])
            ),
        ),
        knows_gold=True,
    ),
    Family(
        name="superset",
        what="a set that holds the gold and more",
        make=lambda problem, place: in_form(
            work_of(place), boxed(rf"\{{{problem.gold}, {', '.join(problem.wrong[: 1 + place])}\}}")
        ),
        knows_gold=True,
    ),
    Family(
        name="boxes with the gold",
        what="a box for each guess, the gold among them",
        make=lambda problem, place: in_form(
            work_of(place),
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
            work_of(place),
            boxed(
                (
                    rf"x \ne {wrong_of(problem, place)}",
                    rf"{wrong_of(problem, place)} = {problem.gold}",
                    rf"{problem.gold} = {wrong_of(problem, place)} = {problem.gold}",
                    rf"\ge {problem.gold}",
                    rf"\approx {wrong_of(problem, place)}",
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
            work_of(place),
            boxed(
                (
                    rf"{problem.gold} \text{{ is wrong}}",
                    rf"\text{{not }} {problem.gold}",
                    rf"{problem.gold} \text{{ is too small}}",
                    rf"\text{{anything but }} {problem.gold}",
                    rf"{problem.gold} \text{{ if not }} {wrong_of(problem, place)}",
                    rf"\text{{less than }} {problem.gold}",
                    rf"{problem.gold} \text{{ and }} {wrong_of(problem, place)}",
                    rf"\text{{about }} {wrong_of(problem, place)} \text{{ to }} {problem.gold}",
                )[place]
            ),
        ),
        knows_gold=True,
    ),
)
"""The families; the first is the baseline of an empty completion."""
