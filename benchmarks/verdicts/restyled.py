r"""Golds written another way, which everybody must accept: nothing but typography changes.

Spacing around operators, ``\\dfrac``, ``\\left``/``\\right``, Unicode for commands, a trailing period,
dollars, braces. A style that does not apply to a gold makes no pair.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from benchmarks.verdicts.golds import GoldPair, main, sampled_golds
from benchmarks.verdicts.latex import closing_of, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["pairs"]

_UNICODE = {
    "\\pi": "π",
    "\\theta": "θ",
    "\\alpha": "α",
    "\\beta": "β",
    "\\gamma": "γ",
    "\\lambda": "λ",
    "\\phi": "φ",
    "\\omega": "ω",
    "\\infty": "∞",
    "\\cup": "∪",
    "\\cap": "∩",
    "\\in": "∈",
    "\\le": "≤",
    "\\leq": "≤",
    "\\ge": "≥",
    "\\geq": "≥",
    "\\ne": "≠",
    "\\neq": "≠",
    "\\times": "×",
    "\\cdot": "·",
    "\\pm": "±",
    "-": "−",
    "\\angle": "∠",
    "\\emptyset": "∅",
}
_SUPERSCRIPTS = {"2": "²", "3": "³"}


def pairs() -> list[GoldPair]:
    """Every style of every sampled gold."""
    styles: dict[str, Callable[[str], str | None]] = {
        "spacing": _spaced,
        "dfrac": _dfrac,
        "left-right": _left_right,
        "unicode": _unicode,
        "period": lambda gold: None if gold.rstrip().endswith((".", "?", "!", ";", ":")) else f"{gold}.",
        "dollars": lambda gold: None if "$" in gold or _worded(gold) else f"${gold}$",
        "braces": lambda gold: None if "$" in gold or _worded(gold) else f"{{{gold}}}",
    }
    made = []
    for gold in sampled_golds():
        if _broken(gold):
            continue
        for kind, style in styles.items():
            answer = style(gold)
            if answer is not None and answer != gold:
                made.append(GoldPair(kind=kind, gold=gold, answer=answer))
    return made


def _broken(gold: str) -> bool:
    """A gold that was damaged on its way here: a brace too many or few, a control character, a cut end."""
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", gold):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return True
    return depth != 0 or re.search(r"[\x00-\x09\x0b-\x1f]|[\^_\\]\s*$|[\^_]\n", gold) is not None


def _worded(gold: str) -> bool:
    r"""Words outside ``\\text{...}``: there spaces and hyphens mean something."""
    return (
        re.search(r"(?<![\\A-Za-z])[A-Za-z]{2,}", re.sub(r"\\[A-Za-z]+\s*(?:\{[A-Za-z ]*\})?", "", gold))
        is not None
    )


def _spaced(gold: str) -> str | None:
    """A thin space or a space on both sides of every relation and binary operator, and after every comma."""
    if _worded(gold) or "$" in gold or re.search(r"[<>=!]\s*[<>=]", gold):
        return None
    wide = {"=": " = ", "+": " + ", "<": " < ", ">": " > ", ",": ",\\, ", "(": "( ", ")": " )"}
    # a comma right after a number may be a thousands separator that the tokens did not join: leave those be
    pieces = tokens(gold)
    out = []
    for position, piece in enumerate(pieces):
        around = {
            pieces[position - 1] if position else "",
            pieces[position + 1] if position + 1 < len(pieces) else "",
        }
        if piece == "," and around & {"{", "}", "\\!"}:
            return None
        # \left( and \right) stay joined to their bracket
        bound = position > 0 and pieces[position - 1] in {
            "\\left",
            "\\right",
            "\\big",
            "\\Big",
            "\\bigl",
            "\\bigr",
        }
        out.append(piece if bound else wide.get(piece, piece))
    return "".join(out)


def _dfrac(gold: str) -> str | None:
    return re.sub(r"\\frac(?![A-Za-z])", r"\\dfrac", gold)


def _left_right(gold: str) -> str | None:
    """Every bracket that stands for itself, made to grow."""
    if _worded(gold) or "\\left" in gold or "\\right" in gold or "$" in gold or "\\big" in gold.lower():
        return None
    pieces = tokens(gold)
    changed = list(pieces)
    for position, piece in enumerate(pieces):
        if piece not in {"(", "["} or (position and pieces[position - 1] == "\\sqrt"):
            continue
        end = closing_of(pieces, position)
        if end is None or pieces[end] not in {")", "]"}:
            return None
        changed[position], changed[end] = f"\\left{piece}", f"\\right{pieces[end]}"
    return "".join(changed)


def _ends_root(rest: list[str]) -> bool:
    """Whether a radical sign without a bar would reach just as far: nothing is multiplied behind it."""
    following = next((piece for piece in rest[1:] if not piece.isspace()), "+")
    return rest[0] == "}" and following in {"+", "-", "=", ",", ")", "]", "}", "\\}", "\\right", "<", ">"}


def _unicode(gold: str) -> str | None:
    """Characters for commands, a proper minus, and superscripts for squares and cubes."""
    if _worded(gold) or "$" in gold:
        return None
    pieces = tokens(gold)
    out: list[str] = []
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        following = pieces[position + 1] if position + 1 < len(pieces) else ""
        after = pieces[position + 2] if position + 2 < len(pieces) else ""
        if piece == "^" and following in _SUPERSCRIPTS and out and not out[-1].isspace():
            out.append(_SUPERSCRIPTS[following])
            position += 2
        elif piece == "^" and following == "\\circ":
            out.append("°")
            position += 2
        elif (
            piece == "\\sqrt" and following == "{" and after.isdigit() and _ends_root(pieces[position + 3 :])
        ):
            out.append(f"√{after}")
            position += 4
        else:
            out.append(_UNICODE.get(piece, piece))
            position += 1
    return "".join(out)


if __name__ == "__main__":
    main("restyled", __doc__, pairs, wanted=True)
