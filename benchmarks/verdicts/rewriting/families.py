r"""Families over the integers: letters renamed, conditions said otherwise, bases moved, dress changed."""

from __future__ import annotations

import dataclasses
import functools
import re
from fractions import Fraction
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

__all__ = ["Family", "families", "linear", "rewritings", "written"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Family:
    """One value, interval or inequality for every integer, as a gold states it."""

    gold: str
    body: str
    letter: str
    """The integer."""
    name: str = ""
    """What the family is of: ``x`` in ``x = k\\pi`` or in a set-builder."""
    builder: bool = False
    """Whether the gold is a set-builder, whose body is all that stands behind the bar."""

    @property
    def shape(self) -> str:
        """``value``, ``interval``, ``inequality`` or ``point``."""
        if re.search(r"<|>|\\le(?![a-z])|\\ge(?![a-z])|\\ne(?![a-z])", self.body):
            return "inequality"
        if _INTERVAL.fullmatch(self.body) is None:
            return "value"
        moving = all(self.letter in letters_of(end) for end in _ends(self.body))
        return "interval" if moving else "point"


_INTEGERS = r"\\in\s*(?:\\math(?:bb|bf)\s*\{?\s*Z\s*\}?|Z)"
_SAID = re.compile(
    rf"[\s,;]*\(?\s*(?:,?\s*\\text\{{[\s,]*(?:where|for)\s*\}}|where|for)?\s*\b([kmnt])\s*{_INTEGERS}\s*\)?\s*$"
    r"|[\s,]*\\text\{,? ?(?:where|for) \}\s*([kmnt])\s*\\text\{ is an integer\.?\}\s*$"
    r"|\s*\\text\{ for (?:any )?integer \}\s*([kmnt])\s*$"
)
_BUILDER = re.compile(r"\\?\{\s*(x|\\alpha|\\beta|\\theta|a)\s*(?:\\mid|\||:)\s*(.*?)\s*\\?\}$")
_NAMED = re.compile(r"(x|y|z|t|a|\\alpha|\\theta)\s*(?:=|\\in(?![a-z]))\s*(.*)$")
_COMPLEX = re.compile(r"\\text|\\cases|;|\\pm|\\mp|\\begin|\\mathbb|\\mid|\\\\[{}]|=")
_INTERVAL = re.compile(r"[(\[][^,]+,[^,]+[)\]]")


def _read(gold: str) -> Family | None:
    text = bare(gold)
    builder = _BUILDER.fullmatch(text)
    inner = builder.group(2) if builder else text
    said = _SAID.search(inner)
    if said is None:
        return None
    letter = next(group for group in said.groups() if group)
    body = inner[: said.start()].strip().rstrip(",")
    name = builder.group(1) if builder else ""
    named = _NAMED.fullmatch(body)
    if named:
        name, body = named.groups()
    body = body.strip()
    if not body or _COMPLEX.search(body) or letter not in letters_of(body):
        return None
    if not _INTERVAL.fullmatch(body) and ("," in body or not balanced(body)):
        return None
    return Family(gold=gold, body=body, letter=letter, name=name, builder=builder is not None)


@functools.cache
def families() -> tuple[Family, ...]:
    """The families over all integers among the golds, and templates over bases and periods of such golds."""
    found = [family for gold in distinct_golds() if (family := _read(gold))]
    return (*found, *_made())


_BASES = (
    Fraction(1, 4),
    Fraction(-1, 3),
    Fraction(5, 6),
    Fraction(1, 2),
    Fraction(-3, 8),
    Fraction(2, 3),
    Fraction(0),
)
_PERIODS = (Fraction(1), Fraction(2), Fraction(1, 2), Fraction(2, 3))


def written(amount: Fraction) -> str:
    r"""`amount` times pi: ``-\\frac{3\\pi}{8}``."""
    if not amount:
        return "0"
    sign, top = ("-" if amount < 0 else ""), abs(amount.numerator)
    over = "\\pi" if top == 1 else f"{top}\\pi"
    return sign + (over if amount.denominator == 1 else f"\\frac{{{over}}}{{{amount.denominator}}}")


def linear(base: Fraction, period: Fraction, letter: str) -> str:
    r"""``\\frac{\\pi}{4} + 2k\\pi``, the base first if there is one."""
    sign, size = ("-" if period < 0 else "+"), abs(period)
    top = letter if size.numerator == 1 else f"{size.numerator}{letter}"
    multiple = f"{top}\\pi" if size.denominator == 1 else f"\\frac{{{top}\\pi}}{{{size.denominator}}}"
    if not base:
        return multiple if sign == "+" else f"-{multiple}"
    return f"{written(base)} {sign} {multiple}"


def _made() -> Iterator[Family]:
    """Bases and periods as the golds have them, in the dresses that the golds have."""
    for number, (base, period) in enumerate((b, p) for b in _BASES for p in _PERIODS):
        letter, name = "kn"[number % 2], ("x", "\\theta", "")[number % 3]
        body = linear(base, period, letter)
        stated = f"{name} = {body}" if name else body
        gold = f"{stated}, {letter} \\in \\mathbb{{Z}}"
        yield Family(gold=gold, body=body, letter=letter, name=name)
        lower, upper = linear(base, period, letter), linear(base + period / 3, period, letter)
        for opened, closed in ("()", "[]", "[)"):
            interval = f"{opened}{lower}, {upper}{closed}"
            gold = f"{interval}, {letter} \\in \\mathbb{{Z}}"
            yield Family(gold=gold, body=interval, letter=letter)
        bounded = f"{lower} < x \\le {upper}"
        gold = f"\\{{x \\mid {bounded}, {letter} \\in \\mathbb{{Z}}\\}}"
        yield Family(gold=gold, body=bounded, letter=letter, name="x", builder=True)
        unequal = f"x \\ne {body}"
        gold = f"\\{{x \\mid {unequal}, {letter} \\in \\mathbb{{Z}}\\}}"
        yield Family(gold=gold, body=unequal, letter=letter, name="x", builder=True)


CONDITIONS = {
    "in symbols": r", {l} \in \mathbb{{Z}}",
    "in symbols, no comma": r"\ ({l} \in \mathbb{{Z}})",
    "in symbols, quad": r",\quad {l}\in\mathbb Z",
    "in bold": r", {l} \in \mathbf{{Z}}",
    "where in symbols": r", \text{{ where }} {l} \in \mathbb{{Z}}",
    "for in symbols": r"\text{{ for }} {l} \in \mathbb{{Z}}",
    "where, an integer": r", \text{{ where }} {l} \text{{ is an integer}}",
    "for any integer": r"\text{{ for any integer }} {l}",
    "for integer": r"\text{{ for integer }} {l}",
    "for every integer": r"\text{{ for every integer }} {l}",
    "for all integers": r"\text{{ for all integers }} {l}",
    "an integer": r", {l} \text{{ is an integer}}",
    "any integer": r", {l} \text{{ is any integer}}",
    "plain where": r", where {l} is an integer",
    "for all in symbols": r", \forall {l} \in \mathbb{{Z}}",
}
"""How people say that a letter is an integer; `{l}` is the letter."""


def _stated(family: Family, body: str, letter: str, said: str) -> str:
    """`body` in the dress of the gold, with the condition `said`."""
    condition = CONDITIONS[said].format(l=letter)
    if family.builder:
        inner = body if family.shape == "inequality" else f"{family.name} = {body}"
        return f"\\{{{family.name} \\mid {inner}{condition}\\}}"
    if family.name and family.shape != "inequality":
        relation = "\\in" if family.shape == "interval" else "="
        return f"{family.name} {relation} {body}{condition}"
    return f"{body}{condition}"


def _other_letter(family: Family) -> str:
    taken = letters_of(family.body) | {family.name}
    free = [letter for letter in "nmktl" if letter not in taken]
    return picked(free, 1, family.gold)[0]


def _renamed(family: Family) -> Iterator[tuple[str, str]]:
    letter = _other_letter(family)
    body = letter_swapped(family.body, family.letter, letter)
    yield f"bound letter renamed: {family.shape}", _stated(family, body, letter, "in symbols")


def _said_otherwise(family: Family) -> Iterator[tuple[str, str]]:
    for said in picked(CONDITIONS, 4, family.gold):
        kind = "condition on an integer in words or symbols"
        yield kind, _stated(family, family.body, family.letter, said)


def _unsaid(family: Family) -> Iterator[tuple[str, str]]:
    """Without the condition, as many write it: the gold says that the letter is an integer."""
    if family.builder:
        return
    stated = _stated(family, family.body, family.letter, "in symbols")
    yield "condition on an integer left out", stated.rpartition(",")[0]


def _undressed(family: Family) -> Iterator[tuple[str, str]]:
    condition = CONDITIONS["in symbols"].format(l=family.letter)
    if family.shape == "value" and family.name:
        yield "family of values without its name", f"{family.body}{condition}"
        yield (
            "family of values as a set",
            f"\\{{ {family.name} \\mid {family.name} = {family.body}{condition} \\}}",
        )
    if family.shape == "value":
        yield "family of values as its set", f"\\{{ {family.body} \\mid {condition[2:]} \\}}"
    if family.shape == "interval":
        lower, upper = _ends(family.body)
        signs = [" < " if sign in "()" else " \\le " for sign in (family.body[0], family.body[-1])]
        chain = f"{lower}{signs[0]}x{signs[1]}{upper}"
        yield "periodic interval as an inequality", f"{chain}{condition}"
        yield "periodic interval as a set", f"\\{{x \\mid {chain}{condition}\\}}"
        yield "periodic interval as a union", f"\\bigcup_{{{family.letter} \\in \\mathbb{{Z}}}} {family.body}"


def _ends(interval: str) -> tuple[str, str]:
    """The two ends of ``(a, b]``."""
    depth = 0
    for place, sign in enumerate(interval):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 1:
            return interval[1:place].strip(), interval[place + 1 : -1].strip()
    return interval[1:-1], ""


_TERM = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<count>\d*)(?P<k1>[a-z]?)\\pi(?P<k2>[a-z]?)"
    r"|\\frac\{(?P<top>\d*)(?P<k3>[a-z]?)\\pi(?P<k4>[a-z]?)\}\{(?P<under>\d+)\}"
    r"|\\frac\{(?P<top2>\d+)\}\{(?P<under2>\d+)\}(?P<k5>[a-z]?)\\pi(?P<k6>[a-z]?))"
)


def parsed(body: str, letter: str) -> tuple[Fraction, Fraction] | None:
    r"""(base, period), both in units of pi, of ``\\frac{\\pi}{4} + 2k\\pi`` and its like."""
    text = body.replace(" ", "")
    base, period, place = Fraction(0), Fraction(0), 0
    while place < len(text):
        found = _TERM.match(text, place)
        if found is None or (place and not found["sign"]):
            return None
        place = found.end()
        amount = Fraction(
            int(found["count"] or found["top"] or found["top2"] or 1),
            int(found["under"] or found["under2"] or 1),
        )
        amount = -amount if found["sign"] == "-" else amount
        letters = "".join(found[group] or "" for group in ("k1", "k2", "k3", "k4", "k5", "k6"))
        if letters == letter:
            period += amount
        elif letters:
            return None
        else:
            base += amount
    return (base, period) if period else None


def _moved(family: Family) -> Iterator[tuple[str, str]]:
    """The same values from another base, with the index negated, as a product, or as two half families."""
    found = parsed(family.body, family.letter) if family.shape == "value" and not family.builder else None
    if found is None:
        return
    base, period = found
    letter, name = family.letter, f"{family.name} = " if family.name else ""
    condition = CONDITIONS["in symbols"].format(l=letter)
    yield "base moved by a period", f"{name}{linear(base + period, period, letter)}{condition}"
    yield "base moved by a period", f"{name}{linear(base - 2 * period, period, letter)}{condition}"
    multiple = linear(Fraction(0), period, letter)
    if base and period > 0:
        turned = written(base) if base < 0 else f"+ {written(base)}"
        yield "base behind the multiple", f"{name}{multiple} {turned}{condition}"
    yield "index negated", f"{name}{linear(base, -period, letter)}{condition}"
    halves = linear(base, 2 * period, letter), linear(base + period, 2 * period, letter)
    yield "two half families", f"{name}{halves[0]} \\text{{ or }} {name}{halves[1]}{condition}"
    if not name:
        yield "two half families", f"{halves[0]}, {halves[1]}{condition}"
    parts = base / period
    if base and parts.denominator > 1:
        factor = written(period / parts.denominator)
        inner = f"{parts.denominator}{letter} {'-' if parts < 0 else '+'} {abs(parts.numerator)}"
        yield "family as a product", f"{name}{factor}({inner}){condition}"


def _altered(family: Family) -> Iterator[tuple[str, str]]:
    """One change of meaning: the base, the period, an end, the numbers that the letter runs through."""
    letter = _other_letter(family)
    for said, condition in (
        ("N", f", {letter} \\in \\mathbb{{N}}"),
        ("even", f", {letter} \\text{{ is even}}"),
    ):
        body = letter_swapped(family.body, family.letter, letter)
        stated = _stated(family, body, letter, "in symbols").replace(
            f", {letter} \\in \\mathbb{{Z}}", condition
        )
        yield f"integers restricted: {said}", stated
    if family.shape == "interval":
        yield from _altered_interval(family)
        return
    found = parsed(family.body, family.letter) if family.shape == "value" else None
    if found is None:
        return
    base, period = found
    changes = {
        "base shifted by half a period": (base + period / 2, period),
        "base shifted by a third of a period": (base + period / 3, period),
        "period doubled": (base, 2 * period),
        "period halved": (base, period / 2),
        "base negated": (-base, period),
    }
    for kind, (other_base, other_period) in changes.items():
        if kind == "base negated" and (2 * base / period).denominator == 1:
            continue  # the same values again
        body = linear(other_base, other_period, letter)
        yield kind, _stated(family, body, letter, "in symbols")
        yield f"{kind}, unsaid", _stated(family, body, letter, "in symbols").rpartition(",")[0]


def _altered_interval(family: Family) -> Iterator[tuple[str, str]]:
    letter = _other_letter(family)
    body = letter_swapped(family.body, family.letter, letter)
    flipped = {"(": "[", "[": "(", ")": "]", "]": ")"}
    opened, closed = f"{flipped[body[0]]}{body[1:]}", f"{body[:-1]}{flipped[body[-1]]}"
    yield "end of a periodic interval", _stated(family, opened, letter, "in symbols")
    yield "end of a periodic interval", _stated(family, closed, letter, "in symbols")
    lower, upper = _ends(family.body)
    found = parsed(upper, family.letter)
    if found is None or parsed(lower, family.letter) is None:
        return
    base, period = found
    other = linear(base + period / 12, period, family.letter)
    shifted = f"{family.body[0]}{lower}, {other}{family.body[-1]}"
    yield "end of a periodic interval moved", _stated(family, shifted, family.letter, "in symbols")
    wider = f"{family.body[0]}{lower}, {linear(base, 2 * period, family.letter)}{family.body[-1]}"
    yield "period of one end doubled", _stated(family, wider, family.letter, "in symbols")


def _progressions() -> Iterator[Rewriting]:
    """Whole numbers at a fixed distance: as a formula, a set-builder and a congruence."""
    for base, period in ((17, 35), (7, 14), (3, 4), (-12, 7), (1, 6), (2, 101), (5, 12)):
        sign = "-" if base < 0 else "+"
        gold = f"x = {period}t {sign} {abs(base)}, t \\in \\mathbb{{Z}}"
        right = {
            "progression renamed": f"x = {period}k {sign} {abs(base)}, k \\in \\mathbb{{Z}}",
            "progression, words": f"x = {period}t {sign} {abs(base)} \\text{{ for any integer }} t",
            "progression moved": f"x = {period}n - {period - base}, n \\in \\mathbb{{Z}}",
            "progression as a set": f"\\{{x \\mid x = {period}k {sign} {abs(base)}, k \\in \\mathbb{{Z}}\\}}",
            "progression as a congruence": f"x \\equiv {base % period} \\pmod{{{period}}}",
        }
        wrong = {
            "progression shifted": f"x = {period}k + {base + 1}, k \\in \\mathbb{{Z}}",
            "progression with another step": f"x = {period + 1}t {sign} {abs(base)}, t \\in \\mathbb{{Z}}",
            "progression of natural numbers": f"x = {period}k {sign} {abs(base)}, k \\in \\mathbb{{N}}",
            "progression as another congruence": f"x \\equiv {(base + 1) % period} \\pmod{{{period}}}",
            "progression, one of it": f"x = {period + base}",
        }
        for said, answers in ((True, right), (False, wrong)):
            for kind, answer in answers.items():
                yield Rewriting(kind=kind, right=said, gold=gold, answer=answer.replace("+ -", "- "))


def rewritings() -> Iterator[Rewriting]:
    """Every rewriting of every family."""
    yield from _progressions()
    for family in families():
        for right, ways in (
            (True, (_renamed, _said_otherwise, _unsaid, _undressed, _moved)),
            (False, (_altered,)),
        ):
            for way in ways:
                for kind, answer in way(family):
                    yield Rewriting(kind=kind, right=right, gold=family.gold, answer=answer)
