r"""The formula around a box: where the box is an operand of it, it is opened.

In `$6 + \boxed{5}$` and `$(6, \boxed{5})$` the box is a part of what is said, and the answer is the formula
with its boxes opened; in `$x = \boxed{5}$`, `\boxed{5}\text{ cm}` and `\therefore \boxed{5}` it is all of it.
The formula reaches to the relation signs around it: `$x = 1 + \boxed{4}$` is `1+4`. Boxes that fill in an
equation between numbers (`$2 + \boxed{5} = 7$`) are the answer.

>>> from rewards.answers.extraction.boxes import boxes_in
>>> [opened(text, boxes_in(text)) for text in (r"$x = 6 + \boxed{5}$", r"$x = \boxed{5}$")]
['6 + 5', None]
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rewards.answers.extraction.boxes import Box

__all__ = ["REACH", "is_operand", "opened"]

REACH: Final = 200
"""Code points on each side of the boxes in which their formula is looked for."""

_DELIMITER: Final = re.compile(
    r"\$\$?|\\[(\[\])]|\n[ \t]*\n|\\\\(?![a-zA-Z])(?:\[[^\]]*\])?|&|\\(?:begin|end)\{[^{}]*\}"
)
_TEXT: Final = re.compile(r"\\(?:text|mbox|textbf|textit|textrm)\{[^{}]*\}?")
_PROSE: Final = re.compile(r"(?<![a-zA-Z\\])(?:[a-zA-Z]{2,}(?![a-zA-Z{])|[\u4e00-\u9fff])")
_BLANK: Final = (
    r"(?:\s|\\[,;:! ]|\\(?:quad|qquad|displaystyle|left|right|[bB]igg?|bf|rm|LARGE"
    r"|[lL]arge|[hH]uge)(?![a-zA-Z]))"
)
_RELATION: Final = (
    r"(?:[=≈≡:→⇒⟹∴<>≤≥∈]|\\(?:approx|simeq|equiv|cong|to|rightarrow|Rightarrow|Longrightarrow|longrightarrow|implies|iff"
    r"|Leftrightarrow|therefore|because|leq?|geq?|leqslant|geqslant|lt|gt|in|sim|neq?|colon|mapsto|so)(?![a-zA-Z]))"
)
_RELATIONS: Final = re.compile(_RELATION)
_SHOWN: Final = re.compile(
    r"\\(?:text|mbox|textbf|mathbf|boldsymbol|bm|mathrm|mathit|underline|displaystyle|color\{\w+\}|textcolor\{\w+\}|Aboxed|hbox|fbox)\Z"
)
"""A command that only shows its argument in another way."""
_OPERATOR_BEFORE: Final = re.compile(
    r"(?:[+±∓*/×·÷√^_]|\\(?:pm|mp|times|cdot|div|sqrt|ast|star|circ|cup|cap)|[^\s$\-\u2212=(,{]\s*[-\u2212])\Z"
)
_OPERAND_BEHIND: Final = re.compile(
    r"[+±∓*×·÷^_!\d(\[|√/<≤>≥≈²³]|[-\u2212](?!\s*\Z)|\.\d"
    r"|,\s*(?:\\[,; ]\s*)*[^\s.,\\]|,\s*\\(?![,; ]|quad|qquad|text|end)"
    r"|[a-zA-Z](?![a-zA-Z])"
    r"|\\(?:pm|mp|times|cdot|div|sqrt|pi|frac|dfrac|tfrac|binom|le|leq|ge|geq|lt|gt|approx|alpha|beta|theta|lambda|ln|log|sin"
    r"|cos|tan|exp|left|cup|cap|setminus|infty|ldots|cdots|dots)(?![a-zA-Z])"
)
_ENDS_APART: Final = re.compile(
    rf"(?:{_RELATION}|\\(?:lor|vee|bullet|blacksquare|checkmark|square)|{_TEXT.pattern})\s*[-\u2212]?\Z|(?<![^\s$])[-\u2212]\Z"
)
_ENDS_JOINED: Final = re.compile(r"(?:[\w)\]}(\[|!']|\\[a-zA-Z]+)\Z")
_UNKNOWN: Final = re.compile(r"(?<![a-zA-Z\\])[a-zA-Z]|[<>,]|\\(?:pm|alpha|beta|theta|lambda)")
_DEGREE: Final = re.compile(r"\^\s*\{?\s*\\?(?:circ|prime)|\^\s*\{?\s*°|[_^]\s*\{\s*\\(?:text|mathrm)")


def opened(text: str, boxes: Sequence[Box]) -> str | None:
    r"""Return the formula around boxes with the boxes opened; None where none of them is an operand of it.

    >>> from rewards.answers.extraction.boxes import boxes_in
    >>> [opened(text, boxes_in(text)) for text in (r"$\boxed{x+1}^2$", r"\[\boxed{5}\text{ cm}\]")]
    ['(x+1)^2', None]
    """
    first, last = boxes[0].outer[0], boxes[-1].outer[1]
    before, behind = text[max(0, first - REACH) : first], text[last : last + REACH]
    gaps = [text[one.outer[1] : two.outer[0]] for one, two in itertools.pairwise(boxes)]
    if not is_operand(before, behind) and not any(map(_operates, gaps)):
        return None
    if _fills_in(before, behind):
        return None
    formula = _within(before)
    contents = [_grouped(text[slice(*box.inner)]) for box in boxes]
    for content, follows in zip(contents, [*gaps, _until(behind)], strict=True):
        formula = _beside(_beside(formula, content), follows)
    return formula.strip()


def _fills_in(before: str, behind: str) -> bool:
    r"""Return True if boxes fill in an equation between numbers, as in `2 + \\boxed{5} = 7`."""
    formula, _ = _formula_before(before)
    sides = [*formula.split("=")[:-1][-1:], *_until(behind).split("=")[1:2]]
    return any(re.search(r"\d", side) and not _UNKNOWN.search(side) for side in sides)


def _beside(left: str, right: str) -> str:
    """Two parts of a formula; digits that only the frame of a box parts are not understood."""
    return f"{left}?{right}" if left[-1:].isdecimal() and right[:1].isdecimal() else left + right


def is_operand(before: str, behind: str) -> bool:
    r"""Return True if a box between two texts is an operand of a formula.

    >>> is_operand("$2^{", "}$"), is_operand("$6, ", "$"), is_operand("$x = ", "$."), is_operand("* ", "")
    (True, True, False, False)
    """
    return _operated_before(before) or _operated_behind(before, behind)


_COMPOUND: Final = re.compile(r"[-+=,;<>\u2212/]|\\pm")


def _grouped(content: str) -> str:
    """The content of a box as an operand."""
    return (
        f"({content})" if _COMPOUND.search(content.lstrip("-\u2212")) and content[:1] not in "([" else content
    )


def _operates(gap: str) -> bool:
    """Return True if two boxes with `gap` between them are operands of one formula."""
    if "$" in gap or "\n" in gap:
        return False
    middle = re.sub(rf"{_BLANK}+|[{{}}]", "", gap)
    return bool(
        re.fullmatch(
            r"[-+±*/×·^_<>≤≥\u2212]|\\(?:pm|mp|times|cdot|div|le|leq|ge|geq|lt|gt)|[<≤]\w[<≤]|\\leq?\w\\leq?",
            middle,
        )
        or (_OPERAND_BEHIND.match(middle) and middle[:1] not in ",(")
    )


def _formula_before(before: str) -> tuple[str, bool]:
    """The formula up to a box, and whether it stands in mathematics for sure."""
    marks = list(_DELIMITER.finditer(before))
    if not marks:
        line = before[before.rfind("\n") + 1 :]
        return line, False
    mark = marks[-1]
    inside = mark[0] not in ("\\)", "\\]") and not mark[0].isspace()
    if mark[0].startswith("$"):
        inside = sum(one[0].startswith("$") for one in marks) % 2 == 1
    return before[mark.end() :], inside


def _operated_before(before: str) -> bool:
    formula, inside = _formula_before(before)
    piece = re.sub(rf"(?:{_BLANK})+\Z", "", formula)
    if not piece:
        return False
    if piece.endswith("{"):
        return _is_argument(piece[:-1].rstrip())
    if _OPERATOR_BEFORE.search(piece):
        return inside or _is_formula(piece)
    if not inside or _PROSE.search(_TEXT.sub("", piece)):
        return False
    return _joins(piece)


def _is_argument(piece: str) -> bool:
    if not piece or _SHOWN.search(piece):
        return False
    return piece[-1] in "^_}" or bool(
        re.search(r"\\(?:[dt]?frac|sqrt|binom|log|exp|bar|overline|vec|hat)(?:\[[^\]]*\])?\Z", piece)
    )


def _is_formula(piece: str) -> bool:
    """Return True if a piece of a line without dollar signs is a formula, not a bullet or words."""
    operand = _RELATIONS.split(piece)[-1].strip("*+-/·×÷±^_ ")
    return bool(operand) and not _PROSE.search(_TEXT.sub("", piece)) and not piece.endswith("**")


def _joins(piece: str) -> bool:
    """Return True if what stands before a box within mathematics is joined to it."""
    if piece[-1] in ",;":
        return "=" not in piece and bool(piece.strip(",; "))
    return not _ENDS_APART.search(piece) and bool(_ENDS_JOINED.search(piece))


def _operated_behind(before: str, behind: str) -> bool:
    found = _DELIMITER.search(behind)
    piece = behind[: found.start()] if found else behind.partition("\n")[0]
    inside = (
        bool(found and (found[0].startswith(("$", "&")) or found[0] in ("\\)", "\\]", "\\\\")))
        and _formula_before(before)[1]
    )
    piece = re.sub(rf"\A(?:{_BLANK}|[{{}}])+", "", piece)
    if not piece or _DEGREE.match(piece) or not _OPERAND_BEHIND.match(piece):
        return False
    if inside:
        return not _PROSE.search(_TEXT.sub("", piece))
    return bool(re.match(r"[±+×^²³√÷]|\\pm", piece)) and not _PROSE.search(_TEXT.sub("", piece))


def _within(before: str) -> str:
    """The part of the formula before a box that belongs to it: behind the last relation sign."""
    formula, _ = _formula_before(before)
    signs = list(_RELATIONS.finditer(formula))
    return formula[signs[-1].end() :] if signs else formula


def _until(behind: str) -> str:
    found = _DELIMITER.search(behind)
    piece = behind[: found.start()] if found else behind.partition("\n")[0]
    return piece.rstrip(" .。")
