"""The context of an evaluation in ball arithmetic: its precision and its work limit."""

from __future__ import annotations

import flint
import pytest

from rewards.answers.values.exact import ValueTooBig
from rewards.answers.values.precision import WorkLimit, precision


@pytest.mark.parametrize("bits", [64, 500])
def test_precision_holds_within_the_block_alone(bits: int) -> None:
    before = flint.ctx.prec
    with precision(bits):
        assert flint.ctx.prec == bits
    assert flint.ctx.prec == before
    with pytest.raises(KeyError), precision(bits):
        raise KeyError(bits)
    assert flint.ctx.prec == before


def test_work_limit_counts_to_its_units_and_no_further() -> None:
    limit = WorkLimit(10)
    limit.spend(4)
    limit.spend(6)
    with pytest.raises(ValueTooBig):
        limit.spend(1)
