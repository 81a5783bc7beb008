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
        (
            changed(trainig={}),
            "trainig: there is no such setting (did you mean 'training'?); there are preset, model",
        ),
        (
            changed(training__learning_rat=1),
            "training.learning_rat: there is no such setting (did you mean 'learning_rate'?)",
        ),
        (
            changed(data__eval_path="x.jsonl"),
            "data.eval_path: there is no such setting (did you mean 'path'?); there are path, dataset",
        ),
        (
            changed(generation__vllm={"mod": 1}),
            "generation.vllm.mod: there is no such setting (did you mean 'mode'",
        ),
        (
            changed(data__columns={"promt": "q"}),
            "data.columns.promt: there is no such setting (did you mean 'prompt'",
        ),
        (
            changed(watch={"not_finite": {"patence": 1}}),
            "watch.not_finite.patence: there is no such setting (did",
        ),
        (changed(training__learning_rate=-1), "training.learning_rate: Input should be greater than 0"),
        (changed(algorithm__loss_type="papo"), "algorithm.loss_type: Input should be 'grpo'"),
        (changed(data__dataset="also"), "data: Value error, name the data by exactly one"),
        (changed(preset="papo"), "preset: there is no 'papo'; there are dapo"),
        ({name: value for name, value in LEAST.items() if name != "model"}, "model: Field required"),
    ],
)
def test_schema_errors_name_the_place_of_a_typo(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(given)
    assert said in str(caught.value)
