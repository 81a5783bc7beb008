r"""The gold with a caveat: a restriction, another possibility or a denial, each a change of meaning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks.verdicts.rewriting import conditions, families, realsets
from benchmarks.verdicts.rewriting.material import Rewriting, bare, distinct_golds, picked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["rewritings"]

_OF_REALS = (
    r", {x} \in \mathbb{{R}} \setminus \{{0\}}",
    r" \text{{ for all real }} {x} \text{{ except }} 1",
    r" \text{{ for some real }} {x}",
    r" \text{{ for some }} {x} \in \mathbb{{R}}",
    r" \text{{ if }} {x} \text{{ is an integer}}",
    r" \text{{ when }} {x} < 0",
    r" \text{{ for }} 0 < {x} < 1",
    r", {x} \in \mathbb{{R}}, {x} \ne 2",
    r", {x} \in \mathbb{{R}}^+",
    r", {x} \in (-\infty, 0)",
    r" \text{{ for all rational }} {x}",
    r" \text{{ unless }} {x} = 0",
    r" \text{{ only for }} {x} = 1",
    r", \text{{ where }} {x} \text{{ is a positive real number}}",
    r", {x} = 3",
    r" for all real {x} > 0",
    r" or {x} + 777",
)
_OF_INDICES = (
    r", n \in \mathbb{N}^*, n \ne 5",
    r"\ (n \in \mathbb{N}^*, n \le 10)",
    r" \text{ for } n = 1, 2, 3",
    r", n \in \mathbb{Z}, n < 0",
    r" \text{ for some } n",
    r" \text{ for some positive integer } n",
    r" \text{ for all positive integers } n \ge 3",
    r" \text{ for all } n > 1",
    r", 1 \le n \le 100",
    r" \text{ for all prime } n",
    r", \text{ where } n \text{ is a perfect square}",
    r" \text{ for all positive even integers } n",
    r" \text{ unless } n = 1",
    r"\ (n \in \{1, 2\})",
)
_OF_INTEGERS = (
    r", {k} \in \mathbb{{Z}}, {k} \ne 0",
    r", {k} \in \mathbb{{Z}}, {k} > 0",
    r", {k} = 0, 1, 2",
    r", {k} \in \{{0, 1\}}",
    r", {k} \in \mathbb{{Z}}^+",
    r", {k} \in \mathbb{{R}}",
    r", {k} \in \mathbb{{Q}}",
    r", \text{{ where }} {k} \text{{ is a positive integer}}",
    r" \text{{ for all odd integers }} {k}",
    r", {k} \in 2\mathbb{{Z}}",
    r" \text{{ for every natural number }} {k}",
    r", |{k}| \le 3",
    r", {k} \in \mathbb{{Z}} \text{{ and }} {k} \ge 2",
)
_OF_SETS = (
    r"{said}, {x} \in \mathbb{{Z}}",
    r"{said} \text{{ and }} {x} \text{{ is an integer}}",
    r"{said} \text{{ or }} {x} = {far}",
    r"{said} \text{{ and }} {x} < 500, {x} > 400",
    r"{said}, {x} \in \mathbb{{Q}}",
    r"\text{{not }} {said}",
    r"\{{{x} \in \mathbb{{Z}} \mid {said}\}}",
    r"\{{{x} \in \mathbb{{N}} \mid {said}\}}",
    r"\mathbb{{R}} \setminus ({spans})",
    r"{x} \notin {spans}",
    r"{spans} \cup \{{{far}\}}",
    r"({spans}) \cap \mathbb{{Z}}",
    r"({spans}) \times \mathbb{{R}}",
    r"\text{{a subset of }} {spans}",
)
_OF_VALUES = (
    r"\text{{Not }} {v}",
    r"\text{{not }} {v}",
    r"\text{{Maximum}} \ne {v}",
    r"\text{{Maximum}} < {v}",
    r"\text{{Maximum}} \ge {v}",
    r"\text{{Maximum: }}{v}, \text{{Minimum: }}-1000",
    r"\text{{Maximum: }}{v} \text{{ or }} 1000",
    r"\text{{at least }} {v}",
    r"\text{{at most }} {v}",
    r"\text{{less than }} {v}",
    r"\text{{about }} {v} \text{{ or more}}",
    r"\text{{twice }} {v}",
    r"\text{{half of }} {v}",
    r"\text{{minus }} {v}",
    r"{v} \text{{ more}}",
    r"{v} \text{{ less than before}}",
    r"{v} \text{{ million}}",
    r"{v} \text{{ dozen}}",
    r"{v} \text{{ unless }} n = 1",
    r"{v} \text{{ if }} x > 0",
    r"{v}, n > 1",
    r"\text{{Wrong answer: }}{v}",
    r"\text{{The answer is not }} {v}",
    r"\text{{Cannot be }} {v}",
    r"{v} \text{{ and }} 1000",
    r"x \ne {v}",
    r"x > {v}",
    r"x = {v} \text{{ or }} x = 1000",
    r"\frac{{{v}}}{{1000}}",
    r"{v} \pm 1000",
    r"{v} \text{{ remainder }} 3",
    r"{v} \text{{ to }} 1000",
)
_ROOMY = 6
"""Caveats for each gold of a kind with many golds."""


def _caveated(kind: str, gold: str, answers: Iterable[str]) -> Iterator[Rewriting]:
    for answer in answers:
        yield Rewriting(kind=kind, right=False, gold=gold, answer=answer)


def _formulas() -> Iterator[Rewriting]:
    for formula in conditions.formulas():
        stated = f"{formula.name} = {formula.body}"
        every = _OF_INDICES if formula.sequence else [one.format(x=formula.argument) for one in _OF_REALS]
        kind = "a sequence with a caveat" if formula.sequence else "a function with a caveat"
        chosen = picked(every, _ROOMY, formula.gold)
        yield from _caveated(kind, formula.gold, (f"{stated}{one}" for one in chosen))


def _families() -> Iterator[Rewriting]:
    for family in families.families():
        name = f"{family.name} = " if family.name and family.shape == "value" else ""
        said = [one.format(k=family.letter) for one in picked(_OF_INTEGERS, _ROOMY, family.gold)]
        if family.builder:
            inner = f"{name}{family.body}"
            answers = [f"\\{{{family.name} \\mid {inner}{one}\\}}" for one in said]
        else:
            answers = [f"{name}{family.body}{one}" for one in said]
        yield from _caveated("a family with a caveat", family.gold, answers)


def _sets() -> Iterator[Rewriting]:
    for one in realsets.real_sets():
        letter = one.letter or "x"
        dresses = dict(realsets.dressed(one.pieces, letter))
        said = next(answer for kind, answer in dresses.items() if kind.endswith("as inequalities"))
        spans = next(answer for kind, answer in dresses.items() if kind.endswith("as intervals"))
        far = _outside(one)
        fitting = [caveat for caveat in _OF_SETS if far or "{far}" not in caveat]
        chosen = picked(fitting, _ROOMY, one.gold)
        answers = (caveat.format(x=letter, said=said, spans=spans, far=far) for caveat in chosen)
        yield from _caveated("a set with a caveat", one.gold, answers)


def _outside(one: realsets.RealSet) -> str | None:
    """A number that the set does not hold."""
    low, high = realsets.value_of(one.pieces[0].low), realsets.value_of(one.pieces[-1].high)
    if high is not None and high < 1000:
        return "1000"
    return "-1000" if low is not None and low > -1000 else None


def _values() -> Iterator[Rewriting]:
    found = {
        text
        for gold in distinct_golds()
        if re.fullmatch(r"[2-9]\d?|1\d|\\frac\{\d\}\{\d\}", text := bare(gold))
    }
    for value in sorted(found):
        yield from _caveated("a value with a caveat", value, (one.format(v=value) for one in _OF_VALUES))


def rewritings() -> Iterator[Rewriting]:
    """Every caveat; none of them keeps the meaning."""
    yield from _formulas()
    yield from _families()
    yield from _sets()
    yield from _values()
