"""Things that a number counts: `12 students`, `3 red marbles`, `5个`.

A word after a number is read only if it plainly counts something: a known unit, a common noun, or a word of
the form of a plural; before it, adjectives that change no number. Every other word (`12 fewer`, `5 fold`,
`3 wrong`) leaves the answer not understood: a word missing here refuses a right answer, and accepts no wrong
one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rewards.answers.notation.units import is_unit, unit_name

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CLASSIFIERS", "counted", "is_counted"]

_NOUNS: Final = frozenset(
    map(
        unit_name,
        """
        ad angle animal apple arrangement bag ball basket bath bead bird block board boat book bottle bowl box
        boy branch bus button cake call candle candy car card case cat ce chair chicken child choice circle
        class cloth club coin color colour column combination cookie cow cube cup customer cycle deck deer
        desk diagonal dice die digit divisor dog door dot doughnut driver edge egg element employee error
        event face factor family fish flower friend fruit function game gift girl glass goal goat graph group
        guest hand head hole horse house integer item key kid king knight lap leaf letter line log loop lot
        man marble match meal member mouse mouth move mu nail number nut object orange outcome page pair path
        pattern pea pear pen pencil people permutation person piece pig pizza place plane plant plate player
        point polygon position prime prize problem question rabbit rectangle region revolution rock rook room
        root rope rose route row sandwich seat section segment sequence set sheep sheet shirt shoe shot side
        sister slice song spot square stamp star state step stick stone story string student subset sweater
        symbol table task teacher team teaspoon term test ticket tile time token tooth toy train tree triangle
        trip triple truck tuple turn value vertex visit vote wall way wheel win window woman word worker youth
        """.split(),
    )
) - {unit_name(word) for word in ("pair", "time", "triple", "number")}
"""Nouns that count in the singular, too, and may stand before another: `1 cake`, `3 children tickets`."""

_COLORS: Final = "black blue brown gold gray green grey orange pink purple red silver white yellow".split()
_ADJECTIVES: Final = frozenset(
    """
    additional adult auxiliary big chocolate complex consecutive different distinct empty equal extra free
    fresh full gold identical integer large little long new old ordered paper plastic possible real regular
    right round short small solid square tall total unique unordered valid whole wooden young
    """.split()
).union(_COLORS)
"""Adjectives of what is counted, which leave its number alone."""

_PLACES: Final = frozenset({("in", "the"), ("of", "the"), ("of", "a"), ("on", "the")})
"""The openings of a place or a whole after what is counted: `students in the class`, `of the cake`."""
_FOLLOWERS: Final = frozenset("altogether left remaining total".split())
"""Words after what is counted that add nothing."""

_NOT_COUNTED: Final = frozenset(
    """
    adds always besides billions counts crores divides does dozens equals exceeds excludes fails gives goes
    grosses halves hers hundreds includes its lakhs makes means millions minus multiplies odds ones others
    ours pairs percents perhaps plus quarters quartiles reciprocals remainders remains scores sometimes
    subtracts tens theirs thirds thousands times towards trillions triples twos unless versus yours
    """.split()
)
"""Words of the form of a plural that change a number, or count nothing."""

CLASSIFIERS: Final = frozenset(
    "个只人元本支条张块棵辆头匹件次天年月名位岁枚颗间层种组套户页题道场步朵瓶箱袋份万亿米克秒吨升"
)
"""Chinese characters that say, each by itself, that a number before them counts, or how large it is."""
_CHANGES: Final = frozenset("不非无没错否或以余约数")
"""Chinese characters that deny or change a number."""

_LONGEST: Final = 24
_SHORTEST: Final = 4
_NO_PLURAL: Final = ("ss", "us", "is", "ths")


def counted(words: Sequence[str]) -> str | None:
    """Return the name of what words after a number count; None where they do not plainly count something.

    >>> counted(["red", "Marbles"]), counted(["marbles", "left"]), counted(["fewer", "marbles"])
    ('red marble', 'marble', None)
    """
    lowered = [word.lower() for word in words]
    while len(lowered) > 1 and lowered[-1] in _FOLLOWERS:
        lowered.pop()
    *before, last = lowered
    if not (is_counted(last) or (last in _COLORS and not before)):
        return None
    if tuple(before[-2:]) in _PLACES:
        return counted(before[:-2]) if before[:-2] else unit_name(last)
    if not all(word in _ADJECTIVES or unit_name(word) in _NOUNS for word in before):
        return None
    return " ".join([*before, unit_name(last)])


def is_counted(word: str) -> bool:
    """Return True if a number counts a word by itself: a unit, a known noun, a word of the form of a plural.

    >>> [is_counted(word) for word in ("km", "violins", "cake", "fold", "thirds", "个苹果")]
    [True, True, True, False, False, True]
    """
    if is_unit(word):
        return True
    if not word.isascii():
        return word[0] in CLASSIFIERS and _CHANGES.isdisjoint(word)
    lowered = word.lower()
    if not lowered.isalpha() or lowered in _NOT_COUNTED or len(word) > _LONGEST:
        return False
    if unit_name(lowered) in _NOUNS:
        return True
    return len(word) >= _SHORTEST and lowered.endswith("s") and not lowered.endswith(_NO_PLURAL)
