"""Units of measure and currencies: how they are written, and what one is worth in another.

A unit has a canonical text, `cm^2` or `J*K^-1*mol^-1`; anything counted is a unit of its own (`apple`). Exact
factors only: degrees Celsius and Fahrenheit equal nothing but themselves, and no currency converts to
another.
"""

# ruff: noqa: PLR0911 - one branch for each kind of thing that is written
# ruff: noqa: PLR2004 - counts of parts say what they are

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Final

__all__ = ["CURRENCY_CODES", "POWERS", "UNIT_LETTERS", "conversion", "is_unit", "unit_name", "unit_text"]

_DIMENSIONS: Final = ("m", "kg", "s", "A", "K", "mol", "B")

_SI: Final[dict[str, tuple[str, str]]] = {
    # symbol: (factor in SI, dimensions as exponents of m kg s A K mol byte)
    "m": ("1", "1"),
    "g": ("1/1000", "0 1"),
    "s": ("1", "0 0 1"),
    "A": ("1", "0 0 0 1"),
    "K": ("1", "0 0 0 0 1"),
    "mol": ("1", "0 0 0 0 0 1"),
    "Hz": ("1", "0 0 -1"),
    "N": ("1", "1 1 -2"),
    "J": ("1", "2 1 -2"),
    "W": ("1", "2 1 -3"),
    "Pa": ("1", "-1 1 -2"),
    "C": ("1", "0 0 1 1"),
    "V": ("1", "2 1 -3 -1"),
    "F": ("1", "-2 -1 4 2"),
    "T": ("1", "0 1 -2 -1"),
    "Wb": ("1", "2 1 -2 -1"),
    "H": ("1", "2 1 -2 -2"),
    "Ω": ("1", "2 1 -3 -2"),
    "L": ("1/1000", "3"),
    "l": ("1/1000", "3"),
    "eV": ("1602176634/10000000000000000000000000000", "2 1 -2"),
    "cal": ("4184/1000", "2 1 -2"),
    "bar": ("100000", "-1 1 -2"),
    "B": ("1", "0 0 0 0 0 0 1"),
}
_PREFIXES: Final = {
    "k": 3,
    "M": 6,
    "G": 9,
    "T": 12,
    "h": 2,
    "d": -1,
    "c": -2,
    "m": -3,
    "µ": -6,
    "u": -6,
    "n": -9,
    "p": -12,
    "f": -15,
}

_OTHER: Final[dict[str, tuple[str, str]]] = {
    "min": ("60", "0 0 1"),
    "h": ("3600", "0 0 1"),
    "day": ("86400", "0 0 1"),
    "week": ("604800", "0 0 1"),
    "in": ("254/10000", "1"),
    "ft": ("3048/10000", "1"),
    "yd": ("9144/10000", "1"),
    "mi": ("1609344/1000", "1"),
    "lb": ("45359237/100000000", "0 1"),
    "oz": ("45359237/1600000000", "0 1"),
    "t": ("1000", "0 1"),
    "ha": ("10000", "2"),
    "acre": ("40468564224/10000000", "2"),
    "atm": ("101325", "-1 1 -2"),
    "gal": ("3785411784/1000000000000", "3"),
    "mph": ("44704/100000", "1 0 -1"),
    "kph": ("5/18", "1 0 -1"),
    "Å": ("1/10000000000", "1"),
    "jin": ("1/2", "0 1"),
}
_PARTS: Final = {
    "cent": ("USD", Fraction(1, 100)),
    "penny": ("GBP", Fraction(1, 100)),
    "month": ("year", Fraction(1, 12)),
}

_ALIASES: Final = {
    alias: name
    for name, aliases in {
        "m": "meter meters metre metres 米",
        "km": "kilometer kilometers kilometre kilometres kms 千米 公里",
        "cm": "centimeter centimeters centimetre centimetres cms 厘米",
        "mm": "millimeter millimeters millimetre millimetres 毫米",
        "nm": "nanometer nanometers",
        "in": "inch inches",
        "ft": "foot feet",
        "yd": "yard yards yds",
        "mi": "mile miles",
        "g": "gram grams 克",
        "kg": "kilogram kilograms kgs kilo kilos 千克 公斤",
        "mg": "milligram milligrams",
        "t": "ton tons tonne tonnes 吨",
        "lb": "pound pounds lbs",
        "oz": "ounce ounces",
        "s": "second seconds sec secs 秒",
        "min": "minute minutes mins 分钟",
        "h": "hour hours hr hrs 小时",
        "day": "days 天",
        "week": "weeks",
        "month": "months",
        "year": "years yr yrs 年",
        "L": "liter liters litre litres 升",
        "mL": "milliliter milliliters millilitre millilitres 毫升",
        "gal": "gallon gallons",
        "acre": "acres",
        "ha": "hectare hectares",
        "Hz": "hertz",
        "N": "newton newtons",
        "J": "joule joules",
        "W": "watt watts",
        "V": "volt volts",
        "A": "ampere amperes amp amps",
        "Pa": "pascal pascals",
        "K": "kelvin kelvins",
        "mol": "mole moles",
        "C": "coulomb coulombs",
        "Ω": "ohm ohms",
        "rad": "radian radians",
        "degC": "celsius",
        "degF": "fahrenheit",
        "USD": "dollar dollars usd bucks",
        "cent": "cents ¢",
        "EUR": "euro euros eur",
        "GBP": "gbp",
        "INR": "rupee rupees rs inr",
        "CNY": "yuan rmb cny 元",
        "RUB": "ruble rubles rouble roubles",
        "JPY": "yen jpy",
        "unit": "units",
        "percentage point": "pp",
    }.items()
    for alias in aliases.split()
}

_CURRENCY_NAMES: Final = frozenset({"USD", "EUR", "GBP", "INR", "CNY", "RUB", "JPY"})

CURRENCY_CODES: Final = {name: name for name in _CURRENCY_NAMES} | {"Rs": "INR"}
"""Currency codes and names, which may stand before an amount as well as after it, and their currencies."""

_CURRENCIES: Final = _CURRENCY_NAMES | {"cent"}

POWERS: Final = {"平方": 2, "立方": 3}
"""Prefixes of units, written in one word with them, and the powers that they mean."""

UNIT_LETTERS: Final = frozenset("m g s A K N J W C V F T L l h t B H")
"""Single letters that may be a unit when set upright after a number."""


def _prefixed(symbol: str) -> tuple[Fraction, str] | None:
    """An SI symbol with its prefix, as its factor and its dimensions."""
    if symbol in _SI:
        factor, dimensions = _SI[symbol]
        return Fraction(factor), dimensions
    head, rest = symbol[:1], symbol[1:]
    if head in _PREFIXES and rest in _SI:
        factor, dimensions = _SI[rest]
        return Fraction(factor) * Fraction(10) ** _PREFIXES[head], dimensions
    return None


def is_unit(word: str) -> bool:
    """Return True if a word is a known unit of measure or currency.

    >>> [is_unit(word) for word in ("cm", "centimeters", "apples", "kJ")]
    [True, True, False, True]
    """
    return (
        word in _OTHER
        or word.lower() in _ALIASES
        or word in _CURRENCIES
        or word in _PARTS
        or word == "rad"
        or bool(_prefixed(word))
        or (word[:2] in POWERS and is_unit(word[2:]))
    )


def unit_name(word: str) -> str:
    """The canonical name of one unit or counted thing.

    >>> unit_name("Centimetres"), unit_name("apples"), unit_name("kJ"), unit_name("boxes")
    ('cm', 'apple', 'kJ', 'box')
    """
    if word in _OTHER or word in _CURRENCIES or _prefixed(word):
        return word
    lowered = word.lower()
    if lowered in _ALIASES:
        return _ALIASES[lowered]
    if lowered in _OTHER:
        return lowered
    if lowered in {"people", "persons"}:
        return "person"
    if lowered.endswith(("ches", "shes", "xes", "sses")):
        return lowered[:-2]
    if lowered.endswith("s") and len(lowered) > 3 and not lowered.endswith("ss"):
        return lowered[:-1]
    return lowered


def unit_text(factors: list[tuple[str, int]]) -> str:
    """The canonical text of a product of powers of units.

    >>> unit_text([("s", -1), ("m", 1)]), unit_text([("cm", 2)])
    ('m*s^-1', 'cm^2')
    """
    powers: dict[str, int] = {}
    for name, power in factors:
        powers[name] = powers.get(name, 0) + power
    return "*".join(
        name if power == 1 else f"{name}^{power}"
        for name, power in sorted(powers.items(), key=lambda item: (item[1] < 0, item[0]))
        if power
    )


@lru_cache(maxsize=1024)
def _measure(unit: str) -> tuple[Fraction, tuple[tuple[str, int], ...]]:
    """The factor to base units, and the base units with their powers."""
    factor = Fraction(1)
    powers: dict[str, int] = {}
    for part in unit.split("*"):
        name, _, written = part.partition("^")
        power = int(written or 1)
        known = _OTHER.get(name)
        measure = (Fraction(known[0]), known[1]) if known else _prefixed(name)
        if measure:
            factor *= measure[0] ** power
            for dimension, exponent in zip(_DIMENSIONS, measure[1].split(), strict=False):
                powers[dimension] = powers.get(dimension, 0) + int(exponent) * power
        else:
            base, share = _PARTS.get(name, (name, Fraction(1)))
            factor *= share**power
            powers[base] = powers.get(base, 0) + power
    return factor, tuple(sorted((name, power) for name, power in powers.items() if power))


def conversion(unit: str, other: str) -> Fraction | None:
    """Return the factor from `unit` to `other`; None if they do not measure the same thing.

    >>> conversion("m", "cm"), conversion("km*h^-1", "m*s^-1"), conversion("cm", "kg")
    (Fraction(100, 1), Fraction(5, 18), None)
    """
    if unit == other:
        return Fraction(1)
    if max(len(unit), len(other)) > 60:
        return None
    here, there = _measure(unit), _measure(other)
    return here[0] / there[0] if here[1] == there[1] else None
