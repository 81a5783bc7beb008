r"""Sets of real numbers: inequality, interval and set-builder, with points taken out and points added."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from benchmarks.verdicts.rewriting.material import (
    Rewriting,
    balanced,
    bare,
    distinct_golds,
    letter_swapped,
    picked,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Piece", "RealSet", "dressed", "real_sets", "rewritings", "value_of"]

_LOW, _HIGH = "-\\infty", "\\infty"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Piece:
    """An interval with its ends as text; a point has two equal closed ends."""

    low: str
    high: str
    opened: Literal["(", "["]
    closed: Literal[")", "]"]

    @property
    def point(self) -> bool:
        """Whether it is a single number."""
        return self.low == self.high


@dataclasses.dataclass(frozen=True, kw_only=True)
class RealSet:
    """A gold that is a union of pieces from left to right, and the letter it speaks of (if any)."""

    gold: str
    letter: str
    pieces: tuple[Piece, ...]


_VALUE = re.compile(r"(-?)(?:(\d+(?:\.\d+)?)|\\frac\{(-?\d+)\}\{(\d+)\}|(\d*)\\sqrt\{(\d+)\})")


def value_of(end: str) -> float | None:
    """The number an end is, if it is a plain one."""
    if end in {_LOW, _HIGH}:
        return -math.inf if end == _LOW else math.inf
    found = _VALUE.fullmatch(end.replace(" ", ""))
    if found is None:
        return None
    sign, whole, top, under, times, root = found.groups()
    if whole:
        size = float(Fraction(whole))
    else:
        size = int(top) / int(under) if top else int(times or 1) * math.sqrt(int(root))
    return -size if sign else size


_BUILDER = re.compile(r"\\?\{ ?(\\?[a-z]+) ?(?:\\mid|\||:) ?(.*?) ?\\?\}")
_LETTER = r"(?P<letter>[a-zA-Z]|\\lambda|\\theta|\\alpha)"
_END = r"(?P<{}>[^<>,=]+?)"
_SIGN = r"(?P<{}><|\\le|>|\\ge)(?![a-z])"
_CHAIN = re.compile(
    rf"{_END.format('low')} ?{_SIGN.format('first')} ?{_LETTER}"
    rf" ?{_SIGN.format('second')} ?{_END.format('high')}"
)
_RAY = re.compile(rf"{_LETTER} ?{_SIGN.format('sign')} ?{_END.format('end')}")
_EQUAL = re.compile(rf"{_LETTER} ?= ?{_END.format('end')}")
_INTERVAL = re.compile(r"([(\[]) ?([^,]+?) ?, ?([^,]+?) ?([)\]])")
_OR = re.compile(r",? ?\\text\{ ?,? ?or ?\} ?| or ")


def _chained(text: str) -> tuple[str, Piece] | None:
    found = _CHAIN.fullmatch(text)
    if found and found["first"] in {"<", "\\le"} and found["second"] in {"<", "\\le"}:
        piece = Piece(
            low=found["low"],
            high=found["high"],
            opened="(" if found["first"] == "<" else "[",
            closed=")" if found["second"] == "<" else "]",
        )
        return found["letter"], piece
    ray = _RAY.fullmatch(text)
    if ray:
        sign, end = ray["sign"], ray["end"]
        if sign in {"<", "\\le"}:
            return ray["letter"], Piece(low=_LOW, high=end, opened="(", closed=")" if sign == "<" else "]")
        return ray["letter"], Piece(low=end, high=_HIGH, opened="(" if sign == ">" else "[", closed=")")
    equal = _EQUAL.fullmatch(text)
    if equal:
        return equal["letter"], Piece(low=equal["end"], high=equal["end"], opened="[", closed="]")
    return None


def _spanned(text: str) -> Piece | None:
    found = _INTERVAL.fullmatch(text)
    if found is None or not all(balanced(end) for end in found.groups()[1:3]):
        return None
    low, high = (end.replace("+\\infty", _HIGH) for end in found.groups()[1:3])
    return Piece(
        low=low, high=high, opened="(" if found[1] == "(" else "[", closed=")" if found[4] == ")" else "]"
    )


def _ordered(pieces: tuple[Piece, ...]) -> bool:
    """The ends are plain numbers that rise, so that no two pieces meet unseen."""
    ends = [
        value_of(end)
        for piece in pieces
        for end in ((piece.low,) if piece.point else (piece.low, piece.high))
    ]
    if None in ends:
        return False
    rising = [end for end in ends if end is not None]
    if any(left > right for left, right in itertools.pairwise(rising)):
        return False
    return all(
        value_of(left.high) != value_of(right.low) or (left.closed == ")" and right.opened == "(")
        for left, right in itertools.pairwise(pieces)
    ) and all(piece.point or value_of(piece.low) != value_of(piece.high) for piece in pieces)


def _read(gold: str) -> RealSet | None:
    text = bare(gold)
    builder = _BUILDER.fullmatch(text)
    inner = builder[2] if builder else text
    parts = [part.strip() for part in _OR.split(inner)]
    stated = [_chained(part) for part in parts]
    found = [one for one in stated if one is not None]
    if len(found) == len(parts) and len({letter for letter, _ in found}) == 1:
        letter, pieces = found[0][0], tuple(piece for _, piece in found)
        if builder and builder[1] != letter:
            return None
    else:
        named = re.fullmatch(rf"{_LETTER} ?\\in ?(.+)", text)
        letter, spans = (named["letter"], named[2]) if named else ("", text)
        if "\\cup" not in spans and "infty" not in spans and not named:
            return None  # (1, 2) may be a point
        joined = [_spanned(part.strip()) for part in spans.split("\\cup")]
        pieces = tuple(piece for piece in joined if piece is not None)
        if len(pieces) != len(joined):
            return None
    pieces = tuple(sorted(pieces, key=lambda piece: value_of(piece.low) or 0.0))
    if all(piece.point for piece in pieces) or not _ordered(pieces):
        return None
    return RealSet(gold=gold, letter=letter, pieces=pieces)


def _gold_of(one: RealSet) -> str:
    return one.gold


def real_sets() -> list[RealSet]:
    """The sets among the golds, and some of them with a point added or taken out."""
    found = picked((one for gold in distinct_golds() if (one := _read(gold))), 300, "sets", _gold_of)
    made = [other for one in picked(found, 100, "points", _gold_of) for other in _with_points(one)]
    return found + made


def _with_points(one: RealSet) -> Iterator[RealSet]:
    """A lone point to the right, if there is room; a hole in a ray or a long piece."""
    last = one.pieces[-1]
    letter = one.letter or "x"
    high, low = value_of(last.high), value_of(last.low)
    assert high is not None
    assert low is not None
    if high < math.inf and not last.point:
        beyond = str(math.floor(high) + 2)
        pieces = (*one.pieces, Piece(low=beyond, high=beyond, opened="[", closed="]"))
        yield RealSet(gold=_as_inequality(pieces, letter), letter=letter, pieces=pieces)
        yield RealSet(gold=_as_intervals(pieces), letter="", pieces=pieces)
    if high == math.inf and low > -math.inf:
        hole = str(math.floor(low) + 2)
        pieces = (
            *one.pieces[:-1],
            dataclasses.replace(last, high=hole, closed=")"),
            Piece(low=hole, high=_HIGH, opened="(", closed=")"),
        )
        if len(pieces) == 2:
            sign = ">" if last.opened == "(" else "\\ge"
            gold = f"{letter} {sign} {last.low} \\text{{ and }} {letter} \\ne {hole}"
            yield RealSet(gold=gold, letter=letter, pieces=pieces)
        yield RealSet(gold=_as_intervals(pieces), letter="", pieces=pieces)


def _as_intervals(pieces: tuple[Piece, ...]) -> str:
    return " \\cup ".join(
        f"\\{{{piece.low}\\}}" if piece.point else f"{piece.opened}{piece.low}, {piece.high}{piece.closed}"
        for piece in pieces
    )


def _said(piece: Piece, letter: str) -> str:
    low = "<" if piece.opened == "(" else "\\le"
    high = "<" if piece.closed == ")" else "\\le"
    if piece.point:
        return f"{letter} = {piece.low}"
    if piece.low == _LOW:
        return f"{letter} {high} {piece.high}"
    if piece.high == _HIGH:
        sign = ">" if piece.opened == "(" else "\\ge"
        return f"{letter} {sign} {piece.low}"
    return f"{piece.low} {low} {letter} {high} {piece.high}"


def _as_inequality(pieces: tuple[Piece, ...], letter: str, joint: str = " \\text{ or } ") -> str:
    return joint.join(_said(piece, letter) for piece in pieces)


def _without_point(pieces: tuple[Piece, ...]) -> tuple[str, Piece] | None:
    """(the point, the piece around it) of two pieces that meet in one number."""
    if (
        len(pieces) != 2
        or pieces[0].high != pieces[1].low
        or pieces[0].closed != ")"
        or pieces[1].opened != "("
    ):
        return None
    left, right = pieces
    return left.high, Piece(low=left.low, high=right.high, opened=left.opened, closed=right.closed)


def dressed(pieces: tuple[Piece, ...], letter: str) -> Iterator[tuple[str, str]]:
    """The same set in every dress."""
    kind = "with a point" if any(piece.point for piece in pieces) else "of intervals"
    inequality = _as_inequality(pieces, letter)
    yield f"set {kind} as intervals", _as_intervals(pieces)
    yield f"set {kind} as membership", f"{letter} \\in {_as_intervals(pieces)}"
    yield f"set {kind} as inequalities", inequality
    yield f"set {kind} as a set-builder", f"\\{{{letter} \\mid {inequality}\\}}"
    either = _as_inequality(pieces, letter, " \\lor ")
    yield f"set {kind} as a set-builder", f"\\{{{letter} : {either}\\}}"
    yield f"set {kind} as a set-builder of reals", f"\\{{{letter} \\in \\mathbb{{R}} \\mid {inequality}\\}}"
    other = "t" if letter == "x" else "x"
    yield f"set {kind}, bound letter renamed", f"\\{{{other} \\mid {_as_inequality(pieces, other)}\\}}"
    if len(pieces) > 1:
        turned = pieces[::-1]
        yield f"set {kind}, pieces in another order", _as_intervals(turned)
        yield f"set {kind}, pieces in another order", _as_inequality(turned, letter)
    holed = _without_point(pieces)
    if holed:
        point, around = holed
        yield "set with a hole as a difference", f"{_as_intervals((around,))} \\setminus \\{{{point}\\}}"
        if around.low != _LOW or around.high != _HIGH:
            said = _said(around, letter)
            yield "set with a hole as inequalities", f"{said} \\text{{ and }} {letter} \\ne {point}"
            yield "set with a hole as inequalities", f"{said}, {letter} \\ne {point}"
            yield "set with a hole as a set-builder", f"\\{{{letter} \\mid {said}, {letter} \\neq {point}\\}}"
        else:
            yield "set with a hole as inequalities", f"{letter} \\ne {point}"


def _changed(pieces: tuple[Piece, ...]) -> Iterator[tuple[str, tuple[Piece, ...]]]:
    """One change: an end opened or closed, an end moved, a piece left out, a point left out."""
    for place, piece in enumerate(pieces):
        rest = pieces[:place], pieces[place + 1 :]

        def put(other: Piece, rest: tuple[tuple[Piece, ...], tuple[Piece, ...]] = rest) -> tuple[Piece, ...]:
            return (*rest[0], other, *rest[1])

        if piece.point:
            yield "lone point left out", rest[0] + rest[1]
        if piece.point and re.fullmatch(r"-?\d+", piece.low):
            yield (
                "lone point moved",
                put(dataclasses.replace(piece, low=f"{piece.low}1", high=f"{piece.low}1")),
            )
        if piece.point:
            continue
        if piece.low != _LOW:
            yield (
                "left end opened or closed",
                put(dataclasses.replace(piece, opened="[" if piece.opened == "(" else "(")),
            )
        if piece.high != _HIGH:
            yield (
                "right end opened or closed",
                put(dataclasses.replace(piece, closed="]" if piece.closed == ")" else ")")),
            )
        moved = _moved(piece)
        if moved:
            yield "end moved", put(moved)
        if len(pieces) > 1:
            yield "piece left out", rest[0] + rest[1]


def _moved(piece: Piece) -> Piece | None:
    """The finite end a little further out, so that it is another number but the piece stays one."""
    if piece.high != _HIGH and re.fullmatch(r"\d+", piece.high):
        return dataclasses.replace(piece, high=f"{piece.high}.5")
    if piece.low != _LOW and re.fullmatch(r"-\d+", piece.low):
        return dataclasses.replace(piece, low=f"{piece.low}.5")
    if piece.low != _LOW and piece.high == _HIGH:
        return Piece(low=_LOW, high=piece.low, opened="(", closed=")" if piece.opened == "(" else "]")
    return None


def rewritings() -> Iterator[Rewriting]:
    """Every set in every dress, as it is and with one change."""
    for one in real_sets():
        letter = one.letter or "x"
        free = one.letter and "mid" not in one.gold and "|" not in one.gold and ":" not in one.gold
        for kind, answer in dressed(one.pieces, letter):
            if free and "renamed" in kind:
                continue  # the gold speaks of a letter of the problem
            yield Rewriting(kind=kind, right=True, gold=one.gold, answer=answer)
        for change, pieces in _changed(one.pieces):
            if not pieces:
                continue
            dresses = [dress for dress in dressed(pieces, letter) if "renamed" not in dress[0]]
            for _, answer in picked(dresses, 2, f"{one.gold}{change}", lambda dress: dress[1]):
                yield Rewriting(kind=f"set: {change}", right=False, gold=one.gold, answer=answer)
        if one.letter and not one.gold.strip().startswith(("\\{", "\\left", "{", "$")):
            answer = letter_swapped(_as_inequality(one.pieces, letter), letter, "q")
            yield Rewriting(kind="set: of another letter", right=False, gold=one.gold, answer=answer)
