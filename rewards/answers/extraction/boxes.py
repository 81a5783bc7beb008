r"""The boxes of a completion: `\boxed{}` and `\fbox{}`, with any braces in them.

One pass over at most the last :data:`WINDOW` code points, so that no completion, however hostile, takes more
than linear time. A box around a box is one box, and a box with nothing in it is none.

>>> [box.inner for box in boxes_in(r"\boxed{4} or \fbox{ 5 }")]
[(7, 8), (20, 21)]
"""

from __future__ import annotations

import dataclasses
import re
from typing import Final

from rewards.text.stop_tokens import holds_only_stop_tokens

__all__ = [
    "CONTENT",
    "WINDOW",
    "Box",
    "boxes_in",
    "last_box",
    "skip_blanks",
    "trimmed",
    "unboxed",
    "with_sign",
]

WINDOW: Final = 1 << 20
"""Code points at the end of a completion that are searched."""

_READ: Final = 1024
"""Number of boxes that are read, the last ones: repetition may fill a completion with a hundred thousand."""

_NAME: Final = r"(?:boxed|fbox)(?![a-zA-Z])"
_NAMED: Final = re.compile(r"\\(?:boxed|fbox)")
_TOKEN: Final = re.compile(
    rf"(?P<box>\\{_NAME})"
    rf"|\\\\(?!{_NAME})"  # a line break; but `\\boxed` is a box that was escaped once too often
    r"|\\[{}]"
    r"|(?P<open>\{)"
    r"|(?P<close>\})"
)


def _balanced(depth: int) -> str:
    """A pattern of text without boxes in it and with braces nested up to `depth` times; never backtracks."""
    inner = rf"|\{{{_balanced(depth - 1)}\}}" if depth else ""
    return rf"(?:[^{{}}\\]++|\\[^{{}}]{inner})*+"


CONTENT: Final = _balanced(4)
"""A pattern of the content of a box without escaped braces, and with braces nested at most four times."""

_BARE: Final = re.compile(r"[ \t]*((?:[-+]?\d(?:[\d.,/]*\d)?%?|[A-Za-z])(?![\w\\{]))")
"""The content of a box without braces: `\\boxed 5`."""
_BLANK: Final = re.compile(r"\s*")
_PAIRED: Final = 4096
"""Max code points of an answer whose dollar signs are counted, for boxes within boxes to cost little."""
_ATTACHED_MINUS: Final = re.compile(r"(?:(?<!\S)(?<!\$\s)|(?<=:))[-\u2212\u2013]\$?\Z")
"""A minus sign with no blank behind it, unlike the dash of a list; after a value, the dash is a dash."""
_COMPOUND: Final = re.compile(r"[-+=,;<>\u2212]")


@dataclasses.dataclass(frozen=True, slots=True)
class Box:
    """One box of a completion; all positions are in code points."""

    outer: tuple[int, int]
    """From the backslash to behind the closing brace."""

    inner: tuple[int, int]
    """The content, without blanks around it."""


def last_box(completion: str, *, start: int = 0) -> Box | None:
    r"""Return the last box with something in it, from `start` on; boxes inside a box are part of it.

    >>> last_box(r"so \boxed{5}.")
    Box(outer=(3, 12), inner=(10, 11))
    """
    boxes = boxes_in(completion, max(start, len(completion) - WINDOW))
    return boxes[-1] if boxes else None


def boxes_in(text: str, start: int = 0) -> list[Box]:
    r"""Return the outermost boxes with something in them, in order; no more than the last thousand.

    >>> boxes_in(r"\boxed{\boxed{4}} \boxed{}")
    [Box(outer=(0, 17), inner=(14, 15))]
    """
    named = _named(text, start)
    if not named:
        return []
    boxes: list[Box] = []
    open_braces: list[int | None] = []  # for each, where the box that it opens begins
    box, due = 0, -1  # the box named last, and where its brace is due
    for token in _TOKEN.finditer(text, named[0]):
        at = token.start()
        if token["box"]:
            box, due = at, skip_blanks(text, token.end())
            if bare := _BARE.match(text, token.end()):
                boxes.append(Box((box, bare.end()), bare.span(1)))
        elif token["open"]:
            open_braces.append(box if at == due else None)
        elif token["close"] and open_braces and (begin := open_braces.pop()) is not None:
            inner = trimmed(text, text.index("{", begin) + 1, at)
            if inner is None:
                continue
            while boxes and boxes[-1].outer[0] > begin:
                inside = boxes.pop()
                if inside.outer == inner:  # a box around nothing but a box
                    inner = inside.inner
            boxes.append(Box((begin, token.end()), inner))
    return boxes


def _named(text: str, start: int) -> list[int]:
    """Return the positions of the names of boxes from `start` on, the last ones."""
    first = text.find("box", start)  # in a tenth of the time of the pattern
    if first < 0:
        return []
    return [match.start() for match in _NAMED.finditer(text, max(start, first - 2))][-_READ:]


def unboxed(gold: str) -> str:
    r"""Return the contents of the boxes of a gold, all of which it means; the gold itself without any.

    >>> unboxed(r"so the roots are $\boxed{1}$ and $\boxed{-\frac{1}{2}}$."), unboxed("5")
    ('1, -\\frac{1}{2}', '5')
    """
    if "box" not in gold:
        return gold
    return ", ".join(gold[slice(*box.inner)] for box in boxes_in(gold)) or gold


def skip_blanks(text: str, at: int) -> int:
    """Return the position of the first code point from `at` on that is no blank."""
    match = _BLANK.match(text, at)
    return match.end() if match else at


def trimmed(text: str, start: int, end: int, markup: str = "") -> tuple[int, int] | None:
    r"""Return `[start, end)` without blanks, dollar signs and `markup` around it; None where nothing is left.

    Dollar signs stay where more of them stand inside, as in `50 $\mathrm{cm}$`: there they come in pairs.
    Stop and padding tokens alone are nothing.
    """
    span = _stripped(text, start, end, " \t\r\n" + markup)
    if span is None:
        return None
    if span[1] - span[0] <= _PAIRED and holds_only_stop_tokens(text[slice(*span)].strip(" $")):
        return None
    if text[span[0]] != "$" and text[span[1] - 1] != "$":
        return span
    inner = _stripped(text, *span, " \t\r\n$" + markup)
    if inner is None or inner[1] - inner[0] > _PAIRED:
        return inner
    return span if text.count("$", *inner) > text.count("\\$", *inner) else inner


def _stripped(text: str, start: int, end: int, marks: str) -> tuple[int, int] | None:
    while start < end and text[start] in marks:
        start += 1
    while end > start and text[end - 1] in marks and text[end - 2 : end] not in ("\\$", "\\ "):
        end -= 1
    return (start, end) if start < end else None


def with_sign(text: str, box: int, content: str) -> str:
    r"""Return the content of a box, with the minus sign before it, as in `x = -\boxed{3}`."""
    if not _minus_before(text, box):
        return content
    return f"-({content})" if _COMPOUND.search(content) else f"-{content}"


def _minus_before(text: str, box: int) -> bool:
    r"""Return True if a minus sign belongs to a box: after `=` or an opening `$`, not a dash in prose."""
    if _ATTACHED_MINUS.search(text, max(0, box - 4), box):
        return True
    sign = box - 1
    while sign > 0 and text[sign] in " \\":
        sign -= 1
    if sign < 1 or text[sign] not in "-\u2212":
        return False
    if text[max(0, sign - 16) : sign].rstrip().endswith(("=", "\\(", "\\[")):
        return True
    return text[sign - 1] == "$" and text.count("$", 0, sign) % 2 == 1
