r"""One thing in two notations: signs and marks of LaTeX, Unicode, plain text, algebra and data sets."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from typing import TYPE_CHECKING

from benchmarks.verdicts.mutations import changed_digit
from benchmarks.verdicts.rewriting.material import Rewriting, balanced, bare, distinct_golds, picked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["WAYS", "rewritings"]

_NUMBER = r"-?\d+(?:\.\d+)?"
_MATH_WORDS = re.compile(r"\\(?:text|mbox|begin|mathrm|operatorname)|[A-Za-z]{3,}(?<!\\)|\$|%|\t")


def _pure(gold: str) -> str | None:
    """The gold without layout, if it holds no words."""
    text = bare(gold)
    plain = re.sub(r"\\[A-Za-z]+", " ", text)
    if _MATH_WORDS.search(plain) or re.search(r"\\text|\\\\|\^$|[^\W\d_a-zA-Zα-ωΑ-Ω]{3}", text):
        return None
    return text if balanced(text) else None


def _by_pattern(pattern: str, written: str) -> Callable[[str], str | None]:
    """The way that writes the gold as `written` where `pattern` is all of it."""
    found = re.compile(pattern)

    def way(gold: str) -> str | None:
        matched = found.fullmatch(bare(gold))
        return matched.expand(written) if matched else None

    return way


def _everywhere(pattern: str, written: str) -> Callable[[str], str | None]:
    """The way that writes every place of `pattern` in a gold without words as `written`."""
    found = re.compile(pattern)

    def way(gold: str) -> str | None:
        text = _pure(gold)
        return found.sub(written, text) if text and found.search(text) else None

    return way


def _around(before: str, after: str) -> Callable[[str], str | None]:
    """The way that puts a gold without words between two marks."""

    def way(gold: str) -> str | None:
        text = _pure(gold)
        return f"{before}{text}{after}" if text and len(text) > 1 else None

    return way


def _grouped(gold: str) -> str | None:
    text = bare(gold)
    return f"{int(text):,}" if re.fullmatch(r"[1-9]\d{3,8}", text) else None


def _scientific(gold: str) -> str | None:
    found = re.fullmatch(r"([1-9])(\d?)0{4,12}", bare(gold))
    if found is None:
        return None
    power = len(bare(gold)) - 1
    head = f"{found[1]}.{found[2]}" if found[2].strip("0") else found[1]
    return f"{head} \\times 10^{{{power}}}"


def _flipped(gold: str) -> str | None:
    """``3 < x`` for ``x > 3``."""
    turned = {"<": ">", ">": "<", "\\le": "\\ge", "\\ge": "\\le"}
    found = re.fullmatch(r"([a-z]) ?(<|>|\\le|\\ge) ?([^a-z<>=,]+?|\\frac\{-?\d+\}\{\d+\})", bare(gold))
    return f"{found[3]} {turned[found[2]]} {found[1]}" if found else None


def _chain_flipped(gold: str) -> str | None:
    signs = {"<": ">", "\\le": "\\ge"}
    end = r"(-?\d+|-?\\frac\{\d+\}\{\d+\})"
    found = re.fullmatch(rf"{end} ?(<|\\le) ?([a-z]) ?(<|\\le) ?{end}", bare(gold))
    return f"{found[5]} {signs[found[4]]} {found[3]} {signs[found[2]]} {found[1]}" if found else None


def _numeral(written: str) -> Callable[[str], str | None]:
    """The way that writes a numeral and its base as `written`."""

    def way(gold: str) -> str | None:
        found = re.fullmatch(r"(\d+)_\{?(\d+)\}?", bare(gold))
        if found is None or int(max(found[1])) >= int(found[2]):
            return None
        return written.format(found[1], found[2])

    return way


def _both_signs(gold: str) -> str | None:
    found = re.fullmatch(r"(?:([a-z]) ?= ?)?\\pm ?(\d+|\\sqrt\{\d+\}|\\frac\{\d+\}\{\d+\})", bare(gold))
    return f"{found[2]}, -{found[2]}" if found else None


def _joined(joint: str) -> Callable[[str], str | None]:
    """The way that joins a list of plain values by `joint`."""

    def way(gold: str) -> str | None:
        parts = [part.strip() for part in bare(gold).split(",")]
        plain = all(
            re.fullmatch(rf"{_NUMBER}|-?\\frac\{{\d+\}}\{{\d+\}}|-?\d*\\sqrt\{{\d+\}}", part)
            for part in parts
        )
        grouped = any(re.match(r"\d{3}(?!\d)", part) for part in parts[1:])
        return joint.join(parts) if plain and len(parts) == 2 and not grouped else None

    return way


def _repeating(gold: str) -> str | None:
    """The repeating decimal of a fraction over 9, 11, 33 or 99."""
    found = re.fullmatch(r"\\frac\{(\d+)\}\{(9|11|33|99)\}", bare(gold))
    if found is None or Fraction(int(found[1]), int(found[2])).denominator == 1:
        return None
    whole, rest = divmod(int(found[1]), int(found[2]))
    period = 99 // int(found[2]) * rest if found[2] != "9" else rest
    digits = f"{period:02d}" if found[2] != "9" else str(period)
    return f"{whole}.\\overline{{{digits}}}"


def _repeated(gold: str) -> str | None:
    found = re.fullmatch(r"(\d+)\.\\overline\{(\d{1,3})\}", bare(gold))
    if found is None:
        return None
    amount = int(found[1]) + Fraction(int(found[2]), 10 ** len(found[2]) - 1)
    return f"\\frac{{{amount.numerator}}}{{{amount.denominator}}}"


_POLYNOMIAL = re.compile(
    r"(?:[+-]? ?(?:\d+ ?)?(?:[a-z](?:\^(?:\d|\{\d+\}))?)? ?|\((?:[^()a-z]*[a-z][^()a-z]*)\)(?:\^\d)?){2,}"
)


def _algebra(gold: str) -> str | None:
    """A polynomial in one letter expanded or factored, by a computer algebra system."""
    import sympy  # noqa: PLC0415  (not in the peers' environment, and slow to load)

    text = bare(gold).replace("\\cdot", "").replace(" ", "")
    letters = set(re.findall(r"[a-z]", text))
    if len(letters) != 1 or letters & {"e", "i"} or not _POLYNOMIAL.fullmatch(text) or len(text) > 40:
        return None
    spelt = re.sub(r"\^\{?(\d+)\}?", r"**\1", text)
    spelt = re.sub(r"(?<=[\da-z)])(?=[a-z(])", "*", re.sub(r"(\*\*\d)(?=[a-z(])", r"\1*", spelt))
    try:
        value = sympy.sympify(spelt, locals={letter: sympy.Symbol(letter) for letter in letters})
    except (sympy.SympifyError, TypeError, SyntaxError):
        return None
    if not isinstance(value, sympy.Expr):
        return None
    expanded, factored = sympy.expand(value), sympy.factor(value)
    other = factored if sympy.latex(expanded).replace(" ", "") == text or "(" not in text else expanded
    return str(sympy.latex(other)) if other != value or other is expanded else None


def _line(gold: str) -> str | None:
    """``2x - y + 1 = 0`` for ``y = 2x + 1``."""
    found = re.fullmatch(r"y ?= ?(-?\d*)x ?([+-]) ?(\d+)", bare(gold))
    return f"{found[1]}x - y {found[2]} {found[3]} = 0" if found else None


def _cases_rows(gold: str) -> list[list[str]] | None:
    found = re.search(r"\\begin\{cases\}(.*?)\\end\{cases\}", gold, re.DOTALL)
    if found is None:
        return None
    rows = [row.strip() for row in re.split(r"\\\\+", found[1]) if row.strip()]
    split = [[cell.strip(" ,") for cell in row.split("&")] for row in rows]
    known = all(len(cells) == 2 and cells[0] and re.search(r"[<>=]|\\[gln]e", cells[1]) for cells in split)
    return split if known and len(split) > 1 and "text" not in gold and "\t" not in gold else None


def _cases(separator: str, environment: str, *, turned: bool = False) -> Callable[[str], str | None]:
    """The way that writes cases with another mark between value and condition, or from the last one on."""

    def way(gold: str) -> str | None:
        rows = _cases_rows(gold)
        if rows is None:
            return None
        body = " \\\\ ".join(separator.join(row) for row in (rows[::-1] if turned else rows))
        opened, closed = environment.split("…")
        start = gold[: gold.index("\\begin{cases}")]
        rest = gold[gold.index("\\end{cases}") + len("\\end{cases}") :]
        return f"{start}{opened}{body}{closed}{rest}"

    return way


_IN_CASES = "\\begin{cases}…\\end{cases}"

WAYS: dict[str, Callable[[str], str | None]] = {
    "two signs in a row": _everywhere(r"(?<![A-Za-z]{2})(?<!\de)(?<=[\dA-Za-z})]) ?- ?(?=\d)", " + -"),
    "quotes in the box": _around('"', '"'),
    "bold in Markdown": _around("**", "**"),
    "bold in LaTeX": _around("\\mathbf{", "}"),
    "therefore": _around("\\therefore ", ""),
    "digits grouped": _grouped,
    "point behind a whole number": _by_pattern(r"(-?\d+)", r"\1.0"),
    "no zero before the point": _by_pattern(r"(-?)0(\.\d+)", r"\1\2"),
    "scientific": _scientific,
    "superscript in HTML": _everywhere(r"(?<=[a-z\d)])\^(\d)(?!\d)", r"<sup>\1</sup>"),
    "times as a cross": _everywhere(r"\\times(?![A-Za-z])", "\u00d7"),
    "superscript before subscript": _everywhere(r"([a-zA-Z])_(\d|[a-z])\^(\d)", r"\1^\3_\2"),
    "inverse tangent": _everywhere(r"\\arctan(?![A-Za-z])", r"\\tan^{-1}"),
    "inverse sine": _everywhere(r"\\arcsin(?![A-Za-z])", r"\\sin^{-1}"),
    "inverse cosine": _everywhere(r"\\arccos(?![A-Za-z])", r"\\cos^{-1}"),
    "natural logarithm": _everywhere(r"\\ln ?(\d+)(?![\d^.])", r"\\log_e \1"),
    "function by operatorname": _everywhere(r"\\(sin|cos|tan|ln|log)(?![A-Za-z])", r"\\operatorname{\1}"),
    "function in roman": _everywhere(r"\\(sin|cos|tan|ln)(?![A-Za-z])", r"\\mathrm{\1}"),
    "root as a power": _everywhere(r"(?<![\dA-Za-z] )(?<![\dA-Za-z])\\sqrt\[(\d)\]\{(\d+)\}", r"\2^{1/\1}"),
    "over": _by_pattern(r"(-?)\\frac\{([^{}]+)\}\{([^{}]+)\}", r"\1{\2 \\over \3}"),
    "divided by": _by_pattern(r"\\frac\{(\d+)\}\{(\d+)\}", r"\1 \\div \2"),
    "binomial as choose": _everywhere(r"\\[dt]?binom\{(\w+)\}\{(\w+)\}", r"{\1 \\choose \2}"),
    "binomial as C": _everywhere(r"\\[dt]?binom\{(\w+)\}\{(\w+)\}", r"C_{\1}^{\2}"),
    "binomial with indices": _everywhere(r"\\[dt]?binom\{(\w+)\}\{(\w+)\}", r"{}_{\1}C_{\2}"),
    "bars with names": _everywhere(r"\|([a-z])\|", r"\\lvert \1 \\rvert"),
    "union as a letter": _everywhere(r" ?\\cup ?", "U"),
    "inequality from the right": _flipped,
    "chain from the right": _chain_flipped,
    "both signs listed": _both_signs,
    "list with and": _joined(" \\text{ and } "),
    "list with or": _joined(" \\text{ or } "),
    "list in plain words": _joined(" and "),
    "list with a semicolon": _joined("; "),
    "percent in a word": _by_pattern(rf"({_NUMBER}) ?\\?%", r"\1 \\text{ percent}"),
    "percent in plain text": _by_pattern(rf"({_NUMBER}) ?\\?%", r"\1 percent"),
    "dollars in a word": _by_pattern(rf"\\\$ ?({_NUMBER})", r"\1 \\text{ dollars}"),
    "named by a letter": _by_pattern(rf"({_NUMBER}|-?\\frac\{{\d+\}}\{{\d+\}})", r"x = \1"),
    "name left out": _by_pattern(rf"[a-zA-Z] ?= ?({_NUMBER}|-?\\frac\{{\d+\}}\{{\d+\}})", r"\1"),
    "repeating decimal": _repeating,
    "fraction for a repeating decimal": _repeated,
    "polynomial expanded or factored": _algebra,
    "line with everything on one side": _line,
    "imaginary part first": _by_pattern(r"(\d+) ?- ?(\d+)i", r"-\2i + \1"),
    "base in braces": _numeral("{}_{{{}}}"),
    "base in brackets": _numeral("{}_{{({})}}"),
    "numeral in brackets": _numeral("({})_{{{}}}"),
    "ratio as a fraction": _by_pattern(r"([1-9]\d*) ?: ?(\d)", r"\\frac{\1}{\2}"),
    "ratio in words": _by_pattern(r"([1-9]\d*) ?: ?(\d)", r"\1 \\text{ to } \2"),
    "matrix in square brackets": lambda gold: (
        gold.replace("{pmatrix}", "{bmatrix}") if "{pmatrix}" in gold else None
    ),
    "congruence in plain words": _by_pattern(
        r"([a-z]) ?\\equiv ?(\d+) ?\\pmod ?\{?(\d+)\}?", r"\1 ≡ \2 (mod \3)"
    ),
    "cases with if": _cases(", & \\text{if } ", _IN_CASES),
    "cases with for": _cases(" & \\text{for } ", _IN_CASES),
    "cases without a mark": _cases(" & ", _IN_CASES),
    "cases from the last on": _cases(", & ", _IN_CASES, turned=True),
    "cases as an array": _cases(", & ", "\\left\\{\\begin{array}{ll}…\\end{array}\\right."),
}
"""Kind -> the gold in that notation, or None where it does not apply."""

_EACH = 150


def rewritings() -> Iterator[Rewriting]:
    """Every notation for the golds it applies to, and for a gold with one digit changed."""
    for kind, way in WAYS.items():
        applied = [(gold, answer) for gold in distinct_golds() if (answer := way(gold)) is not None]
        for gold, answer in picked(applied, _EACH, kind):
            yield Rewriting(kind=kind, right=True, gold=gold, answer=answer)
            other = changed_digit(gold, random.Random(f"{kind}:{gold}"))  # noqa: S311  (a sample, no secret)
            wrong = way(other) if other and other != gold else None
            if wrong is not None:
                yield Rewriting(kind=f"{kind}, of another value", right=False, gold=gold, answer=wrong)
