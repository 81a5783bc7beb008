"""Which rules the labelled cases hold: rules that no case needs, and cases that no rule holds.

A rule of the comparison (``rewards.answers.comparing.equality.RULES``) is needed by a case that would be
decided otherwise without it. Every rule is left out once, and every case is decided again.
Beside it, the cases whose column ``rule`` names another rule than the one that decides them now.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import dataclasses
import json
import re
from typing import TYPE_CHECKING

from benchmarks.verdicts.attacks import CASES
from benchmarks.verdicts.environment import limited
from rewards.answers.comparing import equality
from rewards.answers.comparing.compare import compare, trace
from rewards.answers.extraction.answers import extract
from rewards.answers.question import Policy
from rewards.verdict import Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Case", "cases", "deciding_rule", "needs", "rewritten"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """A labelled case with the answer cut out of its completion."""

    id: str
    rule: str
    gold: str
    answer: str | None
    """None where the completion holds no answer."""
    policy: Policy


def cases() -> list[Case]:
    """The labelled cases."""
    rows = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    return [
        Case(
            id=row["id"],
            rule=row["rule"],
            gold=row["gold"],
            answer=extract(row.get("completion", f"\\boxed{{{row.get('answer')}}}")).text,
            policy=Policy(**row["policy"]),
        )
        for row in rows
    ]


_STEP = re.compile(r"\s*as (?P<rule>.+): (?:open|equal|not equal)$")


def deciding_rule(case: Case) -> str:
    """The rule that decides a case now, or the tier where it is no rule of structures."""
    if case.answer is None:
        return "extraction"
    steps = [_STEP.match(line) for line in trace(case.answer, case.gold, case.policy)]
    rules = [step["rule"] for step in steps if step]
    if rules:
        return rules[-1]
    verdict = compare(case.answer, case.gold, case.policy)
    return _tier(verdict) if verdict is not None else "symbolic"


_TIERS = {
    Status.TIMEOUT: "limits",
    Status.RESOURCE_LIMIT: "limits",
    Status.UNPARSEABLE_GOLD: "gold",
}


def _tier(verdict: Verdict) -> str:
    if verdict.status in _TIERS:
        return _TIERS[verdict.status]
    if "not understood" in verdict.reason:
        return "not understood"
    return "text" if verdict.method is None or "text" in verdict.reason else verdict.method.value


@contextlib.contextmanager
def _without(name: str) -> Iterator[None]:
    """The comparison without one of its rules."""
    everything = equality.RULES
    setattr(equality, "RULES", tuple(rule for rule in everything if rule.name != name))  # noqa: B010  (it is Final)
    try:
        yield
    finally:
        setattr(equality, "RULES", everything)  # noqa: B010  (the same)


def _decided(asked: Sequence[Case]) -> list[Status | None]:
    verdicts = [
        None if case.answer is None else compare(case.answer, case.gold, case.policy) for case in asked
    ]
    return [None if verdict is None else verdict.status for verdict in verdicts]


def needs(asked: Sequence[Case]) -> Mapping[str, list[str]]:
    """Rule -> the cases that are decided otherwise without it."""
    whole = _decided(asked)
    found = {}
    for rule in equality.RULES:
        with _without(rule.name):
            rest = _decided(asked)
        found[rule.name] = [
            case.id for case, was, now in zip(asked, whole, rest, strict=True) if was is not now
        ]
    return found


def main() -> None:
    """Print the report."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument(
        "--update", action="store_true", help="write the rules that decide now into the file"
    )
    chosen = options.parse_args()
    asked = cases() if chosen.update else limited(cases())
    decided = {case.id: deciding_rule(case) for case in asked}
    counts = collections.Counter(decided.values())
    for name, needing in needs(asked).items():
        print(
            f"{name}: {counts[name]} cases, {len(needing)} need it", "" if needing else "- NO CASE NEEDS IT"
        )
    known = {rule.name for rule in equality.RULES}
    rest = {name: count for name, count in counts.most_common() if name not in known}
    print("by no rule of structures:", ", ".join(f"{name} {count}" for name, count in rest.items()))
    moved = [case for case in asked if case.rule != decided[case.id]]
    print(f"{len(moved)} cases name another rule than the one that decides them")
    for case in moved[:20]:
        print(f"  {case.id}: {case.rule}, now {decided[case.id]}")
    if chosen.update:
        CASES.write_text(rewritten(CASES.read_text(encoding="utf-8"), decided), encoding="utf-8")


def rewritten(text: str, decided: Mapping[str, str]) -> str:
    """The case file with the rule of each case."""
    rows = [json.loads(line) for line in text.splitlines()]
    return "".join(json.dumps(row | {"rule": decided[row["id"]]}, ensure_ascii=False) + "\n" for row in rows)


if __name__ == "__main__":
    main()
