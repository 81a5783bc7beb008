r"""Golds with one thing changed, which nobody may accept: a digit, a sign, a part left out or added.

A change that would leave the value equal is excluded by construction, not by asking a grader. So no
digit is changed in an exponent or index, in a relation to zero (2x=0 is 3x=0), beside anything periodic,
symmetric, rounded or truncating (sin, \\bmod, \\binom, \\lfloor, |x|), in an arbitrary multiple, or in
layout; no sign is flipped under an even function; no part is dropped that another part repeats, or that
is only a condition. The same seed makes the same answers on every run.
"""

# ruff: noqa: S311  (samples, not secrets)

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from benchmarks.verdicts.golds import GoldPair, main, sampled_golds
from benchmarks.verdicts.latex import parts, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["changed_digit", "changed_sign", "pairs"]

_PERIODIC = (
    r"\\(?:sin|cos|tan|cot|sec|csc|cosh|sech|binom|dbinom|tbinom|choose|bmod|pmod|mod|equiv|lfloor|lceil|gcd|max|min|"
    r"operatorname|mathbb|hspace|vspace|color|phantom|array|mathrm\{cis\}|ldots|dots|cdots|in|exp|sum|prod|int|pm|mp)"
    r"(?![A-Za-z])|\\begin\{array|mod|…|\.\.\.|∈|≡|integer|\bcis\b|[A-Z]_|\\log|\\ln|\|"
)
_UNSAFE = re.compile(_PERIODIC)
_ZERO = re.compile(r"(?<![\d.])0(?![\d.])")
_IMAGINARY_POWER = re.compile(r"(?:i|-1\))\s*\^|e\s*\^")
_PLAIN = re.compile(r"(?:[a-z]=)?-?\d+")
_CONDITION = re.compile(r"\\(?:ne|neq|in|le|leq|ge|geq|leqslant|geqslant|text|mathbb)(?![A-Za-z])|[<>≠∈≤≥]")


def pairs() -> list[GoldPair]:
    """Every change that can be made safely to the sampled golds, at most one of each kind a gold."""
    changes: dict[str, Callable[[str, random.Random], str | None]] = {
        "digit changed": changed_digit,
        "sign flipped": changed_sign,
        "part dropped": _dropped,
        "part added": _added,
    }
    made = []
    for gold in sampled_golds():
        for kind, change in changes.items():
            answer = change(gold, random.Random(f"{kind}:{gold}"))
            if answer is not None and answer != gold:
                made.append(GoldPair(kind=kind, gold=gold, answer=answer))
    return made


def changed_digit(gold: str, chance: random.Random) -> str | None:
    """Another digit in place of one; a number keeps its length, and never gains a leading zero."""
    if _UNSAFE.search(gold) or _ZERO.search(gold) or _IMAGINARY_POWER.search(gold):
        return None
    places = []
    offset, raised = 0, 0
    pieces = tokens(gold)
    for position, piece in enumerate(pieces):
        before = pieces[position - 1] if position else ""
        if piece == "{" and (raised or before in {"^", "_"}):
            raised += 1
        elif piece == "}" and raised:
            raised -= 1
        elif piece[0].isdigit() and not raised and before not in {"^", "_"}:
            places += [offset + index for index, letter in enumerate(piece) if letter.isdigit()]
        offset += len(piece)
    if not places:
        return None
    place = chance.choice(places)
    leading = place == 0 or not (gold[place - 1].isdigit() or gold[place - 1] in ".,")
    others = [digit for digit in "123456789" if digit != gold[place]]
    if not leading and gold[place] != "0":
        others.append("0")
    return gold[:place] + chance.choice(others) + gold[place + 1 :]


def changed_sign(gold: str, chance: random.Random) -> str | None:
    """A plus for a minus, or the other way about; or a minus in front of a positive number or term."""
    if _UNSAFE.search(gold) or _ZERO.search(gold) or _IMAGINARY_POWER.search(gold) or "\\text" in gold:
        return None
    if re.search(r"\)\s*\^|\}\s*\^\s*\{?[2468]|[a-z]{2,}-|-\s*[A-Za-z]{2,}|\d-\d+-\d", gold):
        return None
    signs = [place for place, letter in enumerate(gold) if letter in "+-"]
    if signs:
        place = chance.choice(signs)
        return gold[:place] + ("+" if gold[place] == "-" else "-") + gold[place + 1 :]
    starts = [found.end() for found in re.finditer(r"(?:^|=|[(\[]|\\\{|,)\s*(?=\d|\\d?frac|\\sqrt)", gold)]
    starts = [start for start in starts if start == 0 or not re.search(r"\d,\s*$", gold[:start])]
    if not starts or re.fullmatch(r".*\d\s*:\s*\d.*", gold):
        return None
    place = chance.choice(starts)
    return gold[:place] + "-" + gold[place:]


def _listed(gold: str) -> tuple[str, list[str], str] | None:
    if re.search(
        r"\\(?:ldots|dots|cdots|text\{[^}]{6,})|…|\.\.\.|\\mathbb|∈|\\in(?![a-z])|integer|\\begin|[A-Za-z]{4,}\s",
        gold,
    ):
        return None
    return parts(gold)


def _dropped(gold: str, chance: random.Random) -> str | None:
    """A list, tuple, set or union of at least two, with one part left out."""
    found = _listed(gold)
    if found is None:
        return None
    opened, listed, closed = found
    bare = [re.sub(r"^(?:,|;|\\cup|\\text\s*\{\s*(?:and|or)\s*\})|\\\s|[\s$]", "", part) for part in listed]
    values = {re.sub(r"^[A-Za-z_0-9]+=", "", part) for part in bare}
    if (
        len(bare) < 2
        or len(values) < len(bare)
        or "" in values
        or any(_CONDITION.search(part) for part in bare)
    ):
        return None
    # 'or' may join two ways to write one value
    if re.search(r"\bor\b|\bOR\b", gold) and not all(_PLAIN.fullmatch(part) for part in bare):
        return None
    if "$" in gold or "%" in gold or any(re.search(r"\d", part) is None for part in bare) or "\\pm" in gold:
        return None
    kept = list(listed)
    gone = chance.randrange(len(kept))
    del kept[gone]
    if gone == 0:
        kept[0] = re.sub(r"^(?:,|;|\\cup|\\text\s*\{\s*(?:and|or)\s*\})\s*", "", kept[0])
    return opened + "".join(kept) + closed


def _added(gold: str, chance: random.Random) -> str | None:
    """One more value, which the gold does not hold, behind the last part."""
    if (
        not re.search(r"\d", gold)
        or _CONDITION.search(gold)
        or "$" in gold
        or "\\cup" in gold
        or "\\infty" in gold
    ):
        return None
    found = _listed(gold)
    if found is None:
        return None
    opened, listed, closed = found
    value = chance.choice([number for number in range(2, 100) if str(number) not in gold])
    return f"{opened}{''.join(listed)}, {value}{closed}"


if __name__ == "__main__":
    main("mutations", __doc__, pairs, wanted=False)
