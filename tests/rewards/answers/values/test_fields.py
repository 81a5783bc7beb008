"""Finite fields that no answer can be built for."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rewards.answers.values.fields import PrimeField, fields_for


@pytest.mark.parametrize("seed", [b"", b"a question", b"another"])
def test_fields_have_primes_of_their_own_and_a_root_of_minus_one(seed: bytes) -> None:
    fields = fields_for(seed)
    assert len({field.prime for field in fields}) == len(fields)
    for field in fields:
        assert pow(2, field.prime - 1, field.prime) == 1
        assert field.imaginary**2 % field.prime == field.prime - 1


def test_fields_are_the_same_for_one_question_and_others_for_another() -> None:
    def drawn(seed: bytes) -> list[int]:
        return [field.draw("x", (at,)) for field in fields_for(seed) for at in range(3)]

    assert drawn(b"one") == drawn(b"one")
    assert not set(drawn(b"one")) & set(drawn(b"other"))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_determinant_is_that_of_the_whole_numbers(size: int) -> None:
    field = PrimeField(101, 10, b"")
    for entries in itertools.islice(itertools.product(range(4), repeat=size * size), 0, 3000, 37):
        rows = [list(entries[at * size : (at + 1) * size]) for at in range(size)]
        expected = round(float(np.linalg.det(np.array(rows)))) % 101
        assert field.determinant(rows) == expected
