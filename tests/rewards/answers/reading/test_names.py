r"""Every name of a function in every notation: `\operatorname{tr}` never falls apart into t times r."""

from __future__ import annotations

import pytest

from rewards.answers.comparing.compare import compare, compare_with_sympy
from rewards.answers.notation.functions import NAMES
from rewards.verdict import Status

NOTATIONS = {
    "operatorname": r"\operatorname{%s}",
    "operatorname with limits": r"\operatorname*{%s}",
    "mathop": r"\mathop{\mathrm{%s}}",
    "mathop alone": r"\mathop{%s}",
    "mathrm": r"\mathrm{%s}",
    "mathit": r"\mathit{%s}",
    "mathsf": r"\mathsf{%s}",
    "text": r"\text{%s}",
    "textrm": r"\textrm{%s}",
    "mbox": r"\mbox{%s}",
    "mathbf": r"\mathbf{%s}",
    "boldsymbol": r"\boldsymbol{%s}",
    "rm": r"{\rm %s}",
    "rm before braces": r"\rm{%s}",
    "in braces": r"{\operatorname{%s}}",
}
KNOWN = sorted(name for name, row in NAMES.items() if row.arguments[0] == 1 and not row.before_brackets)
UNKNOWN = ["Tr", "gr", "soc", "Hom", *sorted(name for name, row in NAMES.items() if row.before_brackets)]
MULTIPLICATIVE = frozenset({"abs", "Abs"})
DIFFERENT = [
    ("{f}(ab)", "{f}(a)b"),
    ("{f}(a^2)", "{f}(a)^2"),
    ("{f}(a+b)", "{f}(a)+b"),
    ("{f}(a)b", "{f}(b)a"),
    ("{f}(a)", "a{f}"),
]
SAME = [("{f}(a)b", "b{f}(a)"), ("1+{f}(ab)", "{f}(ba)+1")]


def correct(answer: str, gold: str) -> bool:
    decision = compare(answer, gold) or compare_with_sympy(answer, gold)
    return decision.status is Status.CORRECT


def told(pairs: list[tuple[str, str]], name: str, *, wanted: bool) -> list[tuple[str, str]]:
    """The pairs, with the name in them, whose verdict is another than wanted."""
    filled = [(gold.replace("{f}", name), answer.replace("{f}", name)) for gold, answer in pairs]
    return [(gold, answer) for gold, answer in filled if correct(answer, gold) is not wanted]


@pytest.mark.parametrize("notation", NOTATIONS.values(), ids=NOTATIONS)
def test_apply_names_keeps_every_name_whole(notation: str) -> None:
    pairs = {name: DIFFERENT[2:] if name in MULTIPLICATIVE else DIFFERENT for name in (*KNOWN, *UNKNOWN)}
    wrong = [told(pairs[name], notation % name, wanted=False) for name in pairs]
    assert not any(wrong), [pair for found in wrong for pair in found]


@pytest.mark.parametrize("name", KNOWN)
def test_apply_names_keeps_a_bare_name_before_a_bracket_whole(name: str) -> None:
    pairs = DIFFERENT[2:] if name in MULTIPLICATIVE else DIFFERENT
    assert not told([pair for pair in pairs if pair[1] != "a{f}"], name, wanted=False)


@pytest.mark.parametrize("notation", NOTATIONS.values(), ids=NOTATIONS)
def test_apply_names_makes_factors_like_any_other(notation: str) -> None:
    wrong = [told(SAME, notation % name, wanted=True) for name in KNOWN]
    assert not any(wrong), [pair for found in wrong for pair in found]


@pytest.mark.parametrize("name", KNOWN)
def test_apply_names_reads_one_function_in_every_notation(name: str) -> None:
    gold = rf"\operatorname{{{name}}}(x)+1"
    refused = [notation for notation in NOTATIONS.values() if not correct(f"{notation % name}(x)+1", gold)]
    assert not refused
    assert correct(rf"\{name}(x)+1", gold)
    assert correct(f"{name}(x)+1", gold)


@pytest.mark.parametrize("name", KNOWN)
def test_apply_names_reads_one_function_by_all_its_names(name: str) -> None:
    assert correct(rf"\operatorname{{{name}}}(x)", rf"\operatorname{{{NAMES[name].name}}}(x)")


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"\Re z", r"\operatorname{Re} z"),
        (r"\Re z", "Re z"),
        (r"\sinh^2 x", r"\operatorname{sh}^2 x"),
        (r"\operatorname{tr} A", r"{\rm tr}\, A"),
        (r"\operatorname{Re}(2+i)", "2"),
        (r"\tan x", r"\mathrm{tg}\,x"),
        (r"\det A", r"\mathrm{det} A"),
    ],
)
def test_apply_names_without_brackets(gold: str, answer: str) -> None:
    assert correct(answer, gold)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        (r"\Re(ab)", r"\Re(a)b"),
        (r"\Im(f(z))", "0"),
        (r"\Im(a)", "0"),
        (r"\Re(z)+y", "z+y"),
        (r"\arg(ab)", r"\arg(a)"),
    ],
)
def test_apply_names_takes_nothing_for_real_whose_real_part_is_taken(gold: str, answer: str) -> None:
    assert not correct(answer, gold)


def test_apply_names_takes_unknowns_for_real_beside_i() -> None:
    assert correct("a", r"\Re(a+bi)")


@pytest.mark.parametrize(
    ("gold", "answer"),
    [("12th", r"12\text{th}"), (r"5^{\text{th}}", "5th"), ("3 cm", r"3{\rm cm}"), ("AB", r"\mathrm{AB}")],
)
def test_apply_names_leaves_other_words_alone(gold: str, answer: str) -> None:
    assert correct(answer, gold)
