r"""Letters beside brackets and side by side, settled by the names of gold and answer; the gold decides."""

from __future__ import annotations

import pytest
from decisions import accepted

from rewards.answers.reading.reader import read, read_pair
from rewards.answers.reading.resolve import uses_of
from rewards.answers.tree import syntax as s

X, H = s.Symbol("x"), s.Symbol("h")
TWO = s.Number(2)

SAME = {
    "a factor of the gold before brackets": ("2x", "x(2)"),
    "a factor of the gold before a sum": ("ha + hb", "h(a+b)"),
    "a factor of the gold in a fraction": (r"\frac{h b_1 + h b_2}{2}", r"\frac12 h(b_1+b_2)"),
    "a function of the gold": ("f(x)", r"f{\left(x \right)}"),
    "a growth factor": ("P(1.05)^t", "1.05^t P"),
    "letters apart": ("m g h", "mgh"),
    "letters together": ("mgh", "m g h"),
    "letters with a name": ("mgh", "E = m g h"),
    "capital letters": ("n R T", "nRT"),
    "letters with e": ("b d e", "bde"),
    "a word beside a sign": ("b + an", "an + b"),
    "a word behind an equals sign": ("a_n = b + a n", "a_n = an + b"),
    "a preposition beside a sign": ("P(t) = t a + b", "P(t) = at + b"),
    "letters with subscripts": (r"3\frac{v_Ap_A}{T_A}", r"\frac{3p_Av_A}{T_A}"),
}
DIFFERENT = {
    "a value of a function": ("I(0)e^{-t/RC}", "I(0)e^{-2t/RC}"),
    "nothing for a value": ("I(0)e^{-t/RC}", "0"),
    "a name for its value": ("I", "I(0)"),
    "a factor one for a value": ("I e", "I(1)e"),
    "a group": ("SU(2)", "2SU"),
    "a group the other way round": ("2SU", "SU(2)"),
    "a function of the gold as a factor": ("h(a+b)", "ha + hb"),
    "a function with a sum": ("f(x)+1", r"f{\left(x+1 \right)}"),
    "a probability": ("3P", "P(3)"),
    "a trace": (r"\operatorname{tr}(AB)", r"\operatorname{tr}(A)B"),
    "other letters": ("mgh", "m g k"),
    "fewer letters": ("mgh", "m g"),
    "the letters of another word": ("cat", "dog"),
    "other coefficients": ("an + b", "bn + a"),
    "other subscripts": (r"\frac{3p_Av_B}{T_A}", r"\frac{3p_Av_A}{T_A}"),
}


@pytest.mark.parametrize(("gold", "answer"), SAME.values(), ids=SAME.keys())
def test_resolved_reads_an_answer_as_its_gold_does(gold: str, answer: str) -> None:
    assert accepted(gold, answer)


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_resolved_makes_nothing_equal_that_differs(gold: str, answer: str) -> None:
    assert not accepted(gold, answer)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("x(2)", s.Call(X, (TWO,))),
        ("x(h+2)", s.Product((X, s.Sum((H, TWO))))),
        ("x(2)^h", s.Product((X, s.Power(TWO, H)))),
        ("x(2)^2", s.Power(s.Call(X, (TWO,)), TWO)),
        ("SU(2)", s.Call(s.Symbol("SU"), (TWO,))),
        ("2x(h+2)x", s.Product((TWO, X, s.Sum((H, TWO)), X))),
        ("mgh", s.Text("mgh")),
    ],
)
def test_resolved_reads_a_text_alone_by_its_notation(text: str, tree: s.Node) -> None:
    assert read(text) == tree


def test_resolved_reads_each_side_beside_the_other() -> None:
    gold, answer = read_pair("2x", "3x(2)")
    assert (gold, answer) == (s.Product((TWO, X)), s.Product((s.Number(3), X, TWO)))


def test_uses_of_tells_calls_from_factors() -> None:
    assert uses_of(read("y = x f(x_k)")) == {
        s.Symbol("f"): True,
        X: False,
        s.Symbol("x", (s.Symbol("k"),)): False,
        s.Symbol("k"): False,
    }
