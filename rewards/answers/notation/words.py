"""The plain words of answers: numbers and months in words, set phrases, words that hedge.

Tables only, as in :mod:`~.symbols`.
"""

from __future__ import annotations

from rewards.answers.notation.sets import WORDS

__all__ = [
    "CONNECTIVES",
    "HEDGES",
    "MONTHS",
    "NUMBER_WORDS",
    "PARTS",
    "PHRASES",
    "SCALES",
    "SMALL_WORDS",
    "without_case",
]


CONNECTIVES = frozenset(["where", "for", "when", "if", "with", "such", "that"])
"""Words that may stand between a value and a condition on it."""

SCALES = {
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
    "万": 10**4,
    "亿": 10**8,
}

NUMBER_WORDS = {
    word: value
    for value, word in enumerate(
        """
        zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        sixteen seventeen eighteen nineteen twenty
        """.split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}

PARTS = {
    name: (number, plural)
    for number, names in (
        (2, "half halves"),
        (3, "third thirds"),
        (4, "quarter quarters"),
        (4, "fourth fourths"),
        (5, "fifth fifths"),
        (6, "sixth sixths"),
        (7, "seventh sevenths"),
        (8, "eighth eighths"),
        (9, "ninth ninths"),
        (10, "tenth tenths"),
        (12, "twelfth twelfths"),
        (100, "hundredth hundredths"),
        (1000, "thousandth thousandths"),
    )
    for name, plural in zip(names.split(), (False, True), strict=True)
}
"""Parts of one whole: how many make it up, and whether the word is a plural."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}

HEDGES = frozenset(
    """
    about above actually ago all almost and answer any approx approximate approximately are around at base
    bc bce be below between billion binary both but circa complement correct crore cubed different double
    down dozen each eighth eighths either elevenths equal equals error except excluded factorial false
    fewer fifth fifths fold for fourth fourths from greater gross half halves hex hexadecimal hundred
    hundredth hundredths if impossible incorrect infinite infinity instead invalid inverse is ish lakh
    larger least less loss maybe million millionth millionths minus mod modulo more most nan nd nearly
    negative neither never ninth ninths no none nor not null octal only opposite or other otherwise over
    pair pairs percent perhaps plus positive possibly quarter quarters rd reciprocal remainder right root
    roughly same score seventh sevenths sixth sixths smaller some squared st tens tenth tenths th than
    then third thirds thousand thousandth thousandths times to too trillion triple true twelfths
    twentieths twice undefined under unknown unless up was when where with without wrong yes
    """.split()
)
"""Words that say something of a number or a statement; none is the name of a function or of a quantity."""

SMALL_WORDS = frozenset(
    """
    no or to is on in up by it at he we if so do go me my us as am be of ok an and for the not are
    was has had but all any can may its our out who yes one two six ten men day odd tab bat cat dog
    box red add sum set
    """.split()
)
"""Short words that are words, not products of letters."""

PHRASES: dict[str, str] = {
    "does not exist": "dne",
    "doesn't exist": "dne",
    "dne": "dne",
    "d.n.e": "dne",
    "undefined": "undefined",
    "no solution": "no solution",
    "no solutions": "no solution",
    "no real solution": "no real solution",
    "no real solutions": "no real solution",
    "there is no solution": "no solution",
    "there are no solutions": "no solution",
    "empty set": "no solution",
    "the empty set": "no solution",
    "无解": "no solution",
    "空集": "no solution",
    "y": "y",
    "是": "yes",
    "否": "no",
    "正确": "true",
    "对": "true",
    "错误": "false",
    "错": "false",
    "不正确": "false",
    "不对": "false",
    **WORDS,
}
"""Set phrases that mean one thing, in normalised words."""


def without_case(word: str) -> str:
    """A word in lower case; of letters that are no word, the case counts.

    >>> [without_case(word) for word in ("Monday", "NO", "qvB", "mM")]
    ['monday', 'no', 'qvB', 'mM']
    """
    lower = word.lower()
    is_word = len(word) > len("no") or lower in SMALL_WORDS or lower in PHRASES
    return lower if is_word and (word.istitle() or word.isupper()) else word
