"""What TRL is told of a training file."""

from __future__ import annotations

from pathlib import Path

import pytest
from training_files import LEAST, changed

from trainer_adapters.grpo.arguments import trl_arguments
from trainer_adapters.grpo.cli import placeholders, printed
from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.reading import preset_names, read_config
from trainer_adapters.grpo.schema import TrainConfig

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("preset", preset_names())
def test_trl_arguments_of_a_preset_are_those_on_record(preset: str) -> None:
    """To change a preset on purpose, write the golden file again and say so in the changelog.

    A setting that is younger than the file and off, `null`, needs no line in it.
    """
    pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")
    golden = (GOLDEN / f"{preset}.yaml").read_text("utf-8").splitlines()
    lines = printed(read_config(placeholders(preset))).splitlines()
    assert [line for line in lines if line in golden or not line.endswith(": null")] == golden


def test_fields_of_trl_that_no_section_has() -> None:
    assert trl_arguments(read_config(changed(trl={"optim": "sgd"})))["optim"] == "sgd"
    with pytest.raises(ConfigError, match=r"trl\.learning_rate: set training\.learning_rate instead"):
        read_config(changed(trl={"learning_rate": 1.0}))


OURS = {"precision", "prompts_per_generation", "updates_per_generation", "tokens_per_pass"}
"""Settings that TRL is given by other names."""


def test_everything_that_stands_in_the_file_reaches_trl() -> None:
    """Each setting of the algorithm, generation and training changes what TRL is given, unless it is ours."""
    base = trl_arguments(read_config(LEAST))
    for section in ("algorithm", "training"):
        model = type(getattr(read_config(LEAST), section))
        for name in model.model_fields:
            assert name in base or name in OURS, f"{section}.{name}"
    assert isinstance(read_config(LEAST), TrainConfig)
