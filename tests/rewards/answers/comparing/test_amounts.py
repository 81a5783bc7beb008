"""Amounts: fractions, decimals, bases and exact values."""

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.verdict import Status

EQUAL: Table = {
    "fractions and decimals": [
        (
            r"\frac{1}{2}",
            ["0.5", r"\dfrac{1}{2}", "1/2", r"\frac 1 2", r"\tfrac12", "½", "1⁄2", r"\frac{2}{4}", ".5"],
        ),
        (r"-\frac{1}{2}", [r"\frac{1}{-2}", r"\frac{-1}{2}", "-0.5", "−1/2", r"-(\frac12)"]),
        (r"2\frac{1}{2}", [r"\frac{5}{2}", "2.5", "2 1/2", "2½"]),
        (r"0.\overline{3}", [r"\frac{1}{3}", r"0.\dot{3}", r"0.\bar{3}"]),
        (
            "5",
            ["5.0", "5.", "5.00", "+5", r"{5}", "$5$", r"\left(5\right)", r"\mathbf{5}", r"\displaystyle 5"],
        ),
    ],
    "thousands": [
        ("1000000", ["1,000,000", r"1{,}000{,}000", r"1\,000\,000", "1 000 000", r"1,\!000,\!000"]),
        ("(1,000)", ["1000"]),
        ("1000.99", ["1,000.99", "1000,99"]),
    ],
    "scientific": [
        ("1500", ["1.5e3", r"1.5\cdot 10^3", r"1.5×10^3", r"1.5 \times 10^{3}"]),
        (r"6.02\times 10^{23}", ["6.02e23", "6.02 * 10^23", r"6.02\cdot10^{23}"]),
        (r"2.9 $10^{-23} \mathrm{~s}$", [r"2.9 \times 10^{-23}\text{ s}"]),
    ],
    "bases": [
        ("1010_2", ["(1010)_2", r"1010_{2}"]),
        (r"204_{\text{five}}", ["204_5"]),
        (r"\mathrm{FF}_{16}", ["FF_{16}"]),
    ],
    "exact values": [
        (r"2^{100}", [r"4^{50}"]),
        ("20!", ["2432902008176640000"]),
        (r"\binom{100}{50}", [r"\frac{100!}{50!\,50!}"]),
        (r"\sqrt{3}", ["√3", r"\sqrt3", "根号3", "sqrt(3)", r"3^{1/2}"]),
    ],
    "what is counted in Chinese": [("5", ["5个", "5人", r"5\text{只}", "5元"]), ("50000", ["5万"])],
}

DIFFERENT: Table = {
    "rounding": [
        (r"\pi", ["3.14", "3.14159265", r"\frac{22}{7}"]),
        (r"\frac13", ["0.3", "0.3333333"]),
        ("3.14", ["3.141"]),
        ("3\\times 10^{-8}", ["0.00000004", "0.0", "0"]),
        ("2024", ["2024.1", "2025"]),
        ("2^{64}", ["18446744073709551615", "2^{64}-1"]),
    ],
    "what changes a number in Chinese": [("5", ["6个", "5万", "5折", "5百", "5多", "5打", "5对"])],
    "mixed numbers of 0": [
        (r"0\frac{1}{16}", ["0", r"0\frac{1}{18}"]),
        ("0", [r"0\frac{1}{16}", r"0\frac32"]),
    ],
}


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_amounts_of_one_value_are_equal(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_amounts_of_other_values_differ(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.INCORRECT, decision.reason
