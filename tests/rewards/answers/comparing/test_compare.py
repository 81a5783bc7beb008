"""Golden tables of the comparison: what meets a gold and what does not, by family."""

# ruff: noqa: RUF001 - signs that look alike are the point

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.answers.comparing.compare import check_gold, compare, trace
from rewards.verdict import Method, Status

EQUAL: Table = {
    "products with a number in brackets": [
        (r"P\cdot 1.05^t", ["P(1.05)^t"]),
        ("3x-3", ["(x-1)(3)"]),
        (r"k+k\sqrt2", [r"k(1+\sqrt2)"]),
    ],
    "damaged golds": [
        ("0. 98.", ["0.98"]),
        (r"[2-\sqrt{3}, 2+\sqrt{3}]}", [r"[2-\sqrt3,2+\sqrt3]"]),
    ],
    "layout and Unicode": [
        (r"\frac{\pi}{2}", ["pi/2", "π/2", r"\pi/2", r"\frac{π}{2}"]),
        ("5", ["5\u200b", "５", r"5 \, ", r"\color{red}{5}", r"\text{Answer: }5", r"\text{five}"]),
        ("x^2", ["x²", "x**2", "x^{2}"]),
        ("3x", ["3*x", r"3\cdot x", "3 x"]),
        (r"\frac{1}{2}", ["\x0crac{1}{2}", r"\\frac{1}{2}"]),
        (r"\boxed{4}", ["4"]),
    ],
}

DIFFERENT: Table = {
    "damaged golds": [("0. 98.", ["98", "0"]), ("36}", ["45", "3"])],
    "notation dropped": [
        ("1010_2", ["1010_3", "1011_2", "1010"]),
        ("f'(x)", ["f(x)"]),
        (r"\angle ABC", [r"\angle ACB"]),
        ("x_1", ["x_2", "x"]),
        (r"\vec{a}", [r"\vec{b}", "a"]),
        (r"x^2+C", ["x^2"]),
        (r"k\pi, k\in\mathbb{Z}", [r"\pi", r"2k\pi", r"k\pi, k\in\mathbb{N}"]),
        (r"n\equiv 1 \pmod 6", [r"n\equiv 1 \pmod 5"]),
    ],
    "functions that fall apart into letters": [
        (r"\operatorname{Re}(zw)", [r"\operatorname{Re}(z)w"]),
        (r"\Re(z^2)", [r"\operatorname{Re}(z)^2"]),
        (r"f\circ g", [r"g\circ f"]),
        (r"(f\circ g)(x)", [r"(g\circ f)(x)", r"x(f\circ g)"]),
        ("E[X^2]", ["E[X]^2"]),
        (r"\max(x^2+1)", ["x^2+1"]),
    ],
    "functions of a number taken for products": [
        (r"I(0)e^{-\frac{t}{RC}}", ["0", "I(0)", r"I(0)e^{-2t/RC}"]),
        ("SU(2)", ["2SU"]),
        ("y(0)=1", ["y(0)=2"]),
    ],
    "not understood": [
        (
            "5",
            [
                "(5",
                "5-",
                "5+",
                "----5",
                r"5^{?}",
                r"\ ",
                "{}",
                r"\frac{5}",
                "NaN",
                "5 5",
                "5 or",
                "5 where",
                r"5\not",
                r"5\text{",
            ],
        )
    ],
}


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_compare_accepts_other_spellings_of_the_gold(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_compare_refuses_what_is_not_the_gold(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.INCORRECT, decision.reason


@pytest.mark.parametrize(
    ("answer", "gold", "method"),
    [
        ("Monday", r"\text{Monday}", Method.STRING),
        ("1,000", "1000.0", Method.NUMBER),
        ("(2,1)", "(1,2)", Method.STRUCTURE),
        ("(x+1)^2", "x^2+2x+1", Method.SYMBOLIC),
    ],
)
def test_compare_decides_by_the_cheapest_tier(answer: str, gold: str, method: Method) -> None:
    decision = decided(answer, gold)
    assert decision.method is method


@pytest.mark.parametrize("gold", ["150^", r"\frac{1}{", "(0, 2-\\sqrt{2}])", "", "   ", r"\quad"])
def test_check_gold_says_what_is_broken(gold: str) -> None:
    assert check_gold(gold)
    decision = decided("5", gold)
    assert decision.status is Status.UNPARSEABLE_GOLD


@pytest.mark.parametrize(
    "gold", ["5", r"1+\sqrt3 i", "4.5e33", "$\\frac12$", "Sergey teaches history in Kaluga", "x^2+C"]
)
def test_compare_never_takes_a_gold_for_a_number_inside_it(gold: str) -> None:
    assert check_gold(gold) is None
    assert decided("1", gold).status is Status.INCORRECT


def test_compare_leaves_integrals_to_the_workers() -> None:
    assert compare(r"\frac{\sqrt{\pi}}{2}", r"\int_0^{\infty} e^{-x^2} dx") is None


def test_the_trace_tells_what_was_read_and_decided() -> None:
    lines = trace("5 is wrong", "5")
    assert "not understood" in lines[1]
    assert "INCORRECT" in lines[-1]
