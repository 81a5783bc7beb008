"""Which graders in use fall for which attack.

Takes the attacks among ``tests/rewards/answers/cases.jsonl``, gives each to every peer as the full
completion, and writes which peers decided otherwise into ``fooled.json`` beside this file, by the id of the
case. So the claims about peers are measurements. Run this again when a peer has a new version.

An attack that runs code carries ``{canary}`` where a path goes: a grader is fooled when a file appears
there, whatever it says about the answer.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.verdicts.accuracy import PEERS
from benchmarks.verdicts.environment import LIMIT, REPOSITORY, limited
from benchmarks.verdicts.process import GraderProcess

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CASES", "FOOLED", "Attack", "fooled_by", "read", "write"]

CASES = REPOSITORY / "tests" / "rewards" / "answers" / "cases.jsonl"
"""The labelled cases, one a line; the attacks are those of this source:"""

SOURCE = "attack on graders"

FOOLED = Path(__file__).resolve().parent / "fooled.json"
"""The id of each attack -> the peers that it fools, as measured."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attack:
    """One case: a completion that cheats, or a control that does not."""

    id: str
    family: str
    gold: str
    completion: str
    expected: bool
    """What a judge should say; True for controls."""
    fooled: list[str]
    """The peers that say otherwise, as measured."""


def read() -> list[Attack]:
    """The attacks, in the order of the cases."""
    fooled = json.loads(FOOLED.read_text(encoding="utf-8"))
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    return [
        Attack(
            id=case["id"],
            family=case["id"].rpartition("-")[0],
            gold=case["gold"],
            completion=case["completion"],
            expected=case["verdict"] == "right",
            fooled=fooled.get(case["id"], []),
        )
        for case in cases
        if case["source"] == SOURCE
    ]


def write(attacks: Sequence[Attack]) -> None:
    """Keep what was measured, an attack a line."""
    lines = (f"{json.dumps(attack.id)}: {json.dumps(attack.fooled)}" for attack in attacks if attack.fooled)
    FOOLED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def fooled_by(name: str, attacks: Sequence[Attack]) -> list[bool]:
    """For each attack: whether this grader decided otherwise than expected, or ran its code."""
    with tempfile.TemporaryDirectory() as folder, GraderProcess(name) as grader:
        # no underscore: one grader takes what follows it for a base, and fails before it would run the code
        home = Path(folder).with_name(Path(folder).name.replace("_", "0") + "canaries")
        home.mkdir()
        canaries = [home / f"canary{number}" for number in range(len(attacks))]
        pairs = [
            (attack.gold, attack.completion.replace("{canary}", str(canary)))
            for attack, canary in zip(attacks, canaries, strict=True)
        ]
        outcomes = list(grader.grade(pairs))
        ran = [canary.exists() for canary in canaries]
        shutil.rmtree(home)
        return [
            hit or (outcome.verdict is True) != attack.expected
            for attack, hit, outcome in zip(attacks, ran, outcomes, strict=True)
        ]


def main() -> None:
    """Measure the peers and renew what is kept of them."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--graders", nargs="+", choices=PEERS, default=list(PEERS))
    options.add_argument("--families", nargs="+", help="measure only these; by default all")
    chosen = options.parse_args()
    everything = read()
    attacks = [attack for attack in everything if not chosen.families or attack.family in chosen.families]
    attacks = limited(attacks)
    verdicts = {name: fooled_by(name, attacks) for name in chosen.graders}
    measured = {}
    for number, attack in enumerate(attacks):
        kept = {name for name in attack.fooled if name not in verdicts}
        found = {name for name, fooled in verdicts.items() if fooled[number]}
        measured[attack.id] = dataclasses.replace(attack, fooled=sorted(kept | found))
    if not LIMIT:  # the file's claims come from whole runs
        write([measured.get(attack.id, attack) for attack in everything])
    for name, fooled in verdicts.items():
        hits = [attack for attack, hit in zip(attacks, fooled, strict=True) if hit]
        families = dict(collections.Counter(attack.family for attack in hits))
        controls = sum(attack.expected for attack in hits)
        print(f"{name}: {len(hits) - controls} attacks, {controls} controls; {families}", file=sys.stderr)


if __name__ == "__main__":
    main()
