"""The families of cheats."""

from __future__ import annotations

from rewards.analysis.stress.cheats import CHEATS, GROUP
from rewards.analysis.stress.problems import PROBLEMS


def test_cheat_families_have_names_of_their_own_and_whole_groups() -> None:
    assert len({family.name for family in CHEATS}) == len(CHEATS)
    for family in CHEATS:
        for problem in family.problems(PROBLEMS):
            assert len(family.completions(problem)) == GROUP
            assert not family.honest(problem)
