from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewards.text import ngrams
from rewards.text.ngrams import repetitions, repetitions_in_each


def plain(ids: list[int], n: int) -> list[int]:
    """The definition: an n-gram is repeated if an equal tuple came before it."""
    seen: set[tuple[int, ...]] = set()
    found = []
    for at in range(len(ids) - n + 1):
        gram = tuple(ids[at : at + n])
        if gram in seen:
            found.append(at)
        seen.add(gram)
    return found


few_ids = st.lists(st.integers(0, 3), max_size=80)
any_ids = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40)
loops = st.tuples(st.lists(st.integers(0, 9), min_size=1, max_size=9), st.integers(1, 9)).map(
    lambda x: x[0] * x[1]
)


@given(few_ids | any_ids | loops, st.integers(1, 25))
def test_repetitions_are_those_of_a_set_of_tuples(ids: list[int], n: int) -> None:
    assert repetitions(np.asarray(ids, dtype=np.int64), n).tolist() == plain(ids, n)


def test_repetitions_are_right_where_positions_no_longer_fit_beside_hashes() -> None:
    ids = np.random.default_rng(0).integers(0, 40, 1 << 17)
    for n in (1, 3, 20):
        assert repetitions(ids, n).tolist() == plain(ids.tolist(), n)


@given(st.lists(few_ids | loops, max_size=40), st.integers(1, 9))
def test_repetitions_in_each_are_those_of_each_alone(sequences: list[list[int]], n: int) -> None:
    arrays = [np.asarray(ids, dtype=np.int64) for ids in sequences]
    assert [found.tolist() for found in repetitions_in_each(arrays, n)] == [plain(s, n) for s in sequences]


def test_repetitions_in_each_keep_long_sequences_in_place() -> None:
    sizes = (0, 3, 9_000, 1, 0, 8_000, 500, 0)
    arrays = [np.random.default_rng(size).integers(-(2**31), -(2**31) + 40, size) for size in sizes]
    expected = [plain(ids.tolist(), 2) for ids in arrays]
    assert [found.tolist() for found in repetitions_in_each(arrays, 2)] == expected


def test_repetitions_of_an_n_longer_than_the_text_are_none() -> None:
    assert repetitions(np.asarray([1, 1]), 3).tolist() == []
    assert repetitions(np.asarray([1, 1]), 2).tolist() == []
    assert repetitions(np.zeros(0, dtype=np.int64), 1).tolist() == []


def test_repetitions_see_through_a_collision_of_hashes(monkeypatch: object) -> None:
    hashes = ngrams._hashes  # noqa: SLF001  # no known input collides: the first salt is made to
    salts = []

    def colliding(ids: np.ndarray, n: int, salt: int) -> np.ndarray:
        salts.append(salt)
        return np.zeros(len(ids) - n + 1, dtype=np.uint64) if salt == 0 else hashes(ids, n, salt)

    monkeypatch.setattr(ngrams, "_hashes", colliding)
    assert repetitions(np.asarray([1, 2, 3, 1, 2, 4]), 2).tolist() == [3]
    assert salts == [0, 1]
