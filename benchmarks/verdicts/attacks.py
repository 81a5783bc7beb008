"""Which graders in use fall for which attack.

Reads ``tests/rewards/answers/attacks/attacks.jsonl`` (one attack a line: family, gold, completion, what
a judge should say), gives every attack to every peer as the full completion, and writes the list of
those that decided otherwise back into the line's ``fooled``. So the file's claims about peers are
measurements; run this again when a peer has a new version.

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

__all__ = ["ATTACKS", "Attack", "fooled_by", "read", "write"]

ATTACKS = REPOSITORY / "tests" / "rewards" / "answers" / "attacks" / "attacks.jsonl"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Attack:
    """One line of the file: a completion that cheats, or a control that does not."""

    family: str
    gold: str
    completion: str
    expected: bool
    """What a judge should say; True for controls."""
    fooled: list[str]
    """The peers that say otherwise, as measured."""


def read(path: Path = ATTACKS) -> list[Attack]:
    """The attacks, in file order."""
    return [Attack(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def write(attacks: Sequence[Attack], path: Path = ATTACKS) -> None:
    """Put the attacks back, one a line."""
    lines = (json.dumps(dataclasses.asdict(attack), ensure_ascii=False) for attack in attacks)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


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
    """Measure the peers and renew every line's ``fooled``."""
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
        measured[attack.gold, attack.completion] = dataclasses.replace(attack, fooled=sorted(kept | found))
    if not LIMIT:  # the file's claims come from whole runs
        write([measured.get((attack.gold, attack.completion), attack) for attack in everything])
    for name, fooled in verdicts.items():
        hits = [attack for attack, hit in zip(attacks, fooled, strict=True) if hit]
        families = dict(collections.Counter(attack.family for attack in hits))
        controls = sum(attack.expected for attack in hits)
        print(f"{name}: {len(hits) - controls} attacks, {controls} controls; {families}", file=sys.stderr)


if __name__ == "__main__":
    main()
