"""The signs of answers: a row for each meaning, with all that is written for it.

A sign is written as a command, as characters, or as a word. :mod:`~.tokens` looks all three up here, and
those who compare relations their mirror images. Functions that are written by name have a table of their own,
:mod:`~.functions`, and so have units, :mod:`~.units`. What is in no table is not understood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rewards.answers.notation.functions import GUARDED, NAMES
from rewards.answers.reading.kinds import Kind
from rewards.answers.tree.syntax import OPERATORS

if TYPE_CHECKING:
    from rewards.answers.tree.syntax import Operator

__all__ = [
    "BRACED_ROWS",
    "COMMANDS",
    "INEQUALITIES",
    "LAYOUT",
    "MIRRORED",
    "NEGATED",
    "ORDERS",
    "ROWS",
    "RUNS",
    "SIGNS",
    "SUBSCRIPTS",
    "SUPERSCRIPTS",
    "SYMMETRIC",
    "USES_OF_BRACES",
    "VULGAR_FRACTIONS",
    "Sign",
]


class Sign(NamedTuple):
    """One meaning, and its spellings, separated by spaces."""

    kind: Kind
    value: str
    """With its kind, the token that every spelling becomes."""
    commands: str = ""
    r"""LaTeX commands, without the backslash."""
    characters: str = ""
    """Single characters, or a few in a row."""
    words: str = ""
    """Whole runs of letters; those that are in no row stay words."""
    mirrored: str = ""
    """The relation that says the same of exchanged sides, itself if it is symmetric."""
    negated: str = ""
    r"""What `\not` before it makes of it."""


_LETTERS: Final = "αβγδεζηθικλμνξορστυφχψωΓΔΘΛΞΣΥΦΨΩ"
_GREEK: Final = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron rho sigma tau
    upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Sigma Upsilon Phi Psi Omega
""".split()

_TWO_LETTERS: Final = frozenset({"mu", "nu", "xi", "Xi"})
"""Names that as plain words are rather two letters."""

ROWS: Final = (
    *(
        Sign(Kind.LETTER, name, name, letter, name if name not in _TWO_LETTERS else "")
        for name, letter in zip(_GREEK, _LETTERS, strict=True)
    ),
    # Letters beside the Greek alphabet, and other forms of its letters.
    Sign(Kind.LETTER, "epsilon", "varepsilon", "ϵ"),
    Sign(Kind.LETTER, "theta", "vartheta", "ϑ"),
    Sign(Kind.LETTER, "kappa", "varkappa"),
    Sign(Kind.LETTER, "mu", "", "µ"),
    Sign(Kind.LETTER, "P", "Pr"),
    Sign(Kind.LETTER, "rho", "varrho"),
    Sign(Kind.LETTER, "sigma", "varsigma"),
    Sign(Kind.LETTER, "phi", "varphi", "ϕ"),
    Sign(Kind.LETTER, "varpi", "varpi"),
    Sign(Kind.LETTER, "hbar", "hbar", "ℏ"),
    Sign(Kind.LETTER, "ell", "ell", "ℓ"),
    Sign(Kind.LETTER, "nabla", "nabla", "∇"),
    Sign(Kind.LETTER, "partial", "partial", "∂"),
    Sign(Kind.LETTER, "i", "imath"),
    Sign(Kind.LETTER, "j", "jmath"),
    Sign(Kind.LETTER, "aleph", "aleph"),
    Sign(Kind.LETTER, "U", "", "", "U"),
    # Constants and sets.
    Sign(Kind.CONST, "pi", "pi textpi", "π 𝜋", "pi Pi"),
    Sign(Kind.CONST, "infinity", "infty infin", "∞", "inf infty infinity Infinity oo"),
    Sign(Kind.SET, "empty", "emptyset varnothing O", "∅ ⌀"),
    Sign(Kind.SET, "R", "R Reals", "ℝ"),
    Sign(Kind.SET, "Z", "Z", "ℤ"),
    Sign(Kind.SET, "N", "N", "ℕ"),
    Sign(Kind.SET, "Q", "Q", "ℚ"),
    Sign(Kind.SET, "C", "C", "ℂ"),
    # Operators.
    Sign(Kind.OP, "*", "cdot times ast bullet star", "* × · ⋅ ∙ • ∗"),
    Sign(Kind.OP, "cross", "vectimes"),
    Sign(Kind.OP, "dot", "vecdot"),
    Sign(Kind.OP, "/", "div", "/ ÷ ⁄ ∕"),
    Sign(Kind.OP, "pm", "pm", "±"),
    Sign(Kind.OP, "mp", "mp", "∓"),
    Sign(Kind.OP, "circ", "circ textcirc", "∘", "circ"),
    Sign(Kind.OP, "deg", "degree", "° º ˚ 度", "degree degrees"),
    Sign(Kind.OP, "'", "prime textprime", "' ′ ’"),
    Sign(Kind.OP, "%", "% percent", "%", "percent percentage pct"),
    Sign(Kind.OP, "cup", "cup", "∪", "union"),
    Sign(Kind.OP, "cap", "cap bigcap", "∩"),
    Sign(Kind.OP, "minus", "setminus backslash", "∖"),
    Sign(Kind.OP, "|", "mid vert lvert rvert", "| ∣", negated="nmid"),
    Sign(Kind.OP, "||", "| Vert lVert rVert", "‖"),
    Sign(Kind.OP, ":", "colon", ": ∶"),
    Sign(Kind.OP, "&", "&", "&"),
    Sign(Kind.OP, "mod", "bmod mod", "", "mod"),
    Sign(Kind.OP, "pmod", "pmod"),
    Sign(Kind.OP, "and", "land"),
    Sign(Kind.OP, "wedge", "wedge", "∧"),
    Sign(Kind.OP, "or", "lor"),
    Sign(Kind.OP, "vee", "vee", "∨"),
    Sign(Kind.OP, "not", "neg lnot", "¬"),
    Sign(Kind.OP, "+", "", "+"),
    Sign(Kind.OP, "-", "", "- − – — ﹣ ‐ ‑"),
    Sign(Kind.OP, "^", "", "^ **"),
    Sign(Kind.OP, "_", "", "_"),
    Sign(Kind.OP, "!", "", "!"),
    Sign(Kind.OP, "''", "", "″"),
    # Relations.
    Sign(Kind.REL, "=", "= eq coloneqq", "= == := ≔", mirrored="=", negated="!="),
    Sign(Kind.REL, "<", "< lt", "<", mirrored=">", negated=">="),
    Sign(Kind.REL, ">", "gt", ">", mirrored="<", negated="<="),
    Sign(Kind.REL, "<=", "le leq leqslant leqq", "≤ ⩽ ≦ <=", mirrored=">=", negated=">"),
    Sign(Kind.REL, ">=", "ge geq geqslant geqq", "≥ ⩾ ≧ >=", mirrored="<=", negated="<"),
    Sign(Kind.REL, "!=", "ne neq", "≠ !=", mirrored="!="),
    Sign(Kind.REL, "~", "approx approxeq thickapprox simeq doteq", "≈ ≃", mirrored="~"),
    Sign(Kind.REL, "in", "in isin", "∈", negated="notin"),
    Sign(Kind.REL, "notin", "notin", "∉"),
    Sign(Kind.REL, "equiv", "equiv", "≡"),
    Sign(Kind.REL, "cong", "cong", "≅", mirrored="cong"),
    Sign(Kind.REL, "sim", "sim", "∼", mirrored="sim"),
    Sign(Kind.REL, "perp", "perp", "⊥", mirrored="perp"),
    Sign(Kind.REL, "parallel", "parallel", "∥", mirrored="parallel"),
    Sign(Kind.REL, "subset", "subset subsetneq subsetneqq", "⊂", mirrored="supset"),
    Sign(Kind.REL, "subseteq", "subseteq", "⊆", mirrored="supseteq"),
    Sign(Kind.REL, "supset", "supset", "⊃", mirrored="subset"),
    Sign(Kind.REL, "supseteq", "supseteq", "⊇", mirrored="subseteq"),
    Sign(Kind.REL, "to", "to rightarrow longrightarrow mapsto", "→ -> ⟶ ↦"),
    Sign(Kind.REL, "implies", "Rightarrow implies Longrightarrow", "⇒ => ⟹"),
    Sign(Kind.REL, "iff", "Leftrightarrow iff leftrightarrow", "⇔ ⟺ ↔", mirrored="iff"),
    Sign(Kind.REL, "nmid", "nmid", "∤"),
    Sign(Kind.REL, "propto", "propto", "∝"),
    Sign(Kind.REL, "<<", "ll"),
    Sign(Kind.REL, ">>", "gg"),
    # Joints of lists.
    Sign(Kind.SEP, ",", "", ", 、"),
    Sign(Kind.SEP, ";", "", ";"),
    Sign(Kind.SEP, "or", "", "或 或者", "or OR"),
    Sign(Kind.SEP, "and", "", "和 与 且 及 以及", "and AND"),
    Sign(Kind.SEP, "where", "", "", "where"),
    # Brackets.
    Sign(Kind.OPEN, "floor", "lfloor", "⌊"),
    Sign(Kind.OPEN, "ceil", "lceil", "⌈"),
    Sign(Kind.OPEN, "<", "langle", "⟨ 〈"),
    Sign(Kind.OPEN, "{", "{ lbrace"),
    Sign(Kind.OPEN, "[", "lbrack", "["),
    Sign(Kind.OPEN, "(", "lparen", "("),
    Sign(Kind.CLOSE, "floor", "rfloor", "⌋"),
    Sign(Kind.CLOSE, "ceil", "rceil", "⌉"),
    Sign(Kind.CLOSE, "<", "rangle", "⟩ 〉"),
    Sign(Kind.CLOSE, "{", "} rbrace"),
    Sign(Kind.CLOSE, "[", "rbrack", "]"),
    Sign(Kind.CLOSE, "(", "rparen", ")"),
    Sign(Kind.GROUP, "{", "", "{"),
    Sign(Kind.ENDGROUP, "}", "", "}"),
    # Operators with bounds, and commands with arguments.
    Sign(Kind.BIG, "sum", "sum", "∑"),
    Sign(Kind.BIG, "product", "prod", "∏"),
    Sign(Kind.BIG, "integral", "int", "∫"),
    Sign(Kind.BIG, "limit", "lim"),
    Sign(Kind.BIG, "union", "bigcup", "⋃"),
    Sign(Kind.CMD, "frac", "frac dfrac tfrac cfrac sfrac nicefrac"),
    Sign(Kind.CMD, "sqrt", "sqrt surd", "√ 根号", "sqrt"),
    Sign(Kind.CMD, "binom", "binom dbinom tbinom"),
    Sign(Kind.CMD, "cbrt", "", "∛", "cbrt"),
    Sign(Kind.CMD, "qdrt", "", "∜"),
    Sign(Kind.INFIX, "frac", "over"),
    Sign(Kind.INFIX, "binom", "choose", "", "choose"),
    # Marks on a name.
    Sign(Kind.MARK, "bar", "overline bar"),
    Sign(Kind.MARK, "vec", "vec overrightarrow"),
    Sign(Kind.MARK, "hat", "hat widehat"),
    Sign(Kind.MARK, "tilde", "tilde widetilde"),
    Sign(Kind.MARK, "dot", "dot"),
    Sign(Kind.MARK, "ddot", "ddot"),
    Sign(Kind.MARK, "bold", "mathbf bold boldsymbol bm pmb"),
    Sign(Kind.MARK, "overset", "overset"),
    Sign(Kind.MARK, "arc", "overarc overparen wideparen"),
    Sign(Kind.MARK, "line", "overleftrightarrow"),
    Sign(Kind.MARK, "angle", "angle measuredangle", "∠"),
    Sign(Kind.MARK, "triangle", "triangle", "△"),
    # Other signs.
    Sign(Kind.DOTS, "", "dots ldots cdots dotsc dotsb vdots ddots", "… ⋯"),
    Sign(Kind.ROW, "", "cr"),
    Sign(Kind.MONEY, "USD", "$ textdollar", "$"),
    Sign(Kind.MONEY, "GBP", "pounds", "£"),
    Sign(Kind.MONEY, "EUR", "euro", "€"),
    Sign(Kind.MONEY, "JPY", "yen", "¥"),
    Sign(Kind.MONEY, "CNY", "", "￥"),
    Sign(Kind.MONEY, "INR", "", "₹"),
    Sign(Kind.MONEY, "RUB", "", "₽"),
    Sign(Kind.QUANT, "forall", "forall", "∀"),
    Sign(Kind.QUANT, "exists", "exists", "∃"),
    Sign(Kind.STOP, ".", "", ". 。"),
    Sign(Kind.QUOTE, '"', '"', '" “ ”'),
    Sign(Kind.TEXT, "cent", "", "¢"),
    *(Sign(Kind.TEXT, chr(code), "", chr(code)) for code in range(0x2460, 0x2474)),
)


def _spelt(column: str) -> dict[str, tuple[Kind, str]]:
    """The token of each spelling in a column."""
    return {name: (row.kind, row.value) for row in ROWS for name in getattr(row, column).split()}


COMMANDS: Final = {name: (Kind.FUN, row.name) for name, row in NAMES.items()} | _spelt("commands")
"""LaTeX command (without its backslash) to kind and value of the token it becomes."""

SIGNS: Final = _spelt("characters")
"""Characters to kind and value of their token."""

RUNS: Final = {name: (Kind.FUN, row.name) for name, row in NAMES.items() if name not in GUARDED} | _spelt(
    "words"
)
"""A whole run of letters to kind and value of its token."""

MIRRORED: Final[dict[str, Operator]] = {
    row.value: OPERATORS[row.mirrored] for row in ROWS if row.mirrored not in {"", row.value}
}
"""Relations of order and inclusion to those that say the same of exchanged sides."""

SYMMETRIC: Final = frozenset(row.value for row in ROWS if row.mirrored == row.value != "")
"""Relations that say the same of exchanged sides."""

NEGATED: Final = {row.value: row.negated for row in ROWS if row.negated}
"""Relations to those that deny them."""

ORDERS: Final = frozenset({"<", "<=", ">", ">="})
INEQUALITIES: Final = ORDERS | {"!="}

LAYOUT: Final = frozenset(
    """
    left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm middle
    displaystyle textstyle scriptstyle limits nolimits nonumber quad qquad enspace thinspace
    medspace thickspace negthinspace noindent cal large Large small centering hfill
    hline boldmath normalsize strut
    """.split()
)
"""Commands of layout alone."""

USES_OF_BRACES: Final = {
    command: use
    for use, commands in {
        "text": "text textbf textit textrm textnormal textsf texttt textup textsl mathrm mathit mathsf "
        "mathtt mbox hbox operatorname mathop emph unit si",
        "font": "rm bf it sf tt",
        "blackboard": "mathbb Bbb",
        "plain": "mathcal mathscr mathfrak boxed fbox ensuremath underline underset smash",
        "drop": "color textcolor hspace vspace phantom hphantom vphantom label kern mkern",
    }.items()
    for command in commands.split()
}
r"""Commands to the use of what follows them: a text, a name (`{\rm tr}`), a set, plainly itself, nothing."""

BRACED_ROWS: Final = frozenset({"matrix", "pmatrix", "bmatrix", "vmatrix"})
r"""Environments that plain TeX writes as commands: `\pmatrix{1 & 2 \cr 3 & 4}`."""

SUPERSCRIPTS: Final = dict(
    zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣʸᵃᵇᶜᵈᵉᵏᵐᵖʳˢᵗ", "0123456789+-=()nixyabcdekmprst", strict=True)
)
SUBSCRIPTS: Final = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙᵢⱼₖₘₓₐₑₚₛₜᵣ", "0123456789+-=()nijkmxaepstr", strict=True))

VULGAR_FRACTIONS: Final = dict(
    pair.split("=")
    for pair in """
    ½=1/2 ⅓=1/3 ⅔=2/3 ¼=1/4 ¾=3/4 ⅕=1/5 ⅖=2/5 ⅗=3/5 ⅘=4/5 ⅙=1/6 ⅚=5/6
    ⅐=1/7 ⅛=1/8 ⅜=3/8 ⅝=5/8 ⅞=7/8 ⅑=1/9 ⅒=1/10
    """.split()
)
