"""The levels of a task by its CPU time, and a worker's process."""

from __future__ import annotations

import itertools

from rewards.answers.pool.handle import level_of


def test_level_of_a_task_never_falls_with_its_time() -> None:
    levels = [level_of(0.001 * 1.1**n) for n in range(120)]
    assert levels == sorted(levels)
    assert levels[0] == 0
    assert {later - earlier for earlier, later in itertools.pairwise(levels)} == {0, 1}
