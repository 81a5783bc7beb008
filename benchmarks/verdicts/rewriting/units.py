r"""Units spelt out and abbreviated, degrees and radians marked; and the same with another unit or number."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from benchmarks.verdicts.rewriting.families import written
from benchmarks.verdicts.rewriting.material import Rewriting, bare, distinct_golds, picked

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SPELLINGS", "rewritings"]

SPELLINGS: dict[str, tuple[str, ...]] = {
    "cm": ("centimeters", "centimetres", "centimeter"),
    "mm": ("millimeters", "millimetres"),
    "m": ("meters", "metres"),
    "km": ("kilometers", "kilometres"),
    "in": ("inches",),
    "ft": ("feet",),
    "yd": ("yards",),
    "mi": ("miles",),
    "cm^2": ("square centimeters", "sq cm", "square cm"),
    "m^2": ("square meters", "sq m", "square metres"),
    "cm^3": ("cubic centimeters", "cubic cm"),
    "m^3": ("cubic meters", "cubic metres"),
    "ft^2": ("square feet", "sq ft"),
    "kg": ("kilograms",),
    "g": ("grams",),
    "mg": ("milligrams",),
    "s": ("seconds", "sec"),
    "min": ("minutes",),
    "h": ("hours", "hr"),
    "L": ("liters", "litres"),
    "mL": ("milliliters", "ml"),
    "km/h": ("kilometers per hour", "km per hour", "kph", "km/hr"),
    "m/s": ("meters per second", "metres per second", "m per s"),
    "mph": ("miles per hour", "miles/hour", "mi/h"),
    "m/s^2": ("meters per second squared",),
    "J": ("joules",),
    "kJ": ("kilojoules",),
    "N": ("newtons",),
    "W": ("watts",),
    "kW": ("kilowatts",),
    "Pa": ("pascals",),
    "V": ("volts",),
    "A": ("amperes", "amps"),
    "\\Omega": ("ohms",),
    "Hz": ("hertz",),
    "K": ("kelvins", "kelvin"),
    "mol": ("moles",),
    "g/cm^3": ("grams per cubic centimeter",),
    "kg/m^3": ("kilograms per cubic meter",),
}
"""Abbreviation -> the ways to spell it out."""

_DIFFERENT = {
    "cm": "mm",
    "mm": "cm",
    "m": "km",
    "km": "m",
    "in": "ft",
    "ft": "in",
    "yd": "ft",
    "mi": "km",
    "cm^2": "cm^3",
    "m^2": "cm^2",
    "cm^3": "m^3",
    "m^3": "m^2",
    "ft^2": "ft",
    "kg": "g",
    "g": "kg",
    "mg": "g",
    "s": "min",
    "min": "h",
    "h": "min",
    "L": "mL",
    "mL": "L",
    "km/h": "m/s",
    "m/s": "km/h",
    "mph": "km/h",
    "m/s^2": "m/s",
    "J": "kJ",
    "kJ": "J",
    "N": "J",
    "W": "kW",
    "kW": "W",
    "Pa": "N",
    "V": "W",
    "A": "V",
    "\\Omega": "V",
    "Hz": "s",
    "K": "J",
    "mol": "g",
    "g/cm^3": "kg/m^3",
    "kg/m^3": "g/cm^3",
}
"""A unit of the same number of things, which the same number of is something else."""


def _numbers(count: int, salt: str) -> list[str]:
    found = {bare(gold) for gold in distinct_golds()}
    return picked((text for text in found if re.fullmatch(r"[1-9]\d{0,3}(?:\.\d+)?", text)), count, salt)


def _upright(unit: str) -> str:
    r"""The unit as LaTeX has it: ``\\text{cm}^2``."""
    base, caret, power = unit.partition("^")
    if "/" in base:
        top, _, under = unit.partition("/")
        return f"\\text{{{top}}}/{_upright(under)}" if under else f"\\text{{{top}}}"
    return base + caret + power if base.startswith("\\") else f"\\text{{{base}}}{caret}{power}"


def _dressed(number: str, unit: str) -> Iterator[tuple[str, str]]:
    upright = _upright(unit)
    yield "unit in text", f"{number}\\ {upright}"
    yield "unit in roman", f"{number} {upright}".replace("\\text", "\\mathrm")
    if len(unit) > 1 and "^" not in unit and "\\" not in unit:  # `3 m` may be a product
        yield "unit in plain text", f"{number} {unit}"
        yield "unit inside its text", f"{number}\\text{{ {unit}}}"
    for spelt in SPELLINGS[unit]:
        yield "unit spelt out", f"{number}\\text{{ {spelt}}}"
        yield "unit spelt out in plain text", f"{number} {spelt}"


def _units() -> Iterator[Rewriting]:
    for turn, unit in enumerate(SPELLINGS):
        for place, number in enumerate(_numbers(6, unit)):
            dresses = list(_dressed(number, unit))
            _, gold = dresses[(turn + place) % len(dresses)]
            for kind, answer in dresses:
                yield Rewriting(kind=kind, right=True, gold=gold, answer=answer)
            yield Rewriting(kind="unit left out", right=True, gold=gold, answer=number)
            other = list(_dressed(number, _DIFFERENT[unit]))
            for _, answer in picked(other, 3, gold):
                yield Rewriting(kind="another unit", right=False, gold=gold, answer=answer)
            longer = f"{number}.5" if "." not in number else f"{number}1"
            for _, answer in picked(_dressed(longer, unit), 2, gold):
                yield Rewriting(kind="another number of a unit", right=False, gold=gold, answer=answer)


_DEGREES = re.compile(r"(\d+(?:\.\d+)?) ?\^ ?\{? ?\\circ ?\}?|(\d+(?:\.\d+)?) ?°")


def _angles() -> Iterator[Rewriting]:
    degrees = {}
    for gold in distinct_golds():
        found = _DEGREES.fullmatch(bare(gold))
        if found:
            degrees[found[1] or found[2]] = gold
    for number, gold in degrees.items():
        right = {
            "degrees in a word": f"{number} \\text{{ degrees}}",
            "degrees in plain text": f"{number} degrees",
            "degree sign": f"{number}°",
            "degrees left out": number,
        }
        wrong = {
            "degrees taken for radians": f"{number} \\text{{ radians}}",
            "degrees taken for minutes": f"{number}'",
            "degrees of another number": f"{number}.5^\\circ" if "." not in number else f"{number}1^\\circ",
        }
        if "." not in number:
            radians = written(Fraction(int(number), 180))
            right["degrees as radians, marked"] = f"{radians} \\text{{ radians}}"
            wrong["degrees as other radians"] = f"{written(Fraction(int(number), 90))} \\text{{ rad}}"
            wrong["radians marked as degrees"] = f"{radians}^\\circ"
            yield from _radians(Fraction(int(number), 180))
        for said, answers in ((True, right), (False, wrong)):
            for kind, answer in answers.items():
                yield Rewriting(kind=kind, right=said, gold=gold, answer=answer)


def _radians(amount: Fraction) -> Iterator[Rewriting]:
    radians = written(amount)
    for kind, answer in {
        "radians in a word": f"{radians} \\text{{ radians}}",
        "radians abbreviated": f"{radians} \\text{{ rad}}",
        "radians in plain text": f"{radians} radians",
    }.items():
        yield Rewriting(kind=kind, right=True, gold=radians, answer=answer)
        yield Rewriting(kind="radians left out", right=True, gold=answer, answer=radians)
        wrong = answer.replace(radians, written(2 * amount))
        yield Rewriting(kind="radians of another number", right=False, gold=radians, answer=wrong)
    wrong = f"{radians}^\\circ"
    yield Rewriting(
        kind="radians taken for degrees", right=False, gold=f"{radians} \\text{{ radians}}", answer=wrong
    )


def rewritings() -> Iterator[Rewriting]:
    """Every rewriting of quantities."""
    yield from _units()
    yield from _angles()
