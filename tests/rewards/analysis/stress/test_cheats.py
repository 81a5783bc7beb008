"""The families of cheats."""

from __future__ import annotations

from rewards.analysis.stress.cheats import FAMILIES, GROUP
from rewards.analysis.stress.problems import PROBLEMS


def test_cheat_families_have_names_of_their_own_and_whole_groups() -> None:
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
    for family in FAMILIES:
        for problem in family.problems(PROBLEMS):
            assert len(list(family.completions(problem))) == GROUP
