r"""The simple ways to write a value otherwise: slashes, powers, another order, decimals, mixed numbers."""

from __future__ import annotations

import functools
import random
import re
from fractions import Fraction
from typing import TYPE_CHECKING

from benchmarks.verdicts.golds import sampled_golds
from benchmarks.verdicts.latex import closing_of, parts, tokens
from benchmarks.verdicts.mutations import changed_digit, changed_sign
from benchmarks.verdicts.rewriting.material import Rewriting, balanced, bare, letters_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["WAYS", "rewritings"]

_WORDS = re.compile(r"\\text|\\mathrm|\\mbox|\\begin|\\operatorname|[A-Za-z]{3,}(?<!\\)|\bor\b|\$|%|_|\\%")
_NO_TERMS = re.compile(
    r"[=<>,;:|!]|\\(?:le|ge|ne|in|pm|mp|cup|cap|equiv|pmod|bmod|circ|ldots|dots|int|sum|prod|lim|to)(?![A-Za-z])"
)


def _formula(gold: str) -> str | None:
    """The gold without layout, if it is a single expression without words."""
    text = bare(gold)
    plain = re.sub(r"\\[A-Za-z]+", " ", text)
    if _WORDS.search(plain) or re.search(r"\\(?:text|mathrm|mbox|begin|operatorname|mathbb)", text):
        return None
    return text if not _NO_TERMS.search(text) and balanced(text) else None


def _arguments(pieces: list[str], start: int, count: int) -> tuple[list[str], int] | None:
    """The braced arguments that begin at `start`, and where they end."""
    found = []
    for _ in range(count):
        if start >= len(pieces) or pieces[start] != "{":
            return None
        end = closing_of(pieces, start)
        if end is None:
            return None
        found.append("".join(pieces[start + 1 : end]))
        start = end + 1
    return found, start


def _replaced(text: str, command: str, count: int, made: Callable[[list[str]], str]) -> str | None:
    """`text` with every `command` of `count` arguments written as `made` says, the inner ones first."""
    pieces = tokens(text)
    places = [place for place, piece in enumerate(pieces) if piece == command]
    if not places:
        return None
    place = places[-1]
    before = next((piece for piece in reversed(pieces[:place]) if not piece.isspace()), "")
    if (
        (before[-1:].isdigit() and command == "\\frac")
        or before in {"^", "_"}
        or (before[:1] == "\\" and len(before) > 2)
    ):
        return None
    found = _arguments(pieces, place + 1, count)
    if found is None:
        return None
    arguments, end = found
    text = "".join(pieces[:place]) + made(arguments) + "".join(pieces[end:])
    return _replaced(text, command, count, made) if len(places) > 1 else text


def _slashes(gold: str) -> str | None:
    """``((1)/(2))`` for every fraction, ``1/2`` for a gold that is one."""
    text = _formula(gold)
    if text is None:
        return None
    whole = re.fullmatch(r"(-?)\\frac\{(\d+|[a-z])\}\{(\d+|[a-z])\}", text)
    if whole:
        return "{}{}/{}".format(*whole.groups())
    return _replaced(text, "\\frac", 2, lambda both: f"(({both[0]})/({both[1]}))")


def _powers(gold: str) -> str | None:
    text = _formula(gold)
    if text is None or re.search(r"[A-Za-z]\s*\\sqrt", text):
        return None  # `a(7)^{1/2}` may be a call
    return _replaced(text, "\\sqrt", 1, lambda inner: f"({inner[0]})^{{1/2}}")


def _terms(text: str) -> list[tuple[str, str]] | None:
    """(sign, term) of a sum at the top level."""
    pieces, found, depth = tokens(text), [["+", ""]], 0
    for piece in pieces:
        depth += (piece in {"(", "[", "{", "\\{"}) - (piece in {")", "]", "}", "\\}"})
        if depth == 0 and piece in {"+", "-"}:
            if found[-1][1].strip() or len(found) > 1:
                found.append([piece, ""])
            elif not found[-1][1].strip():
                found[-1][0] = piece
        else:
            found[-1][1] += piece
    listed = [(sign, term.strip()) for sign, term in found]
    if len(listed) < 2 or any(
        not term or term.endswith(("^", "_", "/", "\\cdot", "\\times")) for _, term in listed
    ):
        return None
    return listed


def _sum(terms: list[tuple[str, str]]) -> str:
    text = "".join(f" {sign} {term}" for sign, term in terms).strip()
    return (
        text[2:] if text.startswith("+ ") else text.replace("- ", "-", 1) if text.startswith("- ") else text
    )


def _commuted_terms(gold: str) -> str | None:
    text = _formula(gold)
    terms = (
        _terms(text) if text and "\\log" not in text and "\\ln" not in text and "mod" not in text else None
    )
    # a term that a function or a sign of operation reaches into is no term
    return _sum(terms[::-1]) if terms else None


_FACTORS = re.compile(r"(-?)(\d+)(\\sqrt\{[^{}]+\}|\\pi|[a-z](?:\^\d)?)")


def _commuted_factors(gold: str) -> str | None:
    found = _FACTORS.fullmatch(bare(gold).replace(" ", ""))
    return f"{found[1]}{found[3]} \\cdot {found[2]}" if found else None


def _reversed_list(gold: str) -> str | None:
    """A list or set from its end; its parts are values without words."""
    text = bare(gold)
    opened, listed, closed = parts(text)
    if (
        opened not in {"", "\\{"}
        or len(listed) < 2
        or re.search(r"\$|exists|text|\\cup|dots|=|\\pm|mid|\||:|<|>|\\in|;|[(\[]", text)
    ):
        return None
    bare_parts = [part.lstrip(", ") for part in listed]
    if not all(
        part and (len(part) == 1 or not re.search(r"[A-Za-z]{2}", re.sub(r"\\[A-Za-z]+", "", part)))
        for part in bare_parts
    ):
        return None
    if any(re.fullmatch(r"\d{3}", part) for part in bare_parts[1:]) and "\\{" not in opened:
        return None  # commas that group digits
    return f"{opened}{', '.join(bare_parts[::-1])}{closed}"


_FRACTION = re.compile(r"(-?)\\frac\{(\d{1,4})\}\{(\d{1,4})\}")
_MIXED = re.compile(r"(\d{1,3}) ?\\frac\{(\d{1,3})\}\{(\d{1,3})\}")


def _ratio(gold: str) -> tuple[str, Fraction] | None:
    found = _FRACTION.fullmatch(bare(gold))
    return (found[1], Fraction(int(found[2]), int(found[3]))) if found and int(found[3]) else None


def _decimal(gold: str) -> str | None:
    """The decimal of a fraction that ends within six places."""
    found = _ratio(gold)
    if found is None or (10**6 * found[1]).denominator != 1 or found[1].denominator == 1:
        return None
    return f"{found[0]}{float(found[1]):.6f}".rstrip("0")


def _mixed(gold: str) -> str | None:
    found = _ratio(gold)
    if found is None or found[1] < 1 or found[1].denominator == 1 or found[0]:
        return None
    whole, rest = divmod(found[1].numerator, found[1].denominator)
    return f"{whole}\\frac{{{rest}}}{{{found[1].denominator}}}"


def _improper(gold: str) -> str | None:
    found = _MIXED.fullmatch(bare(gold))
    if found is None or not int(found[3]):
        return None
    amount = int(found[1]) + Fraction(int(found[2]), int(found[3]))
    return f"\\frac{{{amount.numerator}}}{{{amount.denominator}}}"


def _plain_text(gold: str) -> str | None:
    """As it is typed without LaTeX: ``sqrt(2)/2``, ``2*pi``."""
    text = _formula(gold)
    if text is None or "\\" not in text or letters_of(text):
        return None
    text = _replaced(text, "\\frac", 2, lambda both: f"(({both[0]})/({both[1]}))") or text
    text = _replaced(text, "\\sqrt", 1, lambda inner: f"sqrt({inner[0]})") or text
    text = re.sub(r"\\pi(?![A-Za-z])", "pi", text)
    text = re.sub(r"(?<=[\d)])\s*(?=pi|sqrt|\(\()", "*", text)
    return None if "\\" in text or "{" in text else text


WAYS: dict[str, Callable[[str], str | None]] = {
    "slash for a fraction": _slashes,
    "root as a power": _powers,
    "terms commuted": _commuted_terms,
    "factors commuted": _commuted_factors,
    "list reversed": _reversed_list,
    "decimal of a fraction": _decimal,
    "mixed number": _mixed,
    "improper fraction": _improper,
    "plain text": _plain_text,
}
"""Kind -> the gold written that way, or None where it does not apply."""


@functools.cache
def _sampled() -> tuple[str, ...]:
    return tuple(sampled_golds())


def rewritings() -> Iterator[Rewriting]:
    """Every way for every sampled gold, as it is and with a digit or sign changed first."""
    for gold in _sampled():
        for kind, way in WAYS.items():
            answer = way(gold)
            if answer is None:
                continue
            yield Rewriting(kind=kind, right=True, gold=gold, answer=answer)
            for change in (changed_digit, changed_sign):
                other = change(gold, random.Random(f"{kind}:{gold}"))  # noqa: S311  (a sample, no secret)
                wrong = way(other) if other and other != gold else None
                if wrong is not None:
                    yield Rewriting(kind=f"{kind}, of another value", right=False, gold=gold, answer=wrong)
