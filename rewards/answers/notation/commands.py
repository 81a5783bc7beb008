"""LaTeX commands and runs of letters: what token each becomes.

Tables only; :mod:`~.tokens` looks words up here and :mod:`~.reader` gives them a
grammar. A command that is not in a table is not understood, and says so. Units of measure have a table of
their own in :mod:`~.units`.
"""

# ruff: noqa: PLR2004 - counts of parts say what they are
# ruff: noqa: SIM905 - a table of names reads best as running words

from __future__ import annotations

from rewards.answers.notation.signs import GREEK

__all__ = [
    "APPLIED",
    "COMMANDS",
    "FUNCTIONS",
    "FUNCTION_NAMES",
    "LAYOUT",
    "OPAQUE",
    "RUNS",
    "SPACED",
]


FUNCTIONS = frozenset(
    """
    sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh coth sech csch
    arsinh arcosh artanh ln log lg exp gcd lcm max min sgn arg det dim deg ker rank tr Re Im
    """.split()
)

_FUNCTION_ALIASES = {
    "tg": "tan",
    "ctg": "cot",
    "cotg": "cot",
    "cosec": "csc",
    "arctg": "arctan",
    "arcctg": "arccot",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "sh": "sinh",
    "ch": "cosh",
    "th": "tanh",
    "arcsinh": "arsinh",
    "arccosh": "arcosh",
    "arctanh": "artanh",
    "asinh": "arsinh",
    "acosh": "arcosh",
    "atanh": "artanh",
    "sign": "sgn",
    "GCD": "gcd",
    "LCM": "lcm",
}

FUNCTION_NAMES = {name: name for name in FUNCTIONS} | _FUNCTION_ALIASES
"""Each name of a function, in whatever notation, to the name that its function is known by."""

APPLIED = frozenset("Re Im deg dim rank tr det ker arg sh ch th sign".split())
"""Names that also say something else (a word, a unit, letters side by side): functions where they apply."""

OPAQUE = frozenset("Var Cov Res Arg ord vol adj cis erf erfc erfi sinc Li Ei diag span".split())
"""Names of functions that nothing here evaluates: before brackets they are no product of letters."""

SPACED = frozenset("Re Im arg det dim ker".split())
"""Those of them that apply without brackets too where nothing marks them as names: `Re z`, `det A`."""

LAYOUT = frozenset(
    """
    left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm middle
    displaystyle textstyle scriptstyle limits nolimits nonumber quad qquad enspace thinspace
    medspace thickspace negthinspace noindent bf rm it sf tt cal large Large small centering hfill
    hline boldmath normalsize strut
    """.split()
)
"""Commands of layout alone."""

_RELATIONS = {
    "=": "=",
    "eq": "=",
    "<": "<",
    "lt": "<",
    ">": ">",
    "gt": ">",
    "le": "<=",
    "leq": "<=",
    "leqslant": "<=",
    "leqq": "<=",
    "ge": ">=",
    "geq": ">=",
    "geqslant": ">=",
    "geqq": ">=",
    "ne": "!=",
    "neq": "!=",
    "approx": "~",
    "approxeq": "~",
    "thickapprox": "~",
    "simeq": "~",
    "doteq": "~",
    "in": "in",
    "isin": "in",
    "notin": "notin",
    "equiv": "equiv",
    "cong": "cong",
    "sim": "sim",
    "perp": "perp",
    "parallel": "parallel",
    "subset": "subset",
    "subseteq": "subseteq",
    "subsetneq": "subset",
    "subsetneqq": "subset",
    "supset": "supset",
    "supseteq": "supseteq",
    "to": "to",
    "rightarrow": "to",
    "longrightarrow": "to",
    "mapsto": "to",
    "Rightarrow": "implies",
    "implies": "implies",
    "Longrightarrow": "implies",
    "Leftrightarrow": "iff",
    "iff": "iff",
    "leftrightarrow": "iff",
    "nmid": "nmid",
    "propto": "propto",
    "ll": "<<",
    "gg": ">>",
    "coloneqq": "=",
}

_MARKS = {
    "overline": "bar",
    "bar": "bar",
    "vec": "vec",
    "overrightarrow": "vec",
    "hat": "hat",
    "widehat": "hat",
    "tilde": "tilde",
    "widetilde": "tilde",
    "dot": "dot",
    "ddot": "ddot",
    "mathbf": "bold",
    "bold": "bold",
    "boldsymbol": "bold",
    "bm": "bold",
    "pmb": "bold",
    "overset": "overset",
    "overarc": "arc",
    "overparen": "arc",
    "wideparen": "arc",
    "overleftrightarrow": "line",
}

_OPERATORS = {
    "cdot": "*",
    "times": "*",
    "ast": "*",
    "bullet": "*",
    "star": "*",
    "div": "/",
    "pm": "pm",
    "mp": "mp",
    "circ": "circ",
    "degree": "deg",
    "prime": "'",
    "%": "%",
    "percent": "%",
    "cup": "cup",
    "bigcup": "cup",
    "cap": "cap",
    "bigcap": "cap",
    "setminus": "minus",
    "backslash": "minus",
    "mid": "|",
    "vert": "|",
    "lvert": "|",
    "rvert": "|",
    "|": "||",
    "Vert": "||",
    "lVert": "||",
    "rVert": "||",
    "colon": ":",
    "&": "&",
    "bmod": "mod",
    "pmod": "pmod",
    "textcirc": "circ",
    "textprime": "'",
    "mod": "mod",
    "land": "and",
    "wedge": "wedge",
    "lor": "or",
    "vee": "vee",
    "neg": "not",
    "lnot": "not",
}

COMMANDS: dict[str, tuple[str, str]] = {
    **{name: ("letter", name) for name in GREEK},
    **{name: ("fun", name) for name in FUNCTIONS},
    **{name: ("fun", value) for name, value in _FUNCTION_ALIASES.items()},
    **{name: ("rel", value) for name, value in _RELATIONS.items()},
    **{name: ("mark", value) for name, value in _MARKS.items()},
    **{name: ("op", value) for name, value in _OPERATORS.items()},
    "varepsilon": ("letter", "epsilon"),
    "vartheta": ("letter", "theta"),
    "varphi": ("letter", "phi"),
    "varrho": ("letter", "rho"),
    "varsigma": ("letter", "sigma"),
    "varpi": ("letter", "varpi"),
    "varkappa": ("letter", "kappa"),
    "hbar": ("letter", "hbar"),
    "ell": ("letter", "ell"),
    "nabla": ("letter", "nabla"),
    "partial": ("letter", "partial"),
    "imath": ("letter", "i"),
    "jmath": ("letter", "j"),
    "aleph": ("letter", "aleph"),
    "pi": ("const", "pi"),
    "infty": ("const", "infinity"),
    "infin": ("const", "infinity"),
    "emptyset": ("set", "empty"),
    "varnothing": ("set", "empty"),
    "O": ("set", "empty"),
    "R": ("set", "R"),
    "Z": ("set", "Z"),
    "N": ("set", "N"),
    "Q": ("set", "Q"),
    "C": ("set", "C"),
    "Reals": ("set", "R"),
    "cr": ("row", ""),
    "dots": ("dots", ""),
    "ldots": ("dots", ""),
    "cdots": ("dots", ""),
    "dotsc": ("dots", ""),
    "dotsb": ("dots", ""),
    "vdots": ("dots", ""),
    "ddots": ("dots", ""),
    "frac": ("cmd", "frac"),
    "dfrac": ("cmd", "frac"),
    "tfrac": ("cmd", "frac"),
    "cfrac": ("cmd", "frac"),
    "sfrac": ("cmd", "frac"),
    "nicefrac": ("cmd", "frac"),
    "sqrt": ("cmd", "sqrt"),
    "surd": ("cmd", "sqrt"),
    "over": ("infix", "frac"),
    "choose": ("infix", "binom"),
    "binom": ("cmd", "binom"),
    "dbinom": ("cmd", "binom"),
    "tbinom": ("cmd", "binom"),
    "angle": ("mark", "angle"),
    "measuredangle": ("mark", "angle"),
    "triangle": ("mark", "triangle"),
    "sum": ("big", "sum"),
    "prod": ("big", "product"),
    "int": ("big", "integral"),
    "lim": ("big", "limit"),
    "lfloor": ("open", "floor"),
    "rfloor": ("close", "floor"),
    "lceil": ("open", "ceil"),
    "rceil": ("close", "ceil"),
    "langle": ("open", "<"),
    "rangle": ("close", "<"),
    "{": ("open", "{"),
    "}": ("close", "{"),
    "lbrace": ("open", "{"),
    "rbrace": ("close", "{"),
    "lbrack": ("open", "["),
    "rbrack": ("close", "["),
    "lparen": ("open", "("),
    "rparen": ("close", "("),
    "$": ("money", "USD"),
    "pounds": ("money", "GBP"),
    "euro": ("money", "EUR"),
    "yen": ("money", "JPY"),
    "textdollar": ("money", "USD"),
    "textpi": ("const", "pi"),
    "forall": ("quant", "forall"),
    "exists": ("quant", "exists"),
}
"""LaTeX command (without its backslash) to (kind, value) of the token it becomes."""

RUNS: dict[str, tuple[str, str]] = {
    **{name: ("fun", value) for name, value in FUNCTION_NAMES.items() if name not in APPLIED},
    **{name: ("letter", name) for name in GREEK if len(name) > 2},
    "pi": ("const", "pi"),
    "Pi": ("const", "pi"),
    "abs": ("fun", "abs"),
    "floor": ("fun", "floor"),
    "ceil": ("fun", "ceil"),
    "choose": ("infix", "binom"),
    "inf": ("const", "infinity"),
    "infty": ("const", "infinity"),
    "infinity": ("const", "infinity"),
    "Infinity": ("const", "infinity"),
    "oo": ("const", "infinity"),
    "sqrt": ("cmd", "sqrt"),
    "cbrt": ("cmd", "cbrt"),
    "or": ("sep", "or"),
    "OR": ("sep", "or"),
    "and": ("sep", "and"),
    "AND": ("sep", "and"),
    "percent": ("op", "%"),
    "percentage": ("op", "%"),
    "pct": ("op", "%"),
    "degree": ("op", "deg"),
    "degrees": ("op", "deg"),
    "mod": ("op", "mod"),
    "circ": ("op", "circ"),
    "where": ("sep", "where"),
    "union": ("op", "cup"),
    "U": ("letter", "U"),
}
"""A whole run of letters to the token it becomes; other runs stay words."""
