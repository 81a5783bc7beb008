"""Units of measure and currencies: a row for each, with its names and what one is worth in another.

A unit has a canonical text, `cm^2` or `J*K^-1*mol^-1`; anything counted is a unit of its own (`apple`). Exact
factors only: degrees Celsius and Fahrenheit equal nothing but themselves, and no currency converts to
another. Names of multiples (`kilohms`, `µm`) are made from those of their parts.
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from functools import lru_cache
from typing import Final, Literal

__all__ = [
    "CURRENCY_CODES",
    "POWERS",
    "PREFIXES",
    "UNITS",
    "UNIT_LETTERS",
    "Unit",
    "conversion",
    "factor",
    "is_unit",
    "prefixed",
    "unit_name",
    "unit_of",
    "unit_text",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Unit:
    """One unit: its symbol, its size in other units, its names, and the policy that lets one leave it out."""

    symbol: str
    """Its canonical name, which is written in this case alone."""
    size: str = "1"
    """Its size as a number of :attr:`base`, which may be a multiple of pi: `pi/180`."""
    base: str = ""
    """The units that it is measured in; empty for a base unit, `1` for a number."""
    words: str = ""
    """Its other names, in any case, plural forms too."""
    multiples: bool = False
    """It takes the prefixes of powers of ten: `kJ`, `kilojoules`."""
    policy: Literal["optional_units", "optional_percent"] = "optional_units"
    """The policy that lets one side leave it out."""
    before: bool = False
    """A currency: its code may stand before the amount, too."""


UNITS: Final = (
    # Base units.
    Unit("m", words="meter meters metre metres 米", multiples=True),
    Unit("kg", words="kilo kilos kgs 千克 公斤"),
    Unit("s", words="second seconds sec secs 秒", multiples=True),
    Unit("A", words="ampere amperes amp amps", multiples=True),
    Unit("K", words="kelvin kelvins", multiples=True),
    Unit("mol", words="mole moles", multiples=True),
    Unit("B", words="byte bytes", multiples=True),
    Unit("rad", words="radian radians"),
    Unit("degC", words="celsius"),
    Unit("degF", words="fahrenheit"),
    Unit("year", words="years yr yrs 年"),
    Unit("unit", words="units"),
    Unit("percentage point", words="pp"),
    # Derived units.
    Unit("g", "1/1000", "kg", "gram grams gm gms gramme grammes 克", multiples=True),
    Unit("Hz", "1", "s^-1", "hertz", multiples=True),
    Unit("N", "1", "kg*m*s^-2", "newton newtons", multiples=True),
    Unit("J", "1", "kg*m^2*s^-2", "joule joules", multiples=True),
    Unit("W", "1", "kg*m^2*s^-3", "watt watts", multiples=True),
    Unit("Pa", "1", "kg*m^-1*s^-2", "pascal pascals", multiples=True),
    Unit("C", "1", "A*s", "coulomb coulombs", multiples=True),
    Unit("V", "1", "kg*m^2*A^-1*s^-3", "volt volts", multiples=True),
    Unit("F", "1", "A^2*s^4*kg^-1*m^-2", "farad farads", multiples=True),
    Unit("T", "1", "kg*A^-1*s^-2", "tesla teslas", multiples=True),
    Unit("Wb", "1", "kg*m^2*A^-1*s^-2", "weber webers", multiples=True),
    Unit("H", "1", "kg*m^2*A^-2*s^-2", "henry henries henrys", multiples=True),
    Unit("Ω", "1", "kg*m^2*A^-2*s^-3", "ohm ohms", multiples=True),
    Unit("L", "1/1000", "m^3", "l liter liters litre litres 升", multiples=True),
    Unit("Wh", "3600", "kg*m^2*s^-2", multiples=True),
    Unit("mAh", "36/10", "A*s"),
    Unit("eV", "1602176634/10000000000000000000000000000", "kg*m^2*s^-2", multiples=True),
    Unit("cal", "4184/1000", "kg*m^2*s^-2", "calorie calories", multiples=True),
    Unit("bar", "100000", "kg*m^-1*s^-2", "bars", multiples=True),
    Unit("min", "60", "s", "minute minutes mins 分钟"),
    Unit("h", "3600", "s", "hour hours hr hrs 小时"),
    Unit("day", "86400", "s", "days 天"),
    Unit("week", "604800", "s", "weeks"),
    Unit("month", "1/12", "year", "months"),
    Unit("in", "254/10000", "m", "inch inches"),
    Unit("ft", "3048/10000", "m", "foot feet"),
    Unit("yd", "9144/10000", "m", "yard yards yds"),
    Unit("mi", "1609344/1000", "m", "mile miles"),
    Unit("Å", "1/10000000000", "m", "angstrom angstroms"),
    Unit("lb", "45359237/100000000", "kg", "pound pounds lbs"),
    Unit("oz", "45359237/1600000000", "kg", "ounce ounces"),
    Unit("t", "1000", "kg", "ton tons tonne tonnes 吨"),
    Unit("jin", "1/2", "kg"),
    Unit("ha", "10000", "m^2", "hectare hectares"),
    Unit("acre", "40468564224/10000000", "m^2", "acres"),
    Unit("cc", "1/1000000", "m^3", "ccs"),
    Unit("gal", "3785411784/1000000000000", "m^3", "gallon gallons"),
    Unit("atm", "101325", "kg*m^-1*s^-2", "atmosphere atmospheres"),
    Unit("torr", "101325/760", "kg*m^-1*s^-2"),
    Unit("mph", "44704/100000", "m*s^-1"),
    Unit("kph", "5/18", "m*s^-1", "kmh"),
    Unit("bpm"),
    Unit("rpm"),
    # Currencies and their parts.
    Unit("USD", words="dollar dollars usd bucks", before=True),
    Unit("cent", "1/100", "USD", "cents ¢"),
    Unit("EUR", words="euro euros eur", before=True),
    Unit("GBP", words="gbp", before=True),
    Unit("penny", "1/100", "GBP", "pence"),
    Unit("INR", words="rupee rupees rs inr", before=True),
    Unit("CNY", words="yuan rmb cny 元", before=True),
    Unit("RUB", words="ruble rubles rouble roubles", before=True),
    Unit("kopeck", "1/100", "RUB", "kopecks kopek kopeks"),
    Unit("JPY", words="yen jpy", before=True),
)

PREFIXES: Final = {
    "k": ("kilo", 3),
    "M": ("mega", 6),
    "G": ("giga", 9),
    "T": ("tera", 12),
    "h": ("hecto", 2),
    "d": ("deci", -1),
    "c": ("centi", -2),
    "m": ("milli", -3),
    "µ": ("micro", -6),
    "n": ("nano", -9),
    "p": ("pico", -12),
    "f": ("femto", -15),
}
"""The symbol of each prefix, its word and its power of ten."""

_LOCAL: Final = {
    "km": "kms 千米 公里",
    "cm": "cms 厘米",
    "mm": "毫米",
    "µm": "micron microns",
    "mL": "毫升",
    "kPa": "kpa",
    "kcal": "kcals",
}
"""Names of multiples that are not made from those of their parts."""


def _multiple(prefix: str, unit: Unit) -> Unit:
    """A unit with a prefix; in words the vowels of `kilo` and `ohm` run together."""
    word, power = PREFIXES[prefix]
    symbol = prefix + unit.symbol
    words = [word + name for name in unit.words.split() if name.isascii() and len(name) > 1]
    words += [word[:-1] + name for name in unit.words.split() if name[0] == "o"]
    words += [prefix + name for name in unit.words.split() if len(name) == 1 and prefix.islower()]
    if prefix == "µ":
        words.append("u" + unit.symbol)
    size = Fraction(unit.size) * Fraction(10) ** power
    return Unit(symbol, str(size), unit.base or unit.symbol, " ".join([*words, _LOCAL.get(symbol, "")]))


_MULTIPLES: Final = [_multiple(prefix, row) for row in UNITS if row.multiples for prefix in PREFIXES]
_READ: Final = {row.symbol: row for row in (*_MULTIPLES, *UNITS)}
"""Each unit by its symbol; a unit of its own goes before a multiple of another."""

_MARKED: Final = (
    Unit("%", "1/100", "1", policy="optional_percent"),
    Unit("deg", "pi/180", "rad"),
)
"""Units that are written by signs, and read as nodes of their own: :class:`~.Percent`, :class:`~.Degrees`."""

_ALL: Final = _READ | {row.symbol: row for row in _MARKED}

_SIGNS: Final = (
    {"Omega": "Ω"}
    | {"μ" + symbol[1:]: symbol for symbol in _READ if symbol[0] == "µ"}
    | {symbol[:-1] + "\u2126": symbol for symbol in _READ if symbol[-1] == "Ω"}
)
"""Other signs for the same symbols: the Greek letters mu and Omega."""

_WORDS: Final = {word: row.symbol for row in (*_MULTIPLES, *UNITS) for word in row.words.split()}

CURRENCY_CODES: Final = {row.symbol: row.symbol for row in UNITS if row.before} | {"Rs": "INR"}
"""Currency codes and names, which may stand before an amount as well as after it, and their currencies."""

POWERS: Final = {"平方": 2, "立方": 3}
"""Prefixes of units, written in one word with them, and the powers that they mean."""

UNIT_LETTERS: Final = frozenset(name for name in (*_READ, *_WORDS) if len(name) == 1 and name.isascii())
"""Single letters that may be a unit when set upright after a number."""

_IRREGULAR: Final = {"people": "person", "persons": "person"} | {
    "children": "child",
    "men": "man",
    "women": "woman",
    "mice": "mouse",
    "geese": "goose",
    "teeth": "tooth",
}
_ENDINGS: Final = (
    # (plural, singular), the longest first; both get the same name, whether that is a word or not.
    *(("ies", "y"), ("ie", "y"), ("ves", "f"), ("ve", "f"), ("fe", "f")),
    *(
        ("ches", "ch"),
        ("shes", "sh"),
        ("xes", "x"),
        ("sses", "ss"),
        ("oes", "o"),
        ("oe", "o"),
        ("uses", "us"),
        ("use", "us"),
    ),
    *(("ss", "ss"), ("us", "us"), ("is", "is"), ("s", "")),
)


def unit_of(symbol: str) -> Unit | None:
    """Return the row of a unit by its symbol, those of `%` and `deg` included.

    >>> unit_of("deg").size, unit_of("%").policy, unit_of("apple")
    ('pi/180', 'optional_percent', None)
    """
    return _ALL.get(symbol)


def is_unit(word: str) -> bool:
    """Return True if a word is a known unit of measure or currency.

    >>> [is_unit(word) for word in ("cm", "micrometers", "kilohms", "apples", "kJ")]
    [True, True, True, False, True]
    """
    return (
        word in _READ
        or word in _SIGNS
        or word.lower() in _WORDS
        or (word[:2] in POWERS and is_unit(word[2:]))
    )


def unit_name(word: str) -> str:
    """Return the canonical name of one unit or counted thing.

    >>> unit_name("Centimetres"), unit_name("apples"), unit_name("boxes"), unit_name("kilohms")
    ('cm', 'apple', 'box', 'kΩ')
    """
    if word in _READ:
        return word
    lowered = word.lower()
    known = _SIGNS.get(word) or _WORDS.get(lowered)
    if known is not None:
        return known
    if lowered in _READ:
        return lowered
    return _IRREGULAR.get(lowered) or _singular(lowered)


def _singular(noun: str) -> str:
    """One name for a noun in the singular and in the plural."""
    if len(noun) > _SHORTEST_PLURAL:
        for ending, name in _ENDINGS:
            if noun.endswith(ending):
                return noun.removesuffix(ending) + name
    return noun


_SHORTEST_PLURAL: Final = 3


def prefixed(prefix: str, symbol: str) -> str | None:
    r"""Return the unit that two letters side by side are, where one of them is Greek: `\mu m`, `k\Omega`.

    >>> prefixed("mu", "m"), prefixed("k", "Omega"), prefixed("k", "m")
    ('µm', 'kΩ', None)
    """
    if (prefix == "mu") is (symbol == "Omega"):
        return None
    name = ("µ" if prefix == "mu" else prefix) + _SIGNS.get(symbol, symbol)
    return name if name in _READ else None


def unit_text(factors: list[tuple[str, int]]) -> str:
    """Return the canonical text of a product of powers of units.

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


@dataclasses.dataclass(frozen=True, slots=True)
class _Measure:
    """A unit in base units: a number of them, a power of pi in it, and their powers."""

    number: Fraction
    pis: int
    powers: tuple[tuple[str, int], ...]


@lru_cache(maxsize=1024)
def _measure(unit: str) -> _Measure:
    number, pis = Fraction(1), 0
    powers: dict[str, int] = {}
    for part in unit.split("*"):
        name, _, written = part.partition("^")
        power = int(written or 1)
        row = _ALL.get(name)
        base = _measure(row.base) if row is not None and row.base else _Measure(Fraction(1), 0, ((name, 1),))
        size = row.size if row is not None else "1"
        number *= (base.number * Fraction(size.replace("pi", "1"))) ** power
        pis += (base.pis + size.count("pi")) * power
        for basic, exponent in base.powers:
            powers[basic] = powers.get(basic, 0) + exponent * power
    powers.pop("1", None)
    return _Measure(number, pis, tuple(sorted((name, power) for name, power in powers.items() if power)))


_LONGEST: Final = 60


def factor(unit: str, other: str) -> tuple[Fraction, int] | None:
    """Return what one unit is in another: a number and a power of pi; None if they measure different things.

    >>> factor("deg", "rad"), factor("%", "1"), factor("cent", "USD"), factor("cm", "kg")
    ((Fraction(1, 180), 1), (Fraction(1, 100), 0), (Fraction(1, 100), 0), None)
    """
    if unit == other:
        return Fraction(1), 0
    if max(len(unit), len(other)) > _LONGEST:
        return None
    here, there = _measure(unit), _measure(other)
    return (here.number / there.number, here.pis - there.pis) if here.powers == there.powers else None


def conversion(unit: str, other: str) -> Fraction | None:
    """Return the rational factor from `unit` to `other`; None if there is none.

    >>> conversion("m", "cm"), conversion("km*h^-1", "m*s^-1"), conversion("cm", "kg")
    (Fraction(100, 1), Fraction(5, 18), None)
    """
    found = factor(unit, other)
    return found[0] if found is not None and found[1] == 0 else None
