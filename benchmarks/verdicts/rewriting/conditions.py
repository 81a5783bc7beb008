r"""Functions and sequences: default conditions added and dropped, restricting ones too, constants renamed."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from benchmarks.verdicts.rewriting.material import (
    Rewriting,
    balanced,
    bare,
    distinct_golds,
    letter_swapped,
    letters_of,
    picked,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Formula", "formulas", "rewritings"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Formula:
    """``f(x) = body`` or ``a_n = body`` without a condition of its own."""

    gold: str
    name: str
    body: str
    argument: str

    @property
    def sequence(self) -> bool:
        """Whether the argument is an index."""
        return "_" in self.name


_FORMULA = re.compile(r"([fgPQhp]\s*\(([xt])\)|[abcSTu]_\{?(n)\}?)\s*=\s*(.+)")
_UNFIT = re.compile(
    r"\\text|\\begin|\\in(?![a-z])|<|>|\\le|\\ge|\\ne|=|,|\\pm|\\quad|\\log|\\ln|\\sqrt|\\tan|\\cot|or|and|\\mathbb|rac(?<!frac)"
    r"|where|ext|sin(?<!\\sin)|cos(?<!\\cos)"
)


def _read(gold: str) -> Formula | None:
    text = bare(gold)
    found = _FORMULA.fullmatch(text)
    if found is None:
        return None
    name, argument, body = found[1], found[2] or found[3], found[4].strip()
    if _UNFIT.search(body) or not balanced(body) or "\t" in gold:
        return None
    return Formula(gold=gold, name=name, body=body, argument=argument)


def formulas() -> list[Formula]:
    """The formulas among the golds that hold for every argument."""
    return [formula for gold in distinct_golds() if (formula := _read(gold))]


_ENTIRE = re.compile(
    r"(?:[\dx+\- ]|\^\d|\^\{\d+\}|\\frac\{\d+\}\{\d+\}|[ab-d]|\\(?:sin|cos)|\\left|\\right|[()])+"
)
"""Bodies that are defined for every real x."""

REAL = {
    "x in R": r", {x} \in \mathbb{{R}}",
    "(x in R)": r"\ ({x} \in \mathbb{{R}})",
    "for all x in R": r" \text{{ for all }} {x} \in \mathbb{{R}}",
    "for all real x": r" \text{{ for all real }} {x}",
    "for all real numbers x": r" \text{{ for all real numbers }} {x}",
    "for every real number x": r" \text{{ for every real number }} {x}",
    "for any real x": r" \text{{ for any real }} {x}",
    "forall x in R": r" \quad \forall {x} \in \mathbb{{R}}",
    "forall x": r" \quad \forall {x}",
    "where x in R": r", \text{{ where }} {x} \in \mathbb{{R}}",
    "x is a real number": r", \text{{ where }} {x} \text{{ is a real number}}",
    "plain": r" for all real {x}",
    "plain numbers": r" for all real numbers {x}",
}
"""How people say that an argument is any real number; `{x}` is the argument."""

INDEX = {
    "n in N*": r", n \in \mathbb{N}^*",
    "(n in N*)": r"\ (n \in \mathbb{N}^*)",
    "(n in N_+)": r"\ (n \in \mathbb{N}_+)",
    "n in N^+": r", n \in \mathbb{N}^{+}",
    "n in Z^+": r",\quad n \in \mathbb{Z}^+",
    "n >= 1": r", n \ge 1",
    "(n >= 1)": r"\ (n \geq 1)",
    "for all n >= 1": r" \text{ for all } n \ge 1",
    "for all positive integers": r" \text{ for all positive integers } n",
    "for every positive integer": r" \text{ for every positive integer } n",
    "where n is": r", \text{ where } n \text{ is a positive integer}",
    "forall": r" \quad \forall n \in \mathbb{N}^*",
}
"""How people say that an index is any positive integer."""

CONSTANT = {
    "c in R": r", {c} \in \mathbb{{R}}",
    "(c in R)": r"\ ({c} \in \mathbb{{R}})",
    "where c in R": r", \text{{ where }} {c} \in \mathbb{{R}}",
    "where a constant": r", \text{{ where }} {c} \text{{ is a constant}}",
    "for some constant": r" \text{{ for some constant }} {c}",
    "for some real constant": r" \text{{ for some real constant }} {c}",
    "for any constant": r" \text{{ for any constant }} {c}",
    "where any real number": r", \text{{ where }} {c} \text{{ is any real number}}",
    "where arbitrary": r", \text{{ where }} {c} \text{{ is an arbitrary constant}}",
    "where arbitrary real": r", \text{{ where }} {c} \text{{ is an arbitrary real number}}",
    "for any real": r" \text{{ for any real number }} {c}",
    "for any c in R": r" \text{{ for any }} {c} \in \mathbb{{R}}",
    "plain": r" for some constant {c}",
    "plain where": r" where {c} is a real constant",
}
"""How people say that a letter is a constant; `{c}` is the letter."""

_RESTRICTED_REAL = (
    r", {x} > 0",
    r"\ ({x} \ge 1)",
    r", {x} \in [0, 1]",
    r" \text{{ for all }} {x} > 2",
    r" \text{{ for }} {x} \ne 1",
    r", {x} \in \mathbb{{Q}}",
    r" \text{{ for all }} {x} \ge 3",
    r" for all negative {x}",
)
_RESTRICTED_INDEX = (
    r"\ (n \ge 2)",
    r", n \ge 3",
    r" \text{ for } n > 5",
    r", n = 1",
    r" \text{ for all even } n",
    r" \text{ where } n \text{ is odd}",
)
_RESTRICTED_CONSTANT = (
    r", {c} > 0",
    r", {c} \in \mathbb{{Z}}",
    r", {c} = 1",
    r", {c} \ge 2",
    r" \text{{ for some positive constant }} {c}",
    r", \text{{ where }} {c} \text{{ is a positive integer}}",
    r", {c} \in [0, 1]",
    r", |{c}| \le 1",
    r" \text{{ for all positive }} {c}",
)


def _stated(formula: Formula, condition: str) -> str:
    return f"{formula.name} = {formula.body}{condition}"


def _of_arguments(formula: Formula) -> Iterator[Rewriting]:
    """Conditions that hold by default, on either side or on both; and such as restrict."""
    if formula.sequence:
        defaults = list(INDEX.values())
        restricted = list(_RESTRICTED_INDEX)
        what = "positive integers"
    elif _ENTIRE.fullmatch(formula.body):
        defaults = [said.format(x=formula.argument) for said in REAL.values()]
        restricted = [said.format(x=formula.argument) for said in _RESTRICTED_REAL]
        what = "reals"
    else:
        return
    one, two, three = picked(defaults, 3, formula.gold)
    plain = _stated(formula, "")
    for gold, answer, way in (
        (formula.gold, _stated(formula, one), "added"),
        (formula.gold, _stated(formula, two), "added"),
        (_stated(formula, one), plain, "left out"),
        (_stated(formula, three), _stated(formula, two), "said otherwise"),
        (_stated(formula, three), formula.body, "left out with the name"),
    ):
        yield Rewriting(kind=f"default condition ({what}) {way}", right=True, gold=gold, answer=answer)
    first, second = picked(restricted, 2, formula.gold)
    for gold, answer, way in (
        (formula.gold, _stated(formula, first), "added"),
        (_stated(formula, one), _stated(formula, second), "for the default"),
        (_stated(formula, first), _stated(formula, second), "for another"),
    ):
        yield Rewriting(kind=f"restricting condition ({what}) {way}", right=False, gold=gold, answer=answer)
    other = f"{formula.name} = {formula.body} + 1{one}"
    yield Rewriting(
        kind=f"another value under a default ({what})", right=False, gold=formula.gold, answer=other
    )


_SHAPES = (
    "{c}x",
    "x + {c}",
    "{c}",
    "{c}x^2",
    "{c} - x",
    "x^2 + {c}",
    "{c}(x^2 - x)",
    "{c}x + 1",
    "{c} e^{{2x}}",
    "e^x + {c}",
    "x^3 + {c}x",
    "{c}\\sin x",
)
"""Solutions of functional and differential equations as golds have them, `{c}` the constant."""


def _of_constants() -> Iterator[Rewriting]:
    said = list(CONSTANT.values())
    for number, shape in enumerate(_SHAPES):
        for turn, letter in enumerate("cCak"):
            name = ("f(x)", "P(x)", "y", "g(x)")[(number + turn) % 4]
            body = shape.format(c=letter)
            one, two = picked(said, 2, f"{body}{name}")
            other = picked([free for free in "cCakbm" if free != letter], 1, f"{body}{name}")[0]
            renamed = shape.format(c=other)
            first, second = one.format(c=letter), two.format(c=letter)
            plain, gold = f"{name} = {body}", f"{name} = {body}{first}"
            right = {
                "condition on a constant added": (plain, gold),
                "condition on a constant left out": (gold, plain),
                "condition on a constant said otherwise": (gold, f"{name} = {body}{second}"),
                "constant renamed": (gold, f"{name} = {renamed}{two.format(c=other)}"),
                "constant renamed, name left out": (gold, f"{renamed}{two.format(c=other)}"),
            }
            limited = picked(_RESTRICTED_CONSTANT, 2, f"{body}{name}")
            wrong = {
                "restricting condition on a constant added": (plain, f"{plain}{limited[0].format(c=letter)}"),
                "restricting condition on a constant for the default": (
                    gold,
                    f"{name} = {renamed}{limited[1].format(c=other)}",
                ),
                "restricting condition on a constant left out": (
                    f"{plain}{limited[0].format(c=letter)}",
                    f"{plain}{second}",
                ),
                "constant in another place": (gold, f"{name} = {renamed} + x^4{two.format(c=other)}"),
                "constant replaced by a number": (
                    gold,
                    f"{name} = {shape.format(c='2')}".replace("2 e", "2e"),
                ),
            }
            for right_side, made in ((True, right), (False, wrong)):
                for kind, (made_gold, answer) in made.items():
                    yield Rewriting(kind=kind, right=right_side, gold=made_gold, answer=answer)


def _arguments_renamed(formula: Formula) -> Iterator[Rewriting]:
    """The argument of a named function or sequence under another letter, on both sides or on one."""
    letters = letters_of(formula.body)
    free = [letter for letter in ("m", "k") if formula.sequence] or ["t", "x", "u"]
    free = [letter for letter in free if letter not in letters and letter != formula.argument]
    if formula.argument not in letters or not free:
        return
    letter = free[0]
    body = letter_swapped(formula.body, formula.argument, letter)
    name = re.sub(rf"(?<=[(_{{]){formula.argument}", letter, formula.name)
    kind = "index of a sequence renamed" if formula.sequence else "argument of a function renamed"
    yield Rewriting(kind=kind, right=True, gold=formula.gold, answer=f"{name} = {body}")
    mixed = f"{formula.name} = {body}"
    yield Rewriting(kind=f"{kind} on one side", right=False, gold=formula.gold, answer=mixed)


def rewritings() -> Iterator[Rewriting]:
    """Every rewriting of every formula."""
    for formula in formulas():
        yield from _of_arguments(formula)
        yield from _arguments_renamed(formula)
    yield from _of_constants()
