r"""Values with names: components named and unnamed, groups of assignments, labels in words, chains."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from benchmarks.verdicts.rewriting.material import Rewriting, balanced, bare, distinct_golds, picked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["rewritings"]

Point = tuple[str, ...]

_TUPLE = re.compile(r"\(([^()\[\]]+(?:,[^()\[\]]+)+)\)")
_SIMPLE = re.compile(r"-?(?:\d+(?:\.\d+)?|\\frac\{-?\d+\}\{\d+\}|\d*\\sqrt\{\d+\}|\d*\\pi|[a-z]\^?\d?)")
_NAMED = re.compile(r"\(([a-zA-Z](?:, ?[a-zA-Z])+)\) ?= ?(\(.+\))")
_NAMES = ("xy", "ab", "mn", "pq", "xyz", "abc", "xyzw", "abcd")


def _split(inner: str) -> Point | None:
    parts = tuple(part.strip() for part in inner.split(","))
    return parts if all(_SIMPLE.fullmatch(part) for part in parts) else None


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Values:
    """Values for names, as a gold has them."""

    gold: str
    names: tuple[str, ...]
    points: tuple[Point, ...]


def _tuples() -> list[Point]:
    """The points among the golds: every part simple, all of them different."""
    found: dict[Point, None] = {}
    for gold in distinct_golds():
        matched = _TUPLE.fullmatch(bare(gold))
        parts = _split(matched[1]) if matched else None
        if parts and 2 <= len(parts) <= 4 and len(set(parts)) == len(parts):
            found[parts] = None
    return list(found)


def _named() -> Iterator[_Values]:
    """Golds that name their components, then real points under names that golds use."""
    for gold in distinct_golds():
        matched = _NAMED.fullmatch(bare(gold))
        if matched is None:
            continue
        names = tuple(name.strip() for name in matched[1].split(","))
        texts = [text.strip() for text in re.split(r"\\text\{ or \}", matched[2])]
        points = [found[1] for text in texts if (found := _TUPLE.fullmatch(text))]
        split = [parts for point in points if (parts := _split(point)) and not set(names) & set(parts)]
        if len(split) == len(texts) and all(len(parts) == len(names) for parts in split):
            yield _Values(gold=gold, names=names, points=tuple(split))
    points_found = picked(_tuples(), 140, "named")
    for number, point in enumerate(points_found):
        names = next(tuple(n) for n in picked(_NAMES, len(_NAMES), str(point)) if len(n) == len(point))
        if any(name in part for name in names for part in point):
            continue
        group: tuple[Point, ...] = (point,)
        second = next((p for p in points_found[number + 1 :] if len(p) == len(point)), None)
        if number % 3 == 0 and second and not set(second) & set(point):
            group = (point, second)
        yield _Values(gold=_stated(names, group, number), names=names, points=group)


def _plain(point: Point) -> str:
    return f"({', '.join(point)})"


def _assigned(names: Sequence[str], point: Point, joint: str = ", ") -> str:
    return joint.join(f"{name} = {part}" for name, part in zip(names, point, strict=True))


def _stated(names: tuple[str, ...], points: tuple[Point, ...], number: int) -> str:
    """A gold in one of the dresses that golds have."""
    named = f"({', '.join(names)})"
    if number % 2:
        return " \\text{ or } ".join(_assigned(names, point) for point in points)
    if len(points) > 1:
        return f"{named} \\in \\{{{', '.join(map(_plain, points))}\\}}"
    return f"{named} = {_plain(points[0])}"


def _turned(items: Sequence[str]) -> tuple[str, ...]:
    return (*items[1:], items[0])


def _one_point(names: tuple[str, ...], point: Point) -> Iterator[tuple[str, str]]:
    named = f"({', '.join(names)})"
    yield "components named", f"{named} = {_plain(point)}"
    yield "components unnamed", _plain(point)
    yield "components assigned", _assigned(names, point)
    yield "components assigned with and", _assigned(names, point, " \\text{ and } ")
    yield "components assigned in another order", _assigned(_turned(names), _turned(point))
    yield "components named in another order", f"({', '.join(_turned(names))}) = {_plain(_turned(point))}"
    lines = _assigned(names, point, " \\\\ ")
    yield "components in cases", f"\\begin{{cases}} {lines} \\end{{cases}}"


def _some_points(names: tuple[str, ...], points: tuple[Point, ...]) -> Iterator[tuple[str, str]]:
    named = f"({', '.join(names)})"
    listed = ", ".join(map(_plain, points))
    yield "points as members", f"{named} \\in \\{{{listed}\\}}"
    yield "points as a set", f"\\{{{listed}\\}}"
    yield "points as a list", listed
    yield "points in another order", ", ".join(map(_plain, points[::-1]))
    yield "points with or", " \\text{ or } ".join(map(_plain, points))
    yield "points equal a list", f"{named} = {listed}"
    yield "points, each named", ", ".join(f"{named} = {_plain(point)}" for point in points)
    groups = [_assigned(names, point) for point in points]
    yield "groups of assignments with semicolons", "; ".join(groups)
    yield "groups of assignments with or", " \\text{ or } ".join(groups)
    yield "groups of assignments in another order", " \\text{ or } ".join(groups[::-1])
    turned = [_assigned(_turned(names), _turned(point)) for point in points]
    yield "groups of assignments, names in another order", "; ".join(turned)


def _other_points(points: tuple[Point, ...]) -> Iterator[tuple[str, tuple[Point, ...]]]:
    """One change: components swapped or another, a point left out, parts of two points swapped."""
    first, rest = points[0], points[1:]
    if len(set(first)) > 1:
        yield "components swapped", (_turned(first), *rest)
    number = re.fullmatch(r"(-?\d+)", first[0])
    if number:
        yield "another component", ((str(int(number[1]) + 1), *first[1:]), *rest)
    if rest:
        yield "a point left out", rest
        crossed = ((first[0], *rest[0][1:]), (rest[0][0], *first[1:]), *rest[1:])
        yield "components crossed between points", crossed


def _of(values: _Values) -> Iterator[Rewriting]:
    def dressed(points: tuple[Point, ...]) -> Iterator[tuple[str, str]]:
        return _one_point(values.names, points[0]) if len(points) == 1 else _some_points(values.names, points)

    for kind, answer in dressed(values.points):
        yield Rewriting(kind=kind, right=True, gold=values.gold, answer=answer)
    for change, points in _other_points(values.points):
        for _, answer in picked(dressed(points), 3, values.gold + change, lambda dress: dress[1]):
            yield Rewriting(kind=change, right=False, gold=values.gold, answer=answer)
    if len(values.points) == 1:
        other = next(letter for letter in "suw" if letter not in values.names)
        names = (*values.names[:-1], other)
        answer = _assigned(names, values.points[0])
        yield Rewriting(kind="a component of another name", right=False, gold=values.gold, answer=answer)


_LABELS = (
    ("Maximum", "Minimum"),
    ("Max", "Min"),
    ("Area", "Perimeter"),
    ("Boys", "Girls"),
    ("Mean", "Median"),
    ("Sum", "Product"),
    ("Length", "Width"),
    ("First number", "Second number"),
    ("Alice", "Bob"),
    ("Apples", "Pears"),
    ("Volume", "Surface area"),
    ("Distance", "Speed"),
)
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\\frac\{\d+\}\{\d+\}|\d*\\sqrt\{\d+\}|\d+\\pi)")


def _numbers() -> list[str]:
    found = {bare(gold) for gold in distinct_golds()}
    return picked((text for text in found if _NUMBER.fullmatch(text) and balanced(text)), 160, "labels")


def _labelled() -> Iterator[Rewriting]:
    """One value or two with labels in words, and with the labels' words or values changed."""
    numbers = _numbers()
    for number, (one, two) in enumerate(zip(numbers[::2], numbers[1::2], strict=True)):
        label, other = _LABELS[number % len(_LABELS)]
        if one == two:
            continue
        for kind, answer in {
            "label in words with an equals sign": f"\\text{{{label}}} = {one}",
            "label in words with a colon": f"\\text{{{label}: }}{one}",
            "label in plain words": f"{label} = {one}",
            "label in plain words with a colon": f"{label}: {one}",
        }.items():
            yield Rewriting(kind=kind, right=True, gold=one, answer=answer)
            yield Rewriting(kind="label in words left out", right=True, gold=answer, answer=one)
            wrong = answer.replace(one, two)
            yield Rewriting(kind="another value under a label", right=False, gold=one, answer=wrong)
            wrong = answer.replace(label, other)
            yield Rewriting(kind="another label", right=False, gold=answer, answer=wrong)
            break_ = f"\\text{{{label}: }}{one}"
            yield Rewriting(kind="label in words, other dress", right=True, gold=break_, answer=answer)
        yield from _two_labels((label, other), (one, two))


def _two_labels(labels: tuple[str, str], values: tuple[str, str]) -> Iterator[Rewriting]:
    gold = f"\\text{{{labels[0]}: }}{values[0]}, \\text{{{labels[1]}: }}{values[1]}"
    right = {
        "two labels, plain": f"{labels[0]}: {values[0]}, {labels[1]}: {values[1]}",
        "two labels, equals signs": ", ".join(
            f"\\text{{{label}}} = {value}" for label, value in zip(labels, values, strict=True)
        ),
        "two labels in another order": ", ".join(
            f"\\text{{{labels[place]}: }}{values[place]}" for place in (1, 0)
        ),
        "two labels with and": f"\\text{{{labels[0]}: }}{values[0]} \\text{{ and {labels[1]}: }}{values[1]}",
        "two labels left out": f"{values[0]}, {values[1]}",
    }
    wrong = {
        "two labels swapped": f"\\text{{{labels[1]}: }}{values[0]}, \\text{{{labels[0]}: }}{values[1]}",
        "two labels, values swapped": f"{labels[0]}: {values[1]}, {labels[1]}: {values[0]}",
        "two labels, one another": f"\\text{{{labels[0]}: }}{values[0]}, \\text{{Cats: }}{values[1]}",
        "two labels, one left out": f"\\text{{{labels[0]}: }}{values[0]}",
    }
    for said, answers in ((True, right), (False, wrong)):
        for kind, answer in answers.items():
            yield Rewriting(kind=kind, right=said, gold=gold, answer=answer)


def _chains() -> Iterator[Rewriting]:
    """A value at the end of a true chain of equations."""
    whole = [text for text in _numbers() if re.fullmatch(r"\d{2,4}", text)]
    for number, text in enumerate(whole):
        value = int(text)
        factor = next((prime for prime in (2, 3, 5, 7) if value % prime == 0), None)
        worked = f"{factor} \\cdot {value // factor}" if factor else f"{value - 9} + 9"
        name = ("S", "A", "V", "\\text{Area}", "x")[number % 5]
        chain = f"{name} = {worked} = {text}"
        yield Rewriting(kind="chain with its value last", right=True, gold=text, answer=chain)
        yield Rewriting(kind="chain as gold", right=True, gold=chain, answer=text)
        yield Rewriting(kind="chain as gold, named", right=True, gold=chain, answer=f"{name} = {text}")
        other = str(value + 1)
        wrong = f"{name} = {worked.replace('9', '10')} = {other}" if not factor else f"{name} = {other}"
        yield Rewriting(kind="chain with another value", right=False, gold=chain, answer=wrong)
        yield Rewriting(kind="chain with another value", right=False, gold=chain, answer=other)


def rewritings() -> Iterator[Rewriting]:
    """Every rewriting of named values."""
    for values in _named():
        yield from _of(values)
    yield from _labelled()
    yield from _chains()
