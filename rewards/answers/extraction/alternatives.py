r"""A second answer offered right beside the box: `$\boxed{8}$ or $9$`, `either $9$ or $\boxed{8}$`.

Text around a box is not read, with two exceptions. A value joined to the box by `or` takes back what the box
says: both are one chain, `8 = 9`, which is right where they are the same value (`$\boxed{\frac12}$ or $0.5$`)
and wrong where they are two. And words that deny the box (`it is not $\boxed{8}$`, `$\boxed{8}$ is wrong`)
leave no answer. Only what stands right beside the box counts: `3 or 4, so it is \boxed{8}` offers nothing,
and neither does a correction before the box (`9, or rather \boxed{8}`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from rewards.answers.extraction.joints import CORRECTION
from rewards.answers.notation.words import NUMBER_WORDS

if TYPE_CHECKING:
    from rewards.answers.extraction.boxes import Box

__all__ = ["BEHIND", "chained", "may_matter_before", "offered_beside"]

_WORDS: Final = "|".join(NUMBER_WORDS)
_IN_WORDS: Final = rf"(?i:(?<![a-zA-Z])(?:{_WORDS})(?:[ -](?:{_WORDS}))?(?![a-zA-Z]))"
_NUMBER: Final = (
    r"[-+\u2212]?(?:\\?\$)?"
    r"(?:\d{1,40}(?:,\d{3}){0,12}(?:\.\d{1,40})?(?:/\d{1,40})?"
    r"|\\[dt]?frac(?:\{\d{1,40}\}\{\d{1,40}\}|\d\d)|\\sqrt\{\d{1,40}\}"
    rf"|{_IN_WORDS})"
    r"(?:\\?%)?"
)
_FORMULA: Final = r"\$([^$]{1,120})\$|\\[(]((?:(?!\\[()]).){1,120})\\[)]"
_SOFTENERS: Final = (
    r"(?:(?:maybe|perhaps|possibly|alternatively|even|else|instead|also|just|simply|exactly|precisely|equivalently)"
    r"(?![a-zA-Z])[\s,]{0,4}){0,2}"
)
_OR: Final = (
    r"(?:(?<![a-zA-Z\\])(?:and/)?or(?![a-zA-Z])[\s,}]{0,4}"
    + _SOFTENERS
    + r"|(?:maybe|perhaps|possibly|alternatively)(?![a-zA-Z])[\s,}]{0,4}"
    r"|或(?:者|许)?是?|也可能是?|\\(?:lor|vee)(?![a-zA-Z])|(?P<sign>[/|]))"
)
_NO_OFFER: Final = {"/": "=", "|": "|"}
"""Signs between two values, with the sign before both by which they offer nothing: proportions and tables."""
_IN_TEXT: Final = r"(?:\\(?:text|mbox|mathrm|textrm)\{\s{0,4})?"

BEHIND: Final = (
    r"[\s$,;.*(){}\\\]，；。]{0,64}+(?:(?:text|mbox|mathrm|textrm)\{\s?)?(?:[-+\d/|\u2212或也更不错其等应是]|[dt]?frac|sqrt|lor|vee"
    r"|(?i:or|and/or|no|wait|sorry|oops|scratch|correction|actually|i mean|on|my|is|was"
    r"|maybe|perhaps|possibly|alternatively))"
)
"""A pattern of what may begin an alternative, or a denial, behind a box: a cheap filter."""

_BEHIND: Final = re.compile(
    r"[\s$*]{0,8}+(?:\\[)\]])?"
    rf"(?P<more>(?:,\s{{0,4}}[$]?{_NUMBER}[$]?){{0,8}})"
    rf"[\s,;.*，；。(]{{0,8}}+{_IN_TEXT}(?:(?:{CORRECTION}[\s,:]{{0,4}}){{1,3}}|{_OR})[\s,}}]{{0,4}}"
    r"[*]{0,2}(?:[$\s]{0,4}[a-zA-Z]\s?=\s?)?"
    rf"(?:[\s$*]{{0,8}}+(?:\\\(\s{{0,4}})?(?P<number>{_NUMBER})[\s$*]{{0,8}}(?:\\[)\]])?|{_FORMULA})"
    r"(?=[\s*]{0,4}(?:[.,;:!?)。，；！？\n]|\Z|or\b|或))",
    re.IGNORECASE | re.DOTALL,
)
_REACH: Final = 240
"""Code points before a box that are searched for an alternative."""

_NEAR: Final = 32
"""Code points before a box that contain the last words before it."""
_LAYOUT: Final = " \t\r\n$*()[]{}\\,-\u2212"
_WORDS_BEFORE: Final = (
    *("or", "OR", "Or", "maybe", "perhaps", "possibly", "lternatively", "even", "else", "instead"),
    *("also", "just", "simply", "exactly", "precisely", "或", "者", "许", "是", "lor", "vee", "/", "|"),
    *("not", "n't", "n’t", "≠", "ne", "neq", "非", "于"),
)
"""The last word before a box that has an alternative before it, or a denial, is one of these."""
_LAST_WORDS: Final = {
    last: tuple(word for word in _WORDS_BEFORE if word.endswith(last))
    for last in {word[-1] for word in _WORDS_BEFORE}
}
"""The same words by their last letter, which tells most others apart."""

_OPENING: Final = (
    r"[\s$*]{0,8}(?:\\[(\[])?[\s$*]{0,8}(?:[a-zA-Z]\s?(?:=|is)\s?)?"
    r"[\s$]{0,4}[-\u2212]?(?:\\text\{)?\\(?:boxed|fbox)\s?\{[\s$]{0,8}\Z"
)
_BETWEEN: Final = re.compile(rf"[\s,;.*(，；。]{{0,8}}{_IN_TEXT}{_OR}{_OPENING}", re.IGNORECASE)
_DENIAL_BEFORE: Final = re.compile(
    rf"(?:(?<![a-zA-Z\\])not|n['’]t|≠|\\neq?(?![a-zA-Z])|不是|并非|不等于)[\s,:}}]{{0,4}}{_OPENING}",
    re.IGNORECASE,
)
_DENIAL_BEHIND: Final = re.compile(
    r"[\s$*.]{0,8}(?:\\[)\]])?\s{0,4}(?:(?:is|was)\s{1,4}(?:wrong|incorrect|a mistake"
    r"|not\s{1,4}(?:right|correct|the (?:right |correct |final )?answer))|是?(?:错的|不对))",
    re.IGNORECASE,
)
_NUMBER_BEFORE: Final = re.compile(rf"(?:\A|(?<=[\s$*(\[=:：，,])|(?<=[\u4e00-\u9fff]))({_NUMBER})\Z")
_FORMULA_BEFORE: Final = re.compile(rf"(?:{_FORMULA})\Z", re.DOTALL)
_COMMA_BEFORE: Final = re.compile(r"\s{0,4}[,，、]\s{0,4}\Z")
_MOST: Final = 8
"""Alternatives that are read before a box."""
_NAME: Final = re.compile(r"\\?[a-zA-Z]{1,5}(?:_\{?\w+\}?)?(?:\([a-z]\))?")
_LETTERS: Final = re.compile(r"\\[a-zA-Z]+|[a-zA-Z]")
_CONSTANT: Final = re.compile(r"\\pi|(?<![a-zA-Z])[ei](?![a-zA-Z])")
_OF_NUMBERS: Final = frozenset("ei") | {
    f"\\{name}"
    for name in (
        *("frac", "dfrac", "tfrac", "sqrt", "pi", "cdot", "times"),
        *("left", "right", "binom", "pm", "log"),
    )
}
"""Letters and commands that may be in an alternative that is a number."""


_NO_ITEM: Final = (
    r"(?:(?:else|about|approximately|roughly|around|nearly|in|more|written|as)(?![a-zA-Z])"
    rf"|{_NUMBER}\s?[a-z])"
)
"""The beginning of what is no other answer behind `or`: another form of it, another unit, a reason."""
_ITEM_BEFORE: Final = re.compile(
    r"(?:\$\$[^$]{1,120}\$\$|\$[^$]{1,120}\$|\([^()]{1,80}\)|\$[^$]{1,80}|[^\s,;:.!?$]{1,60})[*]{0,2}\Z"
)
_ITEM_BEHIND: Final = re.compile(
    rf"[\s$*]{{0,8}}+(?:\\[)\]])?(?P<comma>,)?[\s*]{{0,4}}{_IN_TEXT}{_OR}[\s,}}]{{0,4}}(?![\s,}}]*+{_NO_ITEM})"
    r"(?P<item>\${2}[^$]{1,120}|\$[^$]{1,120}|\([^()]{1,80}\)|[^.,;:!?()\n$]{1,80})",
    re.IGNORECASE,
)
_APART: Final = re.compile(r"\s[/|]\s")
_TABLE_OR_SUM: Final = re.compile(r"[|=]\s*\Z|\|[^\n]*\Z")
_UNIT: Final = re.compile(r"[a-z]+")
_AMOUNT_BEFORE: Final = re.compile(r"\d[\s$]*\Z")
_WORD_BEHIND: Final = re.compile(r"[\s$]*([a-z]+)")
_WRAPPING: Final = re.compile(r"\\(?:text|mathrm|textbf|mathbf|mbox|fbox|boxed)|[\s{}()$*]|\b(?:an?|the)\b")


def may_matter_before(text: str, box: int) -> bool:
    r"""Return True if the last word before the box at `box` may offer or deny; a cheap filter.

    >>> may_matter_before(r"8 or $\boxed{9}$", 6), may_matter_before(r"it is $\boxed{9}$", 7)
    (True, False)
    """
    last = text[box - _NEAR if box > _NEAR else 0 : box].rstrip(_LAYOUT)
    if last[-1:] == "=" or last[-3:] == " is":
        last = last.removesuffix("=").removesuffix(" is").rstrip()[:-1].rstrip(_LAYOUT)
    words = _LAST_WORDS.get(last[-1:])
    return words is not None and last.endswith(words) and not last.endswith("for")


def offered_beside(text: str, first: Box, last: Box) -> list[str] | None:
    r"""Return the values offered beside an answer, the boxes from `first` to `last`; None if it is denied.

    >>> from rewards.answers.extraction.boxes import boxes_in
    >>> [offered_beside(text, *boxes_in(text) * 2) for text in (r"8 or \boxed{9}", r"not \boxed{9}")]
    [['8'], None]
    """
    before: list[str] = []
    if may_matter_before(text, first.outer[0]):
        if _DENIAL_BEFORE.search(text, max(0, first.inner[0] - _REACH), first.inner[0]):
            return None
        before = _offered_before(text, first.inner)
    if _DENIAL_BEHIND.match(text, last.outer[1]):
        return None
    content = text[slice(*last.inner)]
    behind = _offered_behind(text, last.inner, last.outer[1]) or _item_behind(text, content, last.outer[1])
    return behind + (before or _item_before(text, first, last))


def _offered_behind(text: str, content: tuple[int, int], end: int) -> list[str]:
    r"""The values offered behind the box that holds `content` and ends at `end`.

    >>> _offered_behind(r"$\boxed{8}$ or maybe $9$.", (8, 9), 10)
    ['9']
    >>> _offered_behind(r"\boxed{8} or 9 apples", (7, 8), 9)
    []
    """
    found = _BEHIND.match(text, end)
    if found is None or (
        found["sign"] == "|" and "|" in text[text.rfind("\n", 0, content[0]) + 1 : content[0]]
    ):
        return []
    more = [_in_digits(one.strip(" $,")) for one in re.findall(_NUMBER, found["more"])]
    value = found["number"] or next(filter(None, found.groups()[-2:]))
    if found["number"] is None and not _is_answer(value, text[slice(*content)]):
        return []
    return [*more, _in_digits(value.removeprefix("$"))]


def _offered_before(text: str, content: tuple[int, int]) -> list[str]:
    r"""The values offered before the box that holds `content`, in their order.

    >>> _offered_before(r"7, 8 or $\boxed{9}$", (16, 17))
    ['7', '8']
    >>> _offered_before(r"as 8 or 9, it is $\boxed{9}$", (25, 26))
    []
    """
    start = max(0, content[0] - _REACH)
    between = _BETWEEN.search(text, start, content[0])
    if between is None:
        return []
    before = text[start : between.start()].rstrip()
    values: list[str] = []
    while len(values) < _MOST:
        found = _NUMBER_BEFORE.search(before) or _FORMULA_BEFORE.search(before)
        if found is None:
            break
        rest = before[: found.start()]
        if between["sign"] and rest.rstrip().endswith(_NO_OFFER[between["sign"]]):
            return []
        value = _in_digits(next(filter(None, found.groups())).removeprefix("$").rpartition("=")[2].strip())
        if not _is_answer(value, text[slice(*content)]):
            break
        values.append(value)
        comma = _COMMA_BEFORE.search(rest.rstrip("$"))
        if comma is None:
            break
        before = rest[: comma.start()]
    return values[::-1]


def _item_before(text: str, first: Box, last: Box) -> list[str]:
    r"""Return what is joined by `or` before the boxes and is no number: a letter, a word, a tuple."""
    start = max(0, first.inner[0] - _REACH)
    if not may_matter_before(text, first.outer[0]):
        return []
    between = _BETWEEN.search(text, start, first.inner[0])
    if between is None or text[start : between.end()][between.start() - start :].lstrip()[:1] == ",":
        return []
    if between["sign"] and not _APART.search(between[0]):
        return []
    before = text[start : between.start()].rstrip()
    found = _ITEM_BEFORE.search(before)
    if found is None or (between["sign"] and _TABLE_OR_SUM.search(before[: found.start()])):
        return []
    if _UNIT.fullmatch(found[0]) and _AMOUNT_BEFORE.search(before[: found.start()]):
        follows = _WORD_BEHIND.match(text, last.outer[1])
        if follows and follows[1] != found[0]:
            return []
    return _another(found[0], text[slice(*last.inner)])


def _item_behind(text: str, content: str, end: int) -> list[str]:
    r"""Return what is joined by `or` behind a box and is no number, up to the end of the clause."""
    found = _ITEM_BEHIND.match(text, end)
    if found is None:
        return []
    item = found["item"].strip()
    if found["sign"] and (
        not _APART.search(text[end : found.start("item")])
        or "|" in text[text.rfind("\n", 0, end) + 1 : end]
        or " " in item
    ):
        return []
    return [] if found["comma"] and " " in item.strip("$ ") else _another(item, content)


def _another(item: str, content: str) -> list[str]:
    """An alternative, unless it says what the box says."""
    if item.startswith("$") and _NAME.fullmatch(item.strip("$ ")) and not _LETTERS.search(content):
        return []  # a name of the answer
    return [] if _bare(item) in ("", _bare(content)) else [f"or {item.strip('$* ')}"]


def _bare(item: str) -> str:
    return _WRAPPING.sub("", item).casefold()


def _in_digits(value: str) -> str:
    """A value with its number in words as digits.

    >>> _in_digits("forty-two"), _in_digits("Five"), _in_digits("42"), _in_digits("x + 1")
    ('42', '5', '42', 'x + 1')
    """
    if not re.fullmatch(_IN_WORDS, value):
        return value
    return str(sum(NUMBER_WORDS[word] for word in re.split("[ -]", value.lower())))


def chained(answer: str, offered: str) -> str:
    """Return an answer and what is offered beside it as one chain, which holds if both are the same value.

    >>> chained("8", "9"), chained("2x", "3x"), chained("x = 8", "8")
    ('8 = 9', 'y = 2x = 3x', 'x = 8')
    """
    if offered.startswith("or "):
        return f"{answer} {offered}"
    if offered.strip("\\$% ") in [value.strip() for value in answer.split("=")]:
        return answer
    letters = _letters(answer) | _letters(offered)
    named = "=" in answer or not (letters or _CONSTANT.search(answer))
    name = "" if named else next((f"{name} = " for name in "yzuvw" if name not in letters), "")
    return f"{name}{answer} = {offered}"


def _is_answer(value: str, answer: str) -> bool:
    """Return True if a value beside an answer may be another: it holds letters only if the answer does."""
    return not _letters(value) or bool(_letters(answer) and not _NAME.fullmatch(value))


def _letters(formula: str) -> set[str]:
    """The letters and commands of a formula that a number has not."""
    return set(_LETTERS.findall(formula)) - _OF_NUMBERS
