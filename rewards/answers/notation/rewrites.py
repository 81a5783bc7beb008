r"""Rewrites of the text of an answer, in order, before it is split into tokens.

Each row is one habit of writing or one fault of data, with its reason and an example that a test runs. What
can be said by tokens is not said here: a row is for what no token can hold, such as quotes around an answer.
"""

from __future__ import annotations

import enum
import html
import re
import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "GLUED",
    "REWRITES",
    "SECOND_READINGS",
    "TRANSLATIONS",
    "Rewrite",
    "SecondReading",
    "Side",
    "mended_gold",
    "read_otherwise",
    "rewrite_steps",
    "rewritten",
]


class Side(enum.StrEnum):
    """The texts that a rewrite is for."""

    BOTH = "both"
    GOLD = "gold"
    """Repairs that the source of a gold needs and an answer is not granted."""


class Rewrite(NamedTuple):
    """One rewrite; `needs` are texts of which one must occur, which is cheaper to test than the pattern."""

    name: str
    needs: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]
    reason: str
    example: tuple[str, str]
    side: Side = Side.BOTH


_ESCAPES: Final = {"\f": "\\f", "\t": "\\t", "\x08": "\\b"}
_PRIMES: Final = re.compile(r"\\prime|['′]")
_ENVIRONMENTS: Final = ("\\begin", "array", "cases", "matrix")
"""What shows that doubled backslashes end lines."""


def _translations() -> dict[int, str | None]:
    """Characters that only differ in width, direction or font from plain ones."""
    table: dict[int, str | None] = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5E)}
    table |= dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD, 0xFE0F, *range(0x202A, 0x202F)])
    table |= dict.fromkeys([*range(0x2066, 0x206A), 0x200E, 0x200F])
    table |= {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x1D400, 0x1D800)}
    table |= {
        0xA0: " ",
        0x3000: " ",
        0x202F: " ",
        0x2009: " ",
        0xFF0C: ",",
        0x3002: ".",
        0xFF5B: "\\{",
        0xFF5D: "\\}",
        0x2103: "°C",
        0x2109: "°F",
        0x2126: "Ω",
        0x00B5: "μ",
    }
    return table


TRANSLATIONS: Final = _translations()
"""Characters to the plain ones that they stand for; the first rewrite of a text that is not ASCII."""


def _single_backslashes(match: re.Match[str]) -> str:
    text = match[0]
    return text if any(name in text for name in _ENVIRONMENTS) else text.replace("\\\\", "\\")


def _entity(match: re.Match[str]) -> str:
    return html.unescape(match[0]).translate(TRANSLATIONS)


def _circled(match: re.Match[str]) -> str:
    number = int(match[1])
    return chr(0x245F + number) if 1 <= number <= 20 else match[0]  # noqa: PLR2004 - Unicode has twenty


def _without_stray_brace(match: re.Match[str]) -> str:
    text = match[0]
    opened, closed = text.count("{") - text.count("\\{"), text.count("}") - text.count("\\}")
    return text[:-1] if closed > opened else text


def _struck(match: re.Match[str]) -> str:
    text = match[0].replace("\\text{~~}", "~~").strip(" $\n")
    crossed = text.count("~~") > 1 and (text.startswith("~~") or text.endswith("~~"))
    return rf"\sout{{{text.replace('~~', ' ')}}}" if crossed else match[0]


_VECTOR: Final = r"\\(?:vec|overrightarrow|mathbf|boldsymbol|bm|hat)(?![a-zA-Z])"
_NABLA: Final = r"\\nabla(?![a-zA-Z])|∇"
_VECTOR_SIGNS: Final = {
    "\\times": r"\vectimes ",
    "×": r"\vectimes ",
    "\\cdot": r"\vecdot ",
    "·": r"\vecdot ",
    "⋅": r"\vecdot ",
}


def _with_vector_sign(match: re.Match[str]) -> str:
    return match[1] + _VECTOR_SIGNS[match[2]]


REWRITES: Final = (
    Rewrite(
        "struck out",
        ("~~",),
        re.compile(r"\A.*\Z", re.DOTALL),
        _struck,
        "what Markdown crosses out is taken back, so that the text is not understood",
        ("~~5~~", r"\sout{ 5 }"),
    ),
    Rewrite(
        "blank in a decimal",
        ("0. ",),
        re.compile(r"\A0\. (?=\d+\.?\Z)"),
        "0.",
        "scanned golds have a blank after the point",
        ("0. 98", "0.98"),
        Side.GOLD,
    ),
    Rewrite(
        "stray closing brace",
        ("}",),
        re.compile(r"\A.*\}\Z", re.DOTALL),
        _without_stray_brace,
        "golds cut out of a box keep its brace",
        ("[1, 2]}", "[1, 2]"),
        Side.GOLD,
    ),
    Rewrite(
        "leading equals sign",
        ("=",),
        re.compile(r"\A[\s$]*=(?!>)[=\s]*"),
        "",
        "golds cut out of an equation keep its sign",
        ("= 5", "5"),
        Side.GOLD,
    ),
    Rewrite(
        "product of vectors",
        ("\\times", "\\cdot", "×", "·", "⋅"),
        re.compile(
            rf"((?:{_NABLA})\s*|{_VECTOR}\s*(?:\{{[^{{}}]{{1,20}}\}}|[a-zA-Z])(?:_(?:\w|\{{[^{{}}]{{1,20}}\}}))?\s*"
            rf"(?=\W[a-z]*[\d\s(]{{0,8}}(?:{_VECTOR}|{_NABLA})))"
            r"(\\times(?![a-zA-Z])|\\cdot(?![a-zA-Z])|[×·⋅])\s*"
        ),
        _with_vector_sign,
        "between vectors, the cross and the dot are two products",
        (r"\vec a \times \vec b", r"\vec a \vectimes \vec b"),
        Side.BOTH,
    ),
    Rewrite(
        "escapes decoded twice",
        ("\f", "\t", "\x08"),
        re.compile(
            r"\f(?=rac|orall)|\t(?=ext|imes|heta|an\b|au\b|riangle|frac)|\x08(?=inom|oxed|eta|ar\b|egin)"
        ),
        lambda match: _ESCAPES[match[0]],
        "JSON that was written with single backslashes decodes them",
        ("\frac{1}{2}", r"\frac{1}{2}"),
    ),
    Rewrite(
        "doubled backslashes",
        ("\\\\",),
        re.compile(r"\A.*\Z", re.DOTALL),
        _single_backslashes,
        "JSON that was encoded twice; in matrices and cases they end a line",
        (r"\\frac{1}{2}", r"\frac{1}{2}"),
    ),
    Rewrite(
        "escaped degree sign",
        ("\\u00B0",),
        re.compile(r"\\u00B0"),
        "°",
        "JSON that was encoded twice",
        (r"30\u00B0", "30°"),
    ),
    Rewrite(
        "space between rows",
        ("\\\\[",),
        re.compile(r"\\\\\[\s?-?[\d.]{1,8}\s?(?:pt|em|ex|mm|cm|in|bp|pc|mu)\]"),
        r"\\\\ ",
        "the height of a line is layout",
        (r"\begin{matrix}1\\[2pt]2\end{matrix}", r"\begin{matrix}1\\ 2\end{matrix}"),
    ),
    Rewrite(
        "character reference",
        ("&",),
        re.compile(r"&(?:#\d{1,6}|#[xX][0-9A-Fa-f]{1,5}|[A-Za-z]{2,8}\d{0,2});"),
        _entity,
        "text taken from web pages",
        ("x &lt; 5", "x < 5"),
    ),
    Rewrite(
        "raised in HTML",
        ("<sup>", "<sub>"),
        re.compile(r"<su(?:(p)|b)>([^<>]{1,40})</su(?(1)p|b)>"),
        lambda match: f"{'^' if match[1] else '_'}{{{match[2]}}}",
        "text taken from web pages",
        ("x<sup>2</sup>", "x^{2}"),
    ),
    Rewrite(
        "weight in HTML",
        ("</",),
        re.compile(r"<(b|i|em|strong|code|span|p)>([^<>]*)</\1>"),
        r"\2",
        "text taken from web pages; the closing tag tells it from an inequality",
        ("<b>73</b>", "73"),
    ),
    Rewrite(
        "weight in Markdown",
        ("*", "_", "`"),
        re.compile(r"\A\s*(\*\*|\*|`{1,3}|__|_)(?=[^\s*_`])((?:[^*_`]|(?<=\w)[*_](?=[\w{]))+)(?<!\s)\1\s*\Z"),
        r"\2",
        "answers are emphasised as all text is; marks around the whole answer are no signs of it",
        ("**73**", "73"),
    ),
    Rewrite(
        "quotation marks",
        ('"', "“", "‘", "'", "«", "「", "''"),
        re.compile(
            r"""\A\s*(?:"([^"“”]+)"|[“”]([^"“”]+)[“”]|‘([^‘’]+)’|'([^'‘’]+)'|``([^`']+)''|''([^']+)''|«([^«»]+)»|「([^「」]+)」)\s*\Z"""
        ),
        lambda match: str(match[match.lastindex or 0]),
        "quoting an answer does not change it",
        ("“42”", "42"),
    ),
    Rewrite(
        "leading sign of inference",
        ("\\therefore", "∴", "\\implies", "\\Rightarrow", "\\Longrightarrow", "⇒", "⟹", "=>"),
        re.compile(r"\A([\s$]*)(?:\\therefore|\\implies|\\Rightarrow|\\Longrightarrow|[∴⇒⟹]|=>)(?![A-Za-z])"),
        r"\1",
        "it says that the answer follows, which every answer does",
        (r"\therefore x = 5", " x = 5"),
    ),
    Rewrite(
        "leading sign of approximation",
        ("\\approx", "\\thickapprox", "≈", "\\simeq", "≃"),
        re.compile(r"\A([\s$]*)(?:\\(?:thick)?approx|\\simeq|[≈≃])(?![A-Za-z])"),
        r"\1",
        "a gold says what counts as right; an answer would hedge",
        (r"\approx 24.33", " 24.33"),
        Side.GOLD,
    ),
    Rewrite(
        "circled number",
        ("\\textcircled",),
        re.compile(r"\\textcircled\s?\{\s?(?:\\text\{)?(\d{1,2})\}?\s?\}"),
        _circled,
        "the numbers of statements that are right, as Chinese problems ask for",
        (r"\textcircled{1}\textcircled{3}", "①③"),
    ),
    Rewrite(
        "raised primes",
        ("\\prime", "^{'", "^'", "^{′", "^′"),
        re.compile(r"\^\s?(?:\{(?:\s?(?:\\prime|['′])\s?)+\}|\\prime(?![A-Za-z])|['′])"),
        lambda match: "'" * len(_PRIMES.findall(match[0])),
        "the same sign as an apostrophe",
        (r"5^{\prime} 10^{\prime\prime}", "5' 10''"),
    ),
    Rewrite(
        "letter x between number and power of ten",
        ("x10", "x 10"),
        re.compile(r"\A([^x]*\d)\s?x\s?(?=10\s?\^[^x]*\Z)"),
        r"\1\\times ",
        "no letter has its number behind it: it is the sign of multiplication",
        ("3 x 10^8", r"3\times 10^8"),
    ),
    Rewrite(
        "comma as text",
        ("\\text{,}",),
        re.compile(r"(?<=\d)\\text\{,\}(?=\d{3}(?!\d))"),
        "{,}",
        "another way to keep the space after a comma out of a number",
        (r"12\text{,}345", "12{,}345"),
    ),
    Rewrite(
        "decimal comma in braces",
        ("{,}",),
        re.compile(r"(?<![\d.,}(\[])(0(?=\{)|[1-9]\d*(?=\{,\}(?!\d{3}(?!\d))))\{,\}(\d+)(?![\d.]|\{,|,\d)"),
        r"\1.\2",
        "braces make it part of a number, and it parts no thousands; a list has no braces",
        ("3{,}5", "3.5"),
    ),
    Rewrite(
        "sign in braces",
        tuple("{" + sign for sign in ":.+=<>-"),
        re.compile(r"(?<![\^_A-Za-z}])\{([:.+=<>-])\}"),
        r"\1",
        "braces of its own only change the space around a sign",
        ("4{:}30", "4:30"),
    ),
)
"""The rewrites in the order in which they are applied."""

GLUED: Final = Rewrite(
    "command glued to letters",
    ("\\",),
    re.compile(r"(quad|cdot|times|left|right|pi|frac|sqrt)([A-Za-z]+)"),
    r"\1 \2",
    "a name that is no command, but begins with one, has lost a blank",
    (r"2\cdotx", r"2\cdot x"),
)
"""Applied to the name of a command that nothing knows, and to nothing else."""


class SecondReading(NamedTuple):
    """Another reading of a text, tried where it is refused as written and the other side calls for it."""

    name: str
    needs: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]
    called_for: Callable[[str, str], bool]
    """Told from the text so read and the other side."""
    reason: str
    example: tuple[str, str, str]
    """The text, the other side, and the text as it is then read."""


_NUMBERS: Final = re.compile(r"\d+")
_LIST: Final = re.compile(r"[\s$\\{(\[]*\d+(?:(?:,\s+|\s*;\s*)\d+)+[\s$\\})\].]*|\\\{\d+(?:,\d+)+\\\}")
"""A list of whole numbers that can be nothing else: with blanks, with semicolons or as a set."""


def _is_of_same_numbers(text: str, other: str) -> bool:
    return _LIST.fullmatch(other.strip(" $")) is not None and sorted(_NUMBERS.findall(text)) == sorted(
        _NUMBERS.findall(other)
    )


SECOND_READINGS: Final = (
    SecondReading(
        "decimal comma",
        (",",),
        re.compile(r"\A([ $]*-?\d+),(\d{2,}[ $]*)\Z"),
        r"\1.\2",
        lambda text, other: text.strip(" $") == other.strip(" $"),
        "a comma is that of a decimal where the other side has the same digits with a point",
        ("1,22", "1.22", "1.22"),
    ),
    SecondReading(
        "list without blanks",
        (",",),
        re.compile(r"(?<![\d,.])[1-9]\d\d(?:,[1-9]\d\d){2,}(?![\d,.])"),
        lambda match: match[0].replace(",", ", "),
        _is_of_same_numbers,
        "three or more groups of three digits are one number; a list only if the other side lists just these",
        ("110,143,164,198", "143, 110, 164, 198", "110, 143, 164, 198"),
    ),
    SecondReading(
        "bold vectors",
        ("\\mathbf", "\\boldsymbol"),
        re.compile(r"\\(?:mathbf|boldsymbol)\s?(?:\{([A-Za-z])\}|([A-Za-z]))"),
        r"\\vec{\1\2}",
        lambda _, other: "\\vec" in other or "\\overrightarrow" in other,
        "vectors are bold or have arrows; where one side has arrows, the letters in bold are vectors",
        (r"\mathbf{a}", r"\vec{a}", r"\vec{a}"),
    ),
)


def _any_need(rewrites: Iterable[Rewrite | SecondReading]) -> re.Pattern[str]:
    """One pattern that finds whether any rewrite may apply, grouped by first characters for speed."""
    rests: dict[str, list[str]] = {}
    for need in sorted({need for rewrite in rewrites for need in rewrite.needs}):
        rests.setdefault(need[0], []).append(re.escape(need[1:]))
    groups = (
        re.escape(first) + ("" if "" in rest else f"(?:{'|'.join(rest)})") for first, rest in rests.items()
    )
    return re.compile("|".join(groups))


_ROWS: Final = {
    gold: tuple(row for row in REWRITES if row.side is (Side.GOLD if gold else Side.BOTH))
    for gold in (False, True)
}
_NEEDS: Final = _any_need(_ROWS[False])
_SECOND_NEEDS: Final = _any_need(SECOND_READINGS)


def rewritten(text: str) -> str:
    r"""Rewrite a text so that the tokenizer can split it.

    >>> rewritten("**x<sup>2</sup>**"), rewritten("x+1")
    ('x^{2}', 'x+1')
    """
    if not text.isascii():
        text = text.translate(TRANSLATIONS)
    if _NEEDS.search(text) is None:
        return text
    return _applied(text, _ROWS[False])


def mended_gold(text: str) -> str:
    """Undo in a gold what its source did to it.

    >>> mended_gold("0. 5")
    '0.5'
    """
    return _applied(text, _ROWS[True])


def _applied(text: str, rows: tuple[Rewrite, ...]) -> str:
    for row in rows:
        for need in row.needs:
            if need in text:
                text = row.pattern.sub(row.replacement, text)
                break
    return text


def rewrite_steps(text: str, *, gold: bool) -> list[tuple[str, str]]:
    """List the rewrites that change a text, each with what it makes of it.

    >>> rewrite_steps("= **5**", gold=True)
    [('leading equals sign', '**5**'), ('weight in Markdown', '5')]
    """
    steps = []
    rows = (*_ROWS[True], *_ROWS[False]) if gold else _ROWS[False]
    plain = text.translate(TRANSLATIONS)
    if plain != text:
        steps.append(("characters", plain))
    for row in rows:
        after = _applied(plain, (row,))
        if after != plain:
            steps.append((row.name, after))
        plain = after
    return steps


def read_otherwise(text: str, other: str) -> tuple[str, str] | None:
    """Return the name and the text of a second reading that the other side calls for, or None.

    >>> read_otherwise("1,22", "1.22"), read_otherwise("1,22", "1.23")
    (('decimal comma', '1.22'), None)
    """
    if _SECOND_NEEDS.search(text) is None:
        return None
    for row in SECOND_READINGS:
        if any(need in text for need in row.needs):
            changed = row.pattern.sub(row.replacement, text)
            if changed != text and row.called_for(changed, other):
                return row.name, changed
    return None
