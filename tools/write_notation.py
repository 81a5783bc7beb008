# ruff: noqa: INP001  # a script, not a package
"""Write the section of `docs/judging.md` that says which notation is read, from the tables of the judge.

    python tools/write_notation.py

`tests/docs/test_judging.py` fails where it is out of date.
"""

from __future__ import annotations

import re
from pathlib import Path

from rewards.answers.notation.functions import NAMES
from rewards.answers.notation.sets import NUMBER_SETS
from rewards.answers.notation.symbols import ROWS
from rewards.answers.notation.units import PREFIXES, UNITS
from rewards.answers.reading.kinds import Kind

PAGE = Path(__file__).resolve().parent.parent / "docs" / "judging.md"
SECTION = re.compile(
    r"(<!-- notation: written by tools/write_notation.py -->\n).*(<!-- end of notation -->\n)", re.DOTALL
)

GROUPS = {
    "operators": {Kind.OP, Kind.INFIX, Kind.CMD, Kind.BIG},
    "relations": {Kind.REL},
    "constants and sets, and letters beside the Greek alphabet": {Kind.LETTER, Kind.CONST, Kind.SET},
    "marks": {Kind.MARK},
    "brackets, joints and the rest": {Kind.OPEN, Kind.CLOSE, Kind.SEP, Kind.DOTS, Kind.QUANT, Kind.MONEY},
}


def section() -> str:
    """Return the text of the section."""
    return "\n".join([*_functions(), *_signs(), *_sets(), *_units()])


def _functions() -> list[str]:
    evaluated = {name: row for name, row in NAMES.items() if not row.is_free and not name.istitle()}
    free = sorted({row.name for row in NAMES.values() if row.is_free})
    names = ", ".join(f"`{name}`" for name in sorted(evaluated, key=str.lower))
    unknown = ", ".join(f"`{name}`" for name in free)
    notations = "as a command, as a marked name (`\\operatorname{}`, `\\mathrm{}`) or as a plain word"
    return [
        f"**Functions**, {notations}: {names}, `\\Gamma(x)`, `\\zeta(x)`.",
        "",
        f"**Functions that are never evaluated**: {unknown}, and every other name that is marked as one.",
        "They are equal at equal arguments alone.",
        "",
    ]


def _signs() -> list[str]:
    lines = []
    for title, kinds in GROUPS.items():
        spellings = [
            spelling
            for row in ROWS
            if row.kind in kinds and row.value not in row.commands.split() * (row.kind == Kind.LETTER)
            for spelling in (
                *(f"`\\{name}`" for name in row.commands.split()),
                *(f"`{sign}`" for sign in row.characters.split() if not sign.isascii()),
                *(f"`{word}`" for word in row.words.split()),
            )
        ]
        lines += [f"**{title.capitalize()}**: " + " ".join(dict.fromkeys(spellings)), ""]
    return lines


def _sets() -> list[str]:
    rows = ["| set | signs | words |", "|---|---|---|"]
    for row in NUMBER_SETS.values():
        signs = " ".join(f"`{sign}`" for sign in (row.signs or row.name).split())
        rows.append(f"| {row.words.split(', ')[0] or row.name} | {signs} | {row.words} |")
    return [*rows, ""]


def _units() -> list[str]:
    prefixes = ", ".join(f"`{symbol}` {word}" for symbol, (word, _) in PREFIXES.items())
    multiples = " ".join(f"`{row.symbol}`" for row in UNITS if row.multiples)
    others = " ".join(f"`{row.symbol}`" for row in UNITS if not row.multiples)
    return [
        f"**Units** with the prefixes {prefixes}: {multiples}.",
        "",
        f"**Other units and currencies**: {others}. All are read by their names in words, too.",
    ]


def main() -> None:
    """Write it."""
    text = PAGE.read_text("utf-8")
    PAGE.write_text(SECTION.sub(lambda match: f"{match[1]}\n{section()}\n\n{match[2]}", text), "utf-8")


if __name__ == "__main__":
    main()
