r"""From the text of an answer to a flat list of tokens, in one pass and linear time.

Layout disappears here: sizes, spaces, `\left`, dollar signs, fonts, the difference between `\dfrac` and
`\frac`, between `≤` and `\le`, between full-width and plain. So two answers with equal tokens say the same
thing, which is the whole of the text tier. What a token means beside its neighbours is the reader's business;
a sign that nobody knows becomes a token of kind `other`, which no reader accepts.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from rewards.answers.notation.functions import FUNCTIONS, NAMES
from rewards.answers.notation.rewrites import GLUED, rewritten
from rewards.answers.notation.symbols import (
    BRACED_ROWS,
    COMMANDS,
    LAYOUT,
    NEGATED,
    RUNS,
    SIGNS,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    USES_OF_BRACES,
    VULGAR_FRACTIONS,
)
from rewards.answers.reading.kinds import Kind
from rewards.answers.reading.names import apply_names, may_be_name, without_braces
from rewards.answers.reading.neighbours import settle
from rewards.answers.tree.syntax import MAX_DIGITS, MAX_NODES

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_CHARACTERS", "TextTooBigError", "Token", "token_places", "tokenize"]


MAX_CHARACTERS = 40_000
"""Maximum length of an answer; a longer one is refused unread."""


class TextTooBigError(Exception):
    """The text is plainly too big to judge: too long, too deep, too many digits."""


class Token(NamedTuple):
    """One token: its kind, its canonical value, and whether white space stood before it."""

    kind: Kind
    value: str
    gap: bool = False


_NOTHING: Final = Token(Kind.EOF, "")
_token: Final = tuple.__new__
"""Makes a token in half the time of calling its class."""

_MASTER: Final = re.compile(
    r"""
    (?P<brace> [{}] )
  | (?P<plain> [()\[\]^_+&/] )
  | (?P<digits> \d++ (?= [})^_+/=*<>&|(-] | \Z ) )
  | (?P<space> [\s~]+ | \\[,;:!>\ ] | \\(?:left|right)\s?\. )
  | (?P<repeating>
      \d*\.\d*\\dot\s?(?:\{\d\}|\d)\d*\\dot\s?(?:\{\d\}|\d)
      | \d*\.\d*\\(?:overline|bar|dot)\s?(?:\{\d+\}|\d)
      | \d+\.\(\d+\)
    )
  | (?P<number>
      (?: (?<![\d.,_^])[1-9]\d{0,2}
          (?:(?:,\\!\ ?|\\!,\ ?|\ ?\{,\ ?\}|\\[,;:\ ]|\\thinspace\ ?|[\ ~'])\d{3})+(?!\d)
        | (?<![\d.,_^])[1-9]\d{0,2}(?:,\d{3})+(?!,?\d)
        | \d+
      )
      (?: \.\d+ | \.(?=\s?[*/^]|[-+,;\])]) )?
      (?: [eE][+-]?\d+(?!\w|\.\d) )?
    | \.\d+ (?: [eE][+-]?\d+(?!\w|\.\d) )?
    )
  | (?P<run> [A-Za-z]+ )
  | \\begin\s?\{(?P<begin>[A-Za-z]+\*?)\}(?:\s?\{[lcr|\s]*\})?
  | \\end\s?\{(?P<end>[A-Za-z]+\*?)\}
  | \\(?P<command>[A-Za-z]+)
  | \\(?P<escape>[^A-Za-z])
  | (?P<multi> !=|<=|>=|=>|->|\*\*|==|\.\.\.+|:= )
  | (?P<cjk> 根号|或者|以及|度(?![\u4e00-\u9fff])|[或和与且及] )
  | (?P<superscript> [@UP@]+ )
  | (?P<subscript> [@DOWN@]+ )
  | (?P<words> (?:(?![或和与且及\u2460-\u2473])[^\W\d_a-zA-Z\u0370-\u03ff\u00aa-\u00be\u2070-\u2182])+ )
  | (?P<sign> . )
    """.replace("@UP@", "".join(SUPERSCRIPTS)).replace("@DOWN@", "".join(SUBSCRIPTS)),
    re.VERBOSE | re.DOTALL,
)

_SCRIPTS: Final = {"superscript": ("^", SUPERSCRIPTS), "subscript": ("_", SUBSCRIPTS)}
_SMALL_PARTS: Final = re.compile(r"\d+|.")
_NUMBERS: Final = frozenset({"digits", "number"})
"""Groups that hold a number; the first, one with no separator of thousands in it."""

_SEPARATED: Final = re.compile(r"\\[a-z]+|[^\d.eE+-]")
"""Separators between the thousands of a number."""

_PLAIN_PAIRS: Final = re.compile(r"\d{1,3}(?:,[1-9]\d\d)+")
"""Digits that inside brackets are rather several numbers than one: `(1,234)`, but not `(1,000)`."""

_UNSETTLED_SIGNS: Final = frozenset({"*", "$", "\\", *VULGAR_FRACTIONS})
"""Signs that do not become one token wherever they stand."""

_RUNNING_ON: Final = sorted((name for name, row in FUNCTIONS.items() if row.runs_on), key=len, reverse=True)
_FUNCTION_RUN: Final = re.compile(rf"({'|'.join(_RUNNING_ON)})([A-Za-z])")
_SPLIT_RUN: Final = re.compile(rf"([A-Za-z])({'|'.join(_RUNNING_ON)})([A-Za-z])?")


def tokenize(text: str) -> list[Token]:
    r"""The tokens of an answer, closed by one of kind `eof`.

    Raises :class:`TextTooBigError` for an answer that is too long, has too many tokens or too long a number.

    >>> [token.value for token in tokenize(r"\dfrac{1}{2}\text{ cm}")][:7]
    ['frac', '{', '1', '}', '{', '2', '}']
    >>> tokenize("½ cm")[:-2] == tokenize(r"\frac{1}{2}")[:-1]
    True
    """
    if len(text) > MAX_CHARACTERS:
        msg = f"{len(text)} characters, more than {MAX_CHARACTERS}"
        raise TextTooBigError(msg)
    return _Tokenizer(rewritten(text)).run()


def token_places(text: str) -> list[int]:
    r"""The place in a rewritten text at which each of its tokens begins.

    >>> token_places(r"\frac{1}{2} + x")
    [0, 5, 6, 7, 8, 9, 10, 12, 14]
    """
    tokenizer = _Placed(text)
    places, seen = [], 0
    for token in tokenizer.run()[:-1]:
        later = range(seen, len(tokenizer.made))
        seen = next((place for place in later if tokenizer.made[place].value == token.value), seen)
        places.append(tokenizer.starts[seen] if seen < len(tokenizer.starts) else len(text))
        seen += 1
    return places


class _Tokenizer:
    """State of one pass: which braces are open and what each of them was for."""

    __slots__ = (
        "braces",
        "brackets",
        "dropped",
        "gap",
        "marked",
        "money",
        "negate",
        "pending",
        "text",
        "tokens",
    )

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.braces: list[str] = []
        self.marked: list[int] = []
        """Positions of words that a command marks as names, or that are names if they apply to something."""
        self.dropped: list[int] = []
        """Numbers of tokens before braces whose contents are only layout."""
        self.brackets = 0
        self.pending = ""
        self.gap = False
        self.negate = False
        self.money = _currency_dollar(text) if "$" in text else -1

    def matches(self) -> Iterator[re.Match[str]]:
        return _MASTER.finditer(self.text)

    def run(self) -> list[Token]:
        tokens = self.tokens
        for match in self.matches():
            group = match.lastgroup
            value = match[0]
            if group == "brace":
                self._open_brace() if value == "{" else self._close_brace()
            elif group == "plain":
                self._add(*SIGNS[value])
            elif group == "space":
                self.gap = self.gap or value != "\\!"
                continue
            elif group in _NUMBERS:
                self._number(value)
            elif group == "run":
                self._run(value)
            else:
                self._read(str(group), match)
            if len(tokens) > MAX_NODES:
                msg = f"more than {MAX_NODES} tokens"
                raise TextTooBigError(msg)
        return self._finished()

    def _finished(self) -> list[Token]:
        """The tokens without final punctuation and outer braces; what was left open is a token of its own."""
        tokens = self.tokens
        if self.negate or any(self.braces):
            self._add(Kind.OTHER, "an unfinished command")
        apply_names(tokens, self.marked)
        while tokens and (tokens[-1].kind == Kind.STOP or tokens[-1][:2] == (Kind.OTHER, "\\")):
            tokens.pop()
        tokens = _peeled(tokens)
        settle(tokens)
        tokens.append(Token(Kind.EOF, ""))
        return tokens

    def _add(self, kind: Kind, value: str) -> None:
        if self.negate:
            kind, value = self._denied(kind, value)
        if kind == Kind.OPEN:
            self.brackets += 1
        elif kind == Kind.CLOSE:
            self.brackets -= 1
        self.tokens.append(_token(Token, (kind, value, self.gap)))
        self.gap = False
        self.pending = ""

    def _denied(self, kind: Kind, value: str) -> tuple[Kind, str]:
        r"""A token after `\not`: another relation; before anything else the sign denies nothing."""
        self.negate = False
        if kind == Kind.REL or value == "|":
            return Kind.REL, NEGATED.get(value, "not " + value)
        self.tokens.append(Token(Kind.OTHER, "\\not"))
        return kind, value

    def _number(self, value: str) -> None:
        if len(value) > MAX_DIGITS:
            msg = f"a number of {len(value)} digits"
            raise TextTooBigError(msg)
        if "," in value and self.brackets > 0 and _PLAIN_PAIRS.fullmatch(value):
            for place, part in enumerate(value.split(",")):
                if place:
                    self._add(Kind.SEP, ",")
                self._add(Kind.NUM, part)
            return
        if not value.isalnum():
            value = _SEPARATED.sub("", value).removesuffix(".")
        self._add(Kind.NUM, value)

    def _sign(self, value: str, position: int) -> None:
        if value not in _UNSETTLED_SIGNS:
            self._add(*(SIGNS.get(value) or (Kind.OTHER, value)))
        elif value == "*" and self.pending == "text":
            return  # `\\operatorname*`
        elif value == "$" and position != self.money:
            self.gap = True
        elif value == "\\":
            self._add(Kind.OTHER, value)
        elif value in VULGAR_FRACTIONS:
            above, below = VULGAR_FRACTIONS[value].split("/")
            self._add(Kind.CMD, "frac")
            self._grouped(above)
            self._grouped(below)
        else:
            self._add(*SIGNS[value])

    def _grouped(self, value: str) -> None:
        self._add(Kind.GROUP, "{")
        for part in _SMALL_PARTS.findall(value):
            if part.isalpha():
                self._add(Kind.LETTER, part)
            elif part.isdecimal():
                self._number(part)
            else:
                self._add(*SIGNS[part])
        self._add(Kind.ENDGROUP, "}")

    def _open_brace(self) -> None:
        mode, self.pending = self.pending, ""
        if not mode:
            self._add(Kind.GROUP, "{")
        elif mode in {"text", "blackboard", "plain"}:
            previous = self.tokens[-1].value if self.tokens else ""
            if previous in {"^", "_"} and mode != "blackboard":
                self._add(Kind.GROUP, "{")
                mode += "+"
        elif mode != "drop":
            if mode not in BRACED_ROWS:
                mode = mode if mode == "font" else ""
                self._add(Kind.GROUP, "{")
        else:
            self.dropped.append(len(self.tokens))
        self.braces.append(mode)

    def _close_brace(self) -> None:
        mode = self.braces.pop() if self.braces else ""
        if mode in {"", "font"}:
            if without_braces(self.tokens, self.marked, font=mode == "font"):
                self.pending = ""
                return
            mode = ""
        if mode == "drop":
            del self.tokens[self.dropped.pop() :]
            self.marked = [place for place in self.marked if place < len(self.tokens)]
        elif mode == "" and self.tokens and self.tokens[-1].kind == Kind.GROUP:
            self.tokens.pop()
            if self._argument_due():
                self._add(Kind.OTHER, "{}")
        elif mode in {"", "text+", "plain+"}:
            self._add(Kind.ENDGROUP, "}")
        elif mode in BRACED_ROWS:
            self._add(Kind.END, mode)
        self.pending = ""

    def _argument_due(self) -> bool:
        r"""Return True if empty braces here are an argument left out: `\sqrt{}2`, `\frac1{}2`, `x^{}2`."""
        before = self.tokens[-1] if self.tokens else _NOTHING
        if before.kind in {Kind.CMD, Kind.ENDGROUP} or before.value in {"^", "_"}:
            return True
        return len(self.tokens) > 1 and self.tokens[-2].kind == Kind.CMD and self.tokens[-2].value != "sqrt"

    def _in_text(self) -> bool:
        return self.pending == "text" or (bool(self.braces) and self.braces[-1].startswith("text"))

    def _run(self, value: str) -> None:
        if self.pending == "blackboard" or (self.braces and self.braces[-1] == "blackboard"):
            self._add(Kind.SET, value)
        elif self._in_text() or (self.pending == "font" and len(value) > 1):
            known = RUNS.get(value) or RUNS.get(value.lower())
            if value.lower() == "cent" and self.tokens and self.tokens[-1].value == "per":
                self.tokens.pop()
                self._add(Kind.OP, "%")
            else:
                self._add_name(*(known or (Kind.TEXT, value)))
        elif len(value) == 1:
            self._add(Kind.LETTER, value)
        elif known := RUNS.get(value):
            self._add(*known)
        elif value in NAMES:
            self._add_name(Kind.WORD, value)
        elif split := _FUNCTION_RUN.fullmatch(value):
            self._add(Kind.FUN, split[1])
            self._add(Kind.LETTER, split[2])
        elif split := _SPLIT_RUN.fullmatch(value):
            self._add(Kind.LETTER, split[1])
            self._add(Kind.FUN, split[2])
            if split[3]:
                self._add(Kind.LETTER, split[3])
        else:
            self._add_name(Kind.WORD, value)

    def _add_name(self, kind: Kind, value: str) -> None:
        if may_be_name(kind, value):
            self.marked.append(len(self.tokens) + self.negate)
        self._add(kind, value)

    def _command(self, name: str) -> None:
        if name in COMMANDS:
            self._add(*COMMANDS[name])
        elif name in USES_OF_BRACES:
            self.pending = USES_OF_BRACES[name]
        elif name in BRACED_ROWS:
            self._add(Kind.BEGIN, name)
            self.pending = name
        elif name in LAYOUT:
            self.gap = self.gap or "quad" in name or "space" in name
        elif name == "not":
            self.negate = True
        elif split := GLUED.pattern.fullmatch(name):
            self._command(split[1])
            self._run(split[2])
        else:
            self._add(Kind.OTHER, "\\" + name)

    def _read(self, group: str, match: re.Match[str]) -> None:
        value = match[group]
        if group == "sign":
            self._sign(value, match.start())
        elif group == "command":
            self._command(value)
        elif group in {"multi", "cjk"}:
            self._add(*SIGNS.get(value, (Kind.DOTS, "")))
        elif group == "repeating":
            whole, _, rest = value.partition(".")
            plain, _, repeat = rest.partition("\\" if "\\" in rest else "(")
            self._add(Kind.NUM, f"{whole}.{plain}({re.sub(r'[^0-9]', '', repeat)})")
        elif group in {"begin", "end"}:
            self._add(Kind(group), value.rstrip("*"))
        elif group == "escape":
            self._escape(value)
        elif group in _SCRIPTS:
            sign, plain = _SCRIPTS[group]
            self._add(Kind.OP, sign)
            self._grouped("".join(plain[character] for character in value))
        else:
            self._add(Kind.TEXT, value)

    def _escape(self, value: str) -> None:
        if value in "()[]":
            self.gap = True
        elif value == "\\":
            self._add(Kind.ROW, "")
        elif value in COMMANDS:
            self._add(*COMMANDS[value])
        elif value.isspace():
            self.gap = True
        else:
            self._add(Kind.OTHER, "\\" + value)


class _Placed(_Tokenizer):
    """A tokenizer that remembers where its tokens begin; for people, it would cost too much elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.starts: list[int] = []
        self.made: list[Token] = []

    def matches(self) -> Iterator[re.Match[str]]:
        for match in super().matches():
            yield match
            del self.starts[len(self.tokens) :]
            self.starts += [match.start()] * (len(self.tokens) - len(self.starts))
        self.made = [*self.tokens]


def _peeled(tokens: list[Token]) -> list[Token]:
    """The tokens without the braces that hold all of them."""
    if not tokens or tokens[0].kind != Kind.GROUP or tokens[-1].kind != Kind.ENDGROUP:
        return tokens
    opened: list[int] = []
    partner = [-1] * len(tokens)
    for place, token in enumerate(tokens):
        if token.kind == Kind.GROUP:
            opened.append(place)
        elif token.kind == Kind.ENDGROUP and opened:
            partner[opened.pop()] = place
    depth, last = 0, len(tokens) - 1
    while depth < last - depth and partner[depth] == last - depth:
        depth += 1
    inner = tokens[depth : last + 1 - depth]
    while inner and inner[-1].kind == Kind.STOP:
        inner.pop()
    return inner


def _currency_dollar(text: str) -> int:
    """The position of the one dollar sign that means money, or -1: mathematics comes between pairs.

    >>> _currency_dollar("$5"), _currency_dollar("$5$"), _currency_dollar("7 $")
    (0, -1, 2)
    """
    places = [match.start() for match in re.finditer(r"(?<!\\)\$", text)]
    if len(places) % 2 == 0:
        return -1
    first = places[0]
    after = text[first + 1 : first + 3].lstrip()
    return first if after[:1].isdigit() or after[:1] == "." else places[-1]
