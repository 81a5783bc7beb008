"""The fields of a training file."""

from __future__ import annotations

from typing import Any

import pytest
from training_files import LEAST, changed

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.reading import read_config


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (changed(trainig={}), "trainig: Extra inputs are not permitted"),
        (changed(training__learning_rat=1), "training.learning_rat: Extra inputs"),
        (changed(training__learning_rate=-1), "training.learning_rate: Input should be greater than 0"),
        (changed(algorithm__loss_type="papo"), "algorithm.loss_type: Input should be 'grpo'"),
        (changed(data__dataset="also"), "data: Value error, name the data by exactly one"),
        (changed(preset="dppo"), "preset: there is no 'dppo'; there are dapo"),
        ({name: value for name, value in LEAST.items() if name != "model"}, "model: Field required"),
    ],
)
def test_schema_errors_name_the_place_of_a_typo(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(given)
    assert said in str(caught.value)
