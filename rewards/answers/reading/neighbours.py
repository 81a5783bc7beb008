r"""Tokens that say something else beside their neighbours: `U` between intervals, words before `=`.

Each row of the table is asked at the tokens that carry its values, from the last token to the first, and
changes the list in place. What a word means that is a function's name is in :mod:`~.names`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rewards.answers.notation.units import is_unit
from rewards.answers.notation.words import CONNECTIVES, HEDGES, NUMBER_WORDS, PARTS, SMALL_WORDS
from rewards.answers.reading.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from rewards.answers.reading.tokens import Token

__all__ = ["NEIGHBOURS", "Neighbour", "settle"]

_WORDS: Final = frozenset({Kind.TEXT, Kind.WORD})
_NAMING: Final = frozenset({Kind.TEXT, Kind.WORD, Kind.FUN, Kind.LETTER})
_OPENING: Final = frozenset({Kind.OPEN, Kind.GROUP, Kind.BEGIN})
_CLOSING: Final = frozenset({Kind.CLOSE, Kind.ENDGROUP, Kind.END})
_SEPARATORS: Final = frozenset({Kind.SEP, Kind.ROW, Kind.STOP})
_FURTHEST: Final = 100
"""Most tokens that are looked at on one side; beyond them nothing is changed."""

_JOINTS: Final = {"and": "and", "wedge": "and", "cap": "and", "or": "or", "vee": "or", "cup": "or"}
"""Operators that between statements say what a word would."""
_LONGEST_NAME: Final = 6
_ARTICLES: Final = frozenset({"a", "an", "the"})
_EXTREMES: Final = frozenset({"max", "min"})
_ANNOUNCING: Final = frozenset(["answer", "answers", "ans", "solution", "result", "答案", "解集", "is", "be"])
"""Words that announce the whole answer, and so name nothing in it."""
_NO_NAMES: Final = (HEDGES - {"remainder", "base"}) | CONNECTIVES | NUMBER_WORDS.keys()
_SHORTEST_WORD: Final = 4
"""Fewest letters of a bare word that are no product of unknowns."""
_ONE: Final = {"a": 1, "an": 1}


_SETS: Final = frozenset("RQZNC")
_BOLD: Final = ((Kind.MARK, "bold"), (Kind.GROUP, "{"))


class Neighbour(NamedTuple):
    """A rule for tokens of some values; the example is two texts with the same tokens."""

    name: str
    values: tuple[str, ...]
    apply: Callable[[list[Token], int], None]
    reason: str
    example: tuple[str, str]


def settle(tokens: list[Token]) -> None:
    """Let every token say what it says beside its neighbours; changes the list in place."""
    places = [place for place, token in enumerate(tokens) if token.value in _BY_VALUE]
    for place in reversed(places):
        row = _BY_VALUE.get(tokens[place].value) if place < len(tokens) else None
        if row is not None:
            row.apply(tokens, place)


# --- sets and statements


def _union(tokens: list[Token], place: int) -> None:
    """`(1,2) U (3,4)`: both are intervals or sets."""
    if 0 < place < len(tokens) - 1 and tokens[place].kind == Kind.LETTER:
        before, after = tokens[place - 1], tokens[place + 1]
        if before.kind == Kind.CLOSE and after.kind == Kind.OPEN and before.value in "([{":
            sets = (before.value, after.value) == ("{", "{")
            if sets or _level(tokens, place - 1, -1)[1] + _level(tokens, place + 1, 1)[1]:
                tokens[place] = tokens[place]._replace(kind=Kind.OP, value="cup")


def _level(tokens: list[Token], place: int, step: int) -> tuple[int, bool]:
    """The place of the partner of the bracket at `place`, and whether a comma stands directly inside."""
    depth, commas = 0, False
    for _ in range(_FURTHEST):
        if not 0 <= place < len(tokens):
            break
        kind = tokens[place].kind
        depth += step * ((kind in _OPENING) - (kind in _CLOSING))
        commas = commas or (depth == 1 and kind == Kind.SEP)
        if depth == 0:
            return place, commas
        place += step
    return -1, False


def _connected(tokens: list[Token], place: int) -> None:
    r"""`x > 1 \land x < 2`: a word between two statements; between two values an operator."""
    token = tokens[place]
    if token.kind != Kind.OP:
        return
    joint = _JOINTS[token.value]
    left, right = _statement(tokens, place, -1, joint), _statement(tokens, place, 1, joint)
    if left is None or right is None:
        return
    same = left[0][:2] == right[0][:2]
    if joint == "and" and same and left[1] == right[1] == "=":
        return  # no x is both 1 and 2
    if same or token.value not in {"cup", "cap"}:
        tokens[place] = token._replace(kind=Kind.SEP, value=joint)


def _statement(tokens: list[Token], place: int, step: int, joint: str) -> tuple[Token, str] | None:
    """The first token and a relation of the statement on one side of a joint; None if it is no statement."""
    depth, relation, first = 0, "", tokens[place]
    for place_there in range(place + step, place + step * _FURTHEST, step):
        there = tokens[place_there] if 0 <= place_there < len(tokens) else None
        if there is not None:
            depth += step * ((there.kind in _OPENING) - (there.kind in _CLOSING))
        if there is None or depth < 0 or (depth == 0 and _ends_statement(there)):
            other = there is not None and _JOINTS.get(there.value, joint) != joint
            return (first, relation) if relation and not other else None
        if depth == 0 and there.kind == Kind.REL:
            relation = there.value
        if step < 0 or first is tokens[place]:
            first = there
    return None


def _ends_statement(token: Token) -> bool:
    return token.kind in _SEPARATORS or (token.kind == Kind.OP and token.value in _JOINTS)


def _member(tokens: list[Token], place: int) -> None:
    r"""`x \in R`, `x \in \mathbf{N}_{+}`: a letter in the type of sets."""
    bold = tuple(token[:2] for token in tokens[place + 1 : place + 3]) == _BOLD
    name = place + 1 + 2 * bold
    if name >= len(tokens) or tokens[name].kind != Kind.LETTER or tokens[name].value not in _SETS:
        return
    if not bold:
        tokens[name] = tokens[name]._replace(kind=Kind.SET)
    elif tokens[name + 1 : name + 2] and tokens[name + 1].kind == Kind.ENDGROUP:
        tokens[place + 1 : name + 2] = [tokens[name]._replace(kind=Kind.SET)]


def _bold_set(tokens: list[Token], place: int) -> None:
    r"""`\mathbf{Z}_6`, `\mathbf{R}^3`, `\mathbf{R}^+`: by what stands at it, the letter is a set."""
    grouped = tuple(token[:2] for token in tokens[place : place + 2]) == _BOLD
    name = place + 1 + grouped
    end = name + 1 + grouped
    if end + 1 >= len(tokens) or tokens[name].kind != Kind.LETTER or tokens[place].kind != Kind.MARK:
        return
    if grouped and tokens[end - 1].kind != Kind.ENDGROUP:
        return
    index = tokens[end + 1 + (tokens[end + 1].kind == Kind.GROUP)].value
    if tokens[end].kind == Kind.OP and _is_set(tokens[name].value, tokens[end].value, index):
        tokens[place:end] = [tokens[name]._replace(kind=Kind.SET)]


def _is_set(name: str, sign: str, index: str) -> bool:
    """Return True if a bold letter with this index is a set: no matrix has it, and no vector."""
    if sign == "_":
        return name == "Z" and (index.isdecimal() or index in {"n", "m", "p"})
    return sign == "^" and name in {"R", "Z"} and (index.isdecimal() or index in {"+", "n"})


# --- words that name something


def _labelled(tokens: list[Token], place: int) -> None:
    r"""`\text{Boys: } 18`, `\text{Total area} = 12`: the words are one name, and a colon says `=`."""
    sign = tokens[place]
    if not place or tokens[place - 1].kind not in _NAMING:
        return
    if sign.value == ":" and _one_of_several(tokens, place):
        tokens[place] = sign._replace(kind=Kind.REL, value="=")
        return
    start = _name_start(tokens, place)
    if start == place or (start and tokens[start - 1].kind not in _SEPARATORS):
        return
    if sign.value == ":" and (place + 1 == len(tokens) or tokens[place + 1].kind in _WORDS):
        return
    name = " ".join(
        token.value.lower() for token in tokens[start:place] if token.value.lower() not in _ARTICLES
    )
    if len(name) > 1:
        named = tokens[start]._replace(kind=Kind.LETTER, value=name)
        tokens[start : place + 1] = [named, sign._replace(kind=Kind.REL, value="=")]


def _one_of_several(tokens: list[Token], place: int) -> bool:
    """`A: 3, B: 5`: upper-case letters after separators, the first only where another one follows."""
    if (
        not place
        or not _capital(tokens[place - 1])
        or place + 1 == len(tokens)
        or _capital(tokens[place + 1])
    ):
        return False
    if place > 1:
        return tokens[place - 2].kind in _SEPARATORS
    return any(
        tokens[there][:2] == (Kind.REL, "=")
        and _capital(tokens[there - 1])
        and tokens[there - 2].kind == Kind.SEP
        for there in range(place + 3, min(len(tokens), place + _FURTHEST))
    )


def _capital(token: Token) -> bool:
    return len(token.value) == 1 and token.value.isupper() and token.kind in {Kind.LETTER, Kind.TEXT}


def _name_start(tokens: list[Token], place: int) -> int:
    """The place of the first word of the name that ends before `place`; `place` if there is none."""
    start = place
    while start and place - start < _LONGEST_NAME and _may_name(tokens[start - 1]):
        start -= 1
    words = tokens[start:place]
    if not words or words[-1].value.lower() in _ANNOUNCING:
        return place
    if len(words) > 1 or words[0].kind == Kind.FUN:
        return start
    return start if _is_word(words[0], colon=tokens[place].value == ":") else place


def _may_name(token: Token) -> bool:
    if token.kind == Kind.FUN:
        return token.value in _EXTREMES
    value, word = token.value, token.value.lower()
    lowered = value.isalpha() and value[1:] == word[1:]
    return token.kind in _WORDS and lowered and word not in _NO_NAMES and not is_unit(value)


def _is_word(token: Token, *, colon: bool) -> bool:
    """Return True if letters are no product of unknowns, no differential and no points."""
    value = token.value
    if token.kind == Kind.TEXT:
        return value[:1] != "d" or len(value) > len("dx")
    shortest = _SHORTEST_WORD - (colon or value.istitle())
    return not value.isascii() or value in SMALL_WORDS or len(value) >= shortest


def _named_argument(tokens: list[Token], place: int) -> None:
    r"""`P(\text{both red})`: what an upper-case letter applies to has a name in words."""
    if not place or tokens[place].kind != Kind.OPEN or tokens[place].gap:
        return
    if tokens[place - 1].kind != Kind.LETTER or not _capital(tokens[place - 1]):
        return
    end = place + 1
    while end < len(tokens) and tokens[end].kind in _WORDS and end - place <= _LONGEST_NAME:
        end += 1
    words = [token.value.lower() for token in tokens[place + 1 : end]]
    bare = len(words) == 1 and (is_unit(words[0]) or words[0] in NUMBER_WORDS or len(words[0]) == 1)
    marked = tokens[place + 1 : end] and tokens[place + 1].kind == Kind.TEXT
    if end < len(tokens) and tokens[end].kind == Kind.CLOSE and marked and not bare:
        tokens[place + 1 : end] = [tokens[place + 1]._replace(kind=Kind.LETTER, value=" ".join(words))]


# --- amounts in words


def _fraction_in_words(tokens: list[Token], place: int) -> None:
    """`three-quarters`, `two and a half`: as digits; `two third` and `twenty-third` are no fractions."""
    below, plural = PARTS[tokens[place].value]
    start = place - 1
    if start > 0 and tokens[start][:2] == (Kind.OP, "-"):
        start -= 1
    if tokens[place].kind not in _WORDS or start < 0:
        return
    above = _number_word(tokens, start, _ONE)
    if above is None or plural != (above > 1) or (start and _number_word(tokens, start - 1) is not None):
        return
    written = _fraction(tokens[start], above, below)
    if start > 1 and tokens[start - 1][:2] == (Kind.SEP, "and"):
        whole = _number_word(tokens, start - 2)
        if whole is not None and (start == 2 or _number_word(tokens, start - 3) is None):  # noqa: PLR2004 - its place
            start -= 2
            written = [tokens[start]._replace(kind=Kind.NUM, value=str(whole)), *written]
    tokens[start : place + 1] = written


def _number_word(tokens: list[Token], place: int, more: dict[str, int] | None = None) -> int | None:
    token = tokens[place]
    if token.kind not in _WORDS:
        return None
    word = token.value.lower()
    return NUMBER_WORDS.get(word) or (more or {}).get(word)


def _fraction(token: Token, above: int, below: int) -> list[Token]:
    written = [(Kind.CMD, "frac")]
    for number in (above, below):
        written += [(Kind.GROUP, "{"), (Kind.NUM, str(number)), (Kind.ENDGROUP, "}")]
    return [
        token._replace(kind=kind, value=value, gap=token.gap and not index)
        for index, (kind, value) in enumerate(written)
    ]


def _parts_of_degrees(tokens: list[Token], place: int) -> None:
    r"""`60\text{ degrees } 42\text{ minutes}`: minutes and seconds of arc, not of time."""
    for step, words, sign in ((2, ("minute", "minutes"), "'"), (4, ("second", "seconds"), "''")):
        unit = tokens[place + step] if place + step < len(tokens) else None
        if unit is None or tokens[place + step - 1].kind != Kind.NUM or unit.value.lower() not in words:
            return
        tokens[place + step] = unit._replace(kind=Kind.OP, value=sign)


def _greek_unit(tokens: list[Token], place: int) -> None:
    r"""`5\,\mu\text{m}`, `5\text{ k}\Omega`: the letter belongs to the unit beside it."""
    letter = tokens[place]
    sign = "μ" if letter.value == "mu" else "Ω"
    other = place + 1 if sign == "μ" else place - 1
    if letter.kind != Kind.LETTER or not 0 <= other < len(tokens) or tokens[other].kind != Kind.TEXT:
        return
    first, last = min(place, other), max(place, other)
    name = sign + tokens[other].value if sign == "μ" else tokens[other].value + sign
    if is_unit(name) and not tokens[last].gap:
        tokens[first : last + 1] = [tokens[first]._replace(kind=Kind.TEXT, value=name)]


NEIGHBOURS: Final = (
    Neighbour(
        "union",
        ("U",),
        _union,
        "a letter between two intervals or sets would be their product",
        ("(1,2) U (3,4)", r"(1,2) \cup (3,4)"),
    ),
    Neighbour(
        "statements",
        tuple(_JOINTS),
        _connected,
        "between statements these signs say what a word would",
        (r"x > 1 \land x < 2", r"x > 1 \text{ and } x < 2"),
    ),
    Neighbour(
        "set in bold",
        ("in",),
        _member,
        "many print the letters of sets in bold, or as any other",
        (r"x \in \mathbf{N}_+", r"x \in \mathbb{N}_+"),
    ),
    Neighbour(
        "set in bold by its index",
        ("bold",),
        _bold_set,
        "residues, spaces and positive numbers are printed in bold, too",
        (r"\mathbf{Z}_6", r"\mathbb{Z}_6"),
    ),
    Neighbour(
        "name in words",
        ("=", ":"),
        _labelled,
        "words before a colon or an equals sign name what comes after it",
        (r"\text{Boys: }18, \text{Girls: }14", r"\text{Boys} = 18, \text{Girls} = 14"),
    ),
    Neighbour(
        "event",
        ("(",),
        _named_argument,
        "words in the brackets of a letter name what it applies to",
        (r"P(\text{Both red})", r"P(\text{both}\;\text{red})"),
    ),
    Neighbour(
        "fraction in words",
        tuple(PARTS),
        _fraction_in_words,
        "a number and a part are one fraction; their numbers must agree",
        (r"\text{two and three-quarters}", r"2\frac{3}{4}"),
    ),
    Neighbour(
        "minutes of arc",
        ("deg",),
        _parts_of_degrees,
        "after degrees, minutes are parts of a degree",
        (r"60\text{ degrees } 42\text{ minutes}", "60° 42'"),
    ),
    Neighbour(
        "unit with a Greek letter",
        ("mu", "Omega"),
        _greek_unit,
        "prefix and symbol of one unit",
        (r"5\,\mu\text{m}", r"5\text{ μm}"),
    ),
)
"""The rules, of which no two are for one value."""

_BY_VALUE: Final = {value: row for row in NEIGHBOURS for value in row.values}
