r"""The words beside a box that change what it says: denials, bounds, signs and scales, as one table.

A denial leaves no answer (`cannot be \boxed{5}`, `\boxed{5} is false`), and neither do words that bound or
multiply (`at least \boxed{5}`, `half of \boxed{5}`). A sign or a scale belongs to the answer (`minus
\boxed{5}`, `\boxed{5} million`). Words of nearness (`about \boxed{3.14}`) change nothing: the value is
compared as it stands. Only the clause beside the box is read: `it is not 5 but \boxed{6}` and `\boxed{6},
not 5` are 6.

>>> beside("the answer is never $", "$.").effect, beside("It is not 5 but $", "$, not 7.")
(<Effect.DENIES: 'denies'>, None)
"""

from __future__ import annotations

import enum
import re
from typing import Final, NamedTuple

from rewards.answers.extraction.joints import CORRECTION
from rewards.answers.notation.words import SCALES

__all__ = ["REACH", "ROWS", "Beside", "Effect", "beside"]

REACH: Final = 96
"""Code points on each side of a box in which its clause is read."""


class Effect(enum.Enum):
    """The effect of words beside a box on what the box says."""

    DENIES = "denies"
    CHANGES = "changes"
    """The answer is another value than the box, and which is not understood."""
    NEGATES = "negates"
    SCALES = "scales"
    """The answer is the box and the word behind it."""


class Row(NamedTuple):
    """A row of the table."""

    name: str
    effect: Effect
    before: bool
    """True if the words stand before the box."""
    pattern: re.Pattern[str]
    examples: tuple[str, ...]
    twins: tuple[str, ...]
    """Completions whose box keeps what it says."""


class Beside(NamedTuple):
    """The effect of the words beside a box, and the word that has it."""

    effect: Effect
    word: str


_GAP: Final = r"[\s$*\"“(]"
_AT_BOX: Final = (
    r"[\s$*:\"“({\[]{0,16}(?:\\[(\[])?(?:\\text(?:bf)?\{)?[\s$*]{0,8}(?:\\?[a-zA-Z]\s?=\s?)?[-\u2212]?\Z"
)
_FROM_BOX: Final = r"[\s$*}\"”)]{0,8}+(?:\\[)\]])?[\s$*]{0,8}"
_LINK: Final = (
    rf"(?:{_GAP}+(?:be|is|are|was|it|its|it's|that|the|a|an|answer|value|result|solution|of|equals?|equal|to|as|for"
    r"|correct|right|final|true|actual|just|simply|really|only|x|=|this|we|get)(?![a-zA-Z])){0,6}"
)
_WRONG: Final = r"(?:wrong|incorrect|false|mistaken|erroneous|invalid)"
_REFUTED: Final = (
    rf"(?:{_WRONG}|impossible|unacceptable|inadmissible|extraneous|excluded|rejected|discarded"
    r"|ruled out|refuted"
    r"|a mistake|an error|no (?:answer|solution)|too (?:big|small|large|low|high))(?![a-zA-Z])"
)
_ADVERBS: Final = (
    r"(?:(?:an?|the|clearly|obviously|also|just|simply|definitely|actually|plainly|certainly|therefore"
    r"|thus|common|quite|completely|now)\s{1,4}){0,3}"
)
_ANSWER: Final = r"(?:answer|result|value|guess|solution|response)"
_IS: Final = r"(?:is|was|are|be|been|would be|must be|has to be|can be|should be|will be|seems|looks)"
_RIGHT: Final = (
    r"(?:right|correct|true|valid|possible|acceptable|allowed"
    r"|it|the|my|our|an? (?:answer|solution|valid|possible))"
)
_REQUIRED: Final = r"(?<![a-zA-Z])(?:must|needs?|required?|requires|ha(?:s|ve) to|should)(?![a-zA-Z])"
"""Words of a requirement: what is required at least is the least."""
_NUMBER: Final = r"[-\u2212]?\d{1,20}(?:[.,/]\d{1,20})?"
_SCALE_WORDS: Final = "|".join(SCALES)


def _row(
    name: str, effect: Effect, side: str, pattern: str, examples: tuple[str, ...], twins: tuple[str, ...]
) -> Row:
    before = side == "before"
    anchored = pattern + _AT_BOX if before else _FROM_BOX + pattern
    return Row(name, effect, before, re.compile(anchored, re.IGNORECASE | re.DOTALL), examples, twins)


ROWS: Final = (
    _row(
        "negation",
        Effect.DENIES,
        "before",
        r"(?:(?<![a-zA-Z\\])(?:not|cannot|never|neither|nor|except|without|excluding|unless|doubt|other than"
        r"|rather than|instead of|(?:any|every)thing but|all but)(?![a-zA-Z])"
        r"|n['’]t(?![a-zA-Z])|≠|\\neq?(?![a-zA-Z])"
        rf"|不是|并非|不等于){_LINK}",
        (
            r"it cannot be \boxed{5}",
            r"6 rather than \boxed{5}",
            r"all except \boxed{5}",
            r"I doubt it is \boxed{5}",
        ),
        (r"it is not 6 but \boxed{5}", r"if not, then \boxed{5}", r"those not prime are \boxed{5}"),
    ),
    _row(
        "no",
        Effect.DENIES,
        "before",
        r"(?<![a-zA-Z\\])no(?=[\s$(])",
        (r"no \boxed{5}",),
        (r"6? No, \boxed{5}", r"no: \boxed{5}"),
    ),
    _row(
        "a wrong answer named",
        Effect.DENIES,
        "before",
        rf"(?:\A|(?<![a-zA-Z])(?:an?|the|common|this))[\s*_]{{0,4}}{_WRONG}(?:\s{{1,4}}{_ANSWER})?"
        rf"(?:\s{{1,4}}{_IS}|\s{{0,4}}[:*]{{1,4}})",
        (r"Wrong: \boxed{5}", r"The wrong answer is \boxed{5}", r"An incorrect result would be \boxed{5}"),
        (r"The false statement is \boxed{5}", r"The number that are wrong is \boxed{5}"),
    ),
    _row(
        "a mistake named",
        Effect.DENIES,
        "before",
        r"(?<![a-zA-Z])(?:(?:common|usual|typical|frequent|easy) (?:mistake|error|misconception|trap)"
        r"|tempting to|tempted to)(?![a-zA-Z])[^.,;:\\$]{0,30}",
        (r"A common mistake gives \boxed{5}", r"It is tempting to say \boxed{5}"),
        (r"Beware the usual error; we get \boxed{5}",),
    ),
    _row(
        "struck out",
        Effect.DENIES,
        "before",
        r"(?:~~(?!\s)|<(?:s|del|strike)>|\\(?:[bx]?cancel|sout|st)\{)",
        (r"~~\boxed{5}~~", r"<s>\boxed{5}</s>", r"\cancel{\boxed{5}}"),
        (r"~~4~~ \boxed{5}", r"\mathbf{\boxed{5}}"),
    ),
    _row(
        "bound",
        Effect.CHANGES,
        "before",
        rf"\A(?!.*{_REQUIRED}).*(?<![a-zA-Z\\])(?:at (?:least|most)"
        r"|(?:more|less|fewer|greater|larger|smaller|bigger) than|(?<!add )(?<!adds )up to"
        r"|over|under|above|below|exceeds|exceeding)(?![a-zA-Z])",
        (r"at least \boxed{5}", r"it is more than \boxed{5}"),
        (r"She must score at least \boxed{5}", r"at most n, that is \boxed{5}", r"they add up to \boxed{5}"),
    ),
    _row(
        "multiple",
        Effect.CHANGES,
        "before",
        r"(?<![a-zA-Z\\])(?:(?:half|third|quarter|double|square|root|cube|reciprocal|inverse|opposite|percent)"
        r" (?:of )?|twice|thrice|double|triple|times|plus)(?![a-zA-Z])",
        (r"half of \boxed{5}", r"twice \boxed{5}", r"six plus \boxed{5}"),
        (r"twice as many: \boxed{5}", r"Half of ten is \boxed{5}"),
    ),
    _row(
        "part of a list",
        Effect.CHANGES,
        "before",
        rf"\A[\s$*]{{0,4}}(?:[^,\d]{{0,60}}(?<![a-zA-Z])(?:are|is)\s[\s$]{{0,4}})?{_NUMBER}[\s$]{{0,4}}"
        r"(?:(?:,\s{0,4})?and(?![a-zA-Z])|,)",
        (r"6 and \boxed{5}", r"6, \boxed{5}", r"The roots are 6 and \boxed{5}"),
        (r"Step 6, so \boxed{5}", r"With 6 and 7 we get \boxed{5}"),
    ),
    _row(
        "sign",
        Effect.NEGATES,
        "before",
        r"(?<![a-zA-Z\\])(?:minus|negative)(?![a-zA-Z])",
        (r"minus \boxed{5}", r"it is negative \boxed{5}"),
        (r"it is negative: so \boxed{5}",),
    ),
    _row(
        "refutation",
        Effect.DENIES,
        "behind",
        rf"(?:[-,:(\u2013\u2014]{{1,3}}\s{{0,4}})?(?:(?:which|that|this|it)\s{{1,4}})?(?:{_IS}\s{{1,4}}{_ADVERBS}{_REFUTED}"
        rf"|{_REFUTED}(?=\W{{0,3}}(?:[.;:,!?)\n]|\Z|answer(?!s))))",
        (
            r"\boxed{5} is false",
            r"\boxed{5} (wrong)",
            r"\boxed{5} must be rejected",
            r"\boxed{5} is the wrong answer",
        ),
        (r"\boxed{5} wrong answers", r"\boxed{5} is right, 6 is wrong"),
    ),
    _row(
        "denial",
        Effect.DENIES,
        "behind",
        rf"(?:[-,:(\u2013\u2014]{{1,3}}\s{{0,4}})?(?:(?:is|was|does|would|could|can|will)(?:\s{{1,4}}not|n['’]t)|cannot)\s{{1,4}}"
        rf"(?:be\s{{1,4}})?{_ADVERBS}(?:{_RIGHT}|work|hold|satisfy|fit)(?![a-zA-Z])",
        (r"\boxed{5} isn't right", r"\boxed{5} is not the answer", r"\boxed{5} cannot be correct"),
        (r"\boxed{5} is not prime", r"\boxed{5} (not 6)"),
    ),
    _row(
        "refuting verb",
        Effect.DENIES,
        "behind",
        r"(?:fails|contradicts|violates|是?(?:错的|不对)|[✗✘❌×](?!\s{0,4}\d))",
        (r"\boxed{5} fails", r"\boxed{5} contradicts the problem", r"\boxed{5} ❌"),
        (r"\boxed{5}, and 6 fails",),
    ),
    _row(
        "taken back",
        Effect.DENIES,
        "behind",
        rf"[.!?;,]{{0,3}}\s{{0,4}}(?:\(\s?)?(?:(?:hmm+|uh|oh|but|ah)[\s,.]{{1,4}})?(?!actually|或)(?!\s{{0,4}}(?:is|was)){CORRECTION}",
        (r"\boxed{5}. Wait, it should be 6.", r"\boxed{5} No, it is 6.", r"\boxed{5}? No."),
        (r"\boxed{5}, no units", r"\boxed{5}. Actually this is easy."),
    ),
    _row(
        "another",
        Effect.CHANGES,
        "behind",
        r"[^.!?\n\\]{0,40};[^.!?\n\\]{0,24}(?<![a-zA-Z])another(?:\s{1,4}is|(?=\W|\Z))",
        (r"One answer is \boxed{5}; another is 6",),
        (r"\boxed{5}; we are done",),
    ),
    _row(
        "bound behind",
        Effect.CHANGES,
        "behind",
        r",?\s{0,4}(?:or|and|at)\s{1,4}(?:more|less|fewer|greater|larger|smaller|higher|lower|above|below|so|over|under|up"
        r"|least|most)(?=\s{0,4}(?:[.,;:!?)\n]|\Z|than))",
        (r"\boxed{5} or more", r"\boxed{5} at most", r"\boxed{5} or so"),
        (r"\boxed{5}, or more simply, 5", r"\boxed{5} and so on"),
    ),
    _row(
        "part of a list behind",
        Effect.CHANGES,
        "behind",
        rf"(?:,\s{{0,4}})?and\s[\s$]{{0,4}}{_NUMBER}(?=[\s$*]{{0,4}}(?:[.;!?](?!\d)|\Z|\n))",
        (r"\boxed{5} and 6", r"$\boxed{5}$, and $6$."),
        (r"\boxed{5} and 6 is too much", r"\boxed{5} apples and 6"),
    ),
    _row(
        "scale",
        Effect.SCALES,
        "behind",
        rf"(?:\\text\{{)?\s{{0,4}}(?P<word>{_SCALE_WORDS})(?![a-zA-Z])",
        (r"\boxed{5} million", r"$\boxed{5}$ dozen eggs"),
        (r"\boxed{5} hundredths",),
    ),
)
"""The words; the first row whose pattern is found in the clause beside a box counts."""

_BEFORE: Final = tuple(row for row in ROWS if row.before)
_BEHIND: Final = tuple(row for row in ROWS if not row.before)
_CLAUSE_END: Final = re.compile(r"[.!?]\s|;\s|[。！？]|\n[ \t]*\n")
_WORDS: Final = re.compile("[a-z]+")
_TRIGGERS: Final = frozenset(
    (
        *("not", "t", "cannot", "never", "neither", "nor", "except", "without", "excluding", "unless"),
        *("doubt", "other", "rather", "instead", "but", "no", "wrong", "incorrect", "false", "mistaken"),
        *("erroneous", "invalid", "mistake", "error", "misconception", "trap", "tempting", "tempted"),
        *("s", "del", "strike", "cancel", "bcancel", "xcancel", "sout", "st", "least", "most", "than"),
        *("up", "over", "under", "above", "below", "exceeds", "exceeding", "and", "half", "third"),
        *("quarter", "double", "square", "root", "cube", "reciprocal", "inverse", "opposite", "percent"),
        *("twice", "thrice", "triple", "times", "plus", "minus", "negative", "ne", "neq"),
    )
)
"""The words of the rows before a box: without any of them, no row is tried."""
_MARKS: Final = ("~~", "≠", "不", "并非")
_IDLE: Final = " \t\r\n$*}])\\.。"


def beside(before: str, behind: str) -> Beside | None:
    r"""Return the effect of the words before and behind a box; None where it says what it says.

    >>> beside("", " million")
    Beside(effect=<Effect.SCALES: 'scales'>, word='million')
    >>> beside("the value is $", "$.")
    """
    if _may_say(before):
        *_, clause = _CLAUSE_END.split(before)
        for row in _BEFORE:
            if row.pattern.search(clause):
                return Beside(row.effect, "")
    if behind.lstrip(_IDLE):
        for row in _BEHIND:
            if found := row.pattern.match(behind):
                return Beside(row.effect, found["word"] if row.effect is Effect.SCALES else "")
    return None


def _may_say(before: str) -> bool:
    """Return True if a row may be found before a box; a cheap filter."""
    return (
        before.rstrip(" $\n").endswith(",")
        or not _TRIGGERS.isdisjoint(_WORDS.findall(before.lower()))
        or any(mark in before for mark in _MARKS)
    )
