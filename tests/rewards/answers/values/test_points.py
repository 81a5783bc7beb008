"""Sample points: the same for one seed, and spread over both signs."""

from __future__ import annotations

import itertools

import pytest

from rewards.answers.tree import syntax as s
from rewards.answers.values.points import SamplePoints, whole_values

N, K, M = s.Symbol("n"), s.Symbol("k"), s.Symbol("m")


@pytest.mark.parametrize("attempt", range(4))
def test_whole_values_are_positive_and_n_is_above_k(attempt: int) -> None:
    values = whole_values({N, K, M}, {N, K}, bytes(16), attempt)
    assert values == whole_values({N, K, M}, {N, K}, bytes(16), attempt)
    assert values.keys() == {N, K, M}
    assert values[N] > values[K] > 0


def test_whole_values_run_through_consecutive_ones_under_a_factorial() -> None:
    found = [whole_values({N}, {N}, bytes(16), attempt)[N] for attempt in range(6)]
    assert {later - earlier for earlier, later in itertools.pairwise(found)} == {1}


@pytest.mark.parametrize("branches", [False, True])
def test_sample_points_give_each_unknown_either_sign(branches: bool) -> None:  # noqa: FBT001
    points = SamplePoints(bytes(16), [11, 12], reach=3, branches=branches)
    signs = {
        tuple(float(points.values(attempt)(key)) > 0 for key in (11, 12))
        for attempt in range(points.prepared())
    }
    assert signs >= {(True, True), (False, True), (True, False)}


def test_sample_points_are_those_of_their_seed() -> None:
    def drawn(seed: bytes) -> list[float]:
        points = SamplePoints(seed, [5], reach=1, branches=False)
        return [float(points.values(attempt)(5)) for attempt in range(4)]

    assert drawn(bytes(16)) == drawn(bytes(16))
    assert not set(drawn(bytes(16))) & set(drawn(bytes(15) + b"x"))
