"""Columns of a batch as rows."""

import numpy as np
import pytest

from rewards.errors import InvalidCallError
from trainer_adapters.trl import reward_funcs


@pytest.mark.parametrize("kind", ["list", "tuple", "numpy", "datasets"])
def test_batches_take_columns_of_golds_of_any_kind(kind: str) -> None:
    datasets = pytest.importorskip("datasets", reason="datasets is not installed; `make test` installs it")
    values = ["4", "5"]
    made = {
        "list": values,
        "tuple": tuple(values),
        "numpy": np.array(values),
        "datasets": datasets.Dataset.from_dict({"answer": values})["answer"],
    }
    (function,) = reward_funcs("boxed")
    assert function(completions=[r"\boxed{4}"] * 2, answer=made[kind]) == [1.0, 0.0]


@pytest.mark.parametrize("column", [["4"], "45", 4])
def test_batches_refuse_a_column_of_golds_of_another_length(column: object) -> None:
    (function,) = reward_funcs("boxed")
    with pytest.raises(InvalidCallError, match=r"column 'answer' holds .* for 2 completions"):
        function(completions=[r"\boxed{4}"] * 2, answer=column)
