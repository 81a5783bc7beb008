"""Amounts with units: percentages, angles, measures, money."""

from __future__ import annotations

import pytest
from verdict_tables import Table, decided, rows

from rewards.answers.question import Policy
from rewards.verdict import Status

EQUAL: Table = {
    "per cent": [
        (r"50\%", ["0.5", "50 percent", "50", r"\frac12", r"50\text{ percent}", "50 pct"]),
        (r"\frac{1}{4}", [r"25\%"]),
        ("50", [r"50.0\%"]),
    ],
    "units": [
        (r"5\text{ cm}", ["5 cm", "5cm", r"5\text{ centimeters}", "0.05 m", "5", r"50\,\mathrm{mm}"]),
        (
            "12",
            [r"12\text{ apples}", r"12\text{ cm}^2", r"12\mbox{ inches}", "12 square units", r"\$12", "€12"],
        ),
        ("60", [r"60^{\circ}", "60°", r"60^\text{\circ}", "60 degrees"]),
        (r"60^\circ", ["60", r"\frac{\pi}{3}"]),
        (r"9.8\ \mathrm{m/s^2}", ["9.8 m/s^2", r"9.8\,\mathrm{m}\cdot\mathrm{s}^{-2}", r"9.8\text{ m/s}^2"]),
        ("36 km/h", ["10 m/s"]),
        ("2 h 30 min", ["2.5 hours", "150 minutes", r"2\text{ h }30\text{ min}"]),
        (r"\$1,234.50", ["1234.5", r"\$1{,}234.50", "1234.50 dollars", "1234.5 USD"]),
        ("0.75", [r"75\text{ cents}"]),
        ("3000000", [r"3\text{ million}"]),
    ],
    "angles": [
        (r"180^\circ - 3t", [r"(180-3t)^\circ", "180 - 3t", r"-3t + 180^\circ"]),
        (r"(90 + \beta)^\circ", [r"90^\circ + \beta"]),
        (r"120 - \frac{\beta}{3}", [r"120^\circ - \frac{\beta}{3}"]),
        (r"\pi - 2t", [r"180^\circ - 2t"]),
        (r"150^\circ", [r"\frac{5\pi}{6}", r"\frac{5\pi}{6}\text{ radians}"]),
        (r"\frac{5\pi}{6}\text{ radians}", [r"150^\circ", r"\frac{5\pi}{6}"]),
        (r"-40^\circ", ["-40"]),
    ],
    "parts of units": [
        (r"3\text{ cm}^3", [r"3\text{ cc}", r"3\text{ mL}"]),
        (r"\$1.20", [r"120\text{ cents}"]),
    ],
}

DIFFERENT: Table = {
    "units": [
        (r"5\text{ cm}", [r"5\text{ m}", "5 kg", "6 cm"]),
        (r"25^\circ\text{C}", [r"25^\circ\text{F}"]),
        (r"\$5", [r"5\text{ cents}", "€5"]),
        (r"2\text{ h }30\text{ min}", [r"2\text{ h }45\text{ min}"]),
        ("3:00 PM", ["3:00 AM"]),
        (r"28\%", ["2800", "0.0028", r"29\%"]),
        ("0.28", ["28"]),
        ("5", ["5x", "5m", "500"]),
    ],
    "angles": [
        (r"180^\circ - 3t", ["180 - 2t", r"180^\circ + 3t", r"180^\circ", r"\pi - 2t"]),
        (r"150^\circ", [r"\frac{\pi}{6}", r"150\text{ radians}", r"\frac{5}{6}", r"150\%"]),
        (r"\frac{5\pi}{6}", ["150", r"50^\circ"]),
        (r"40\text{ radians}", [r"40^\circ"]),
    ],
    "parts of units": [
        (r"120\text{ cents}", ["1.2", r"\$120"]),
        ("120", [r"12000\text{ cents}\text{ cents}", r"\$1.20", r"0.12\%"]),
        (r"0.4\%", ["0.4"]),
        ("8", [r"8\text{th}"]),
    ],
}


@pytest.mark.parametrize(("gold", "answer"), rows(EQUAL))
def test_quantities_that_measure_the_same_are_equal(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.CORRECT, decision.reason


@pytest.mark.parametrize(("gold", "answer"), rows(DIFFERENT))
def test_quantities_that_measure_something_else_differ(gold: str, answer: str) -> None:
    decision = decided(answer, gold)
    assert decision.status is Status.INCORRECT, decision.reason


@pytest.mark.parametrize(
    ("policy", "gold", "omitting", "converted"),
    [
        (Policy(optional_percent=False), r"35\%", "35", "0.35"),
        (Policy(optional_units=False), r"35\text{ cm}", "35", r"350\text{ mm}"),
        (Policy(optional_units=False), r"60^\circ", "60", r"\frac{\pi}{3}"),
    ],
)
def test_policy_forbids_to_leave_a_unit_out_but_not_to_convert_it(
    policy: Policy, gold: str, omitting: str, converted: str
) -> None:
    for one, other in ((gold, omitting), (omitting, gold)):
        assert decided(one, other, policy).status is Status.INCORRECT
    assert decided(converted, gold, policy).status is Status.CORRECT
