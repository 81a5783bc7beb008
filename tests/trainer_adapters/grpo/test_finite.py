"""A loss or a gradient that is no finite number: told as what it is, and the run ends unsaved."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


from grpo_poisoned import Poison
from grpo_processes import TWO, commanded, finished
from rich.console import Console
from tiny_grpo import tiny_config, with_told_completions

from trainer_adapters.grpo.finite import FiniteLogits
from trainer_adapters.grpo.run import build_trainer, last_checkpoint, train
from trainer_adapters.grpo.watch import StoppedError
from trainer_adapters.grpo.watch.alarms import ALARMS
from trainer_adapters.grpo.watch.dashboard import Dashboard
from trainer_adapters.grpo.watch.log import read_log

if TYPE_CHECKING:
    from pathlib import Path

    from trainer_adapters.grpo.schema import TrainConfig

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

BROKEN = 3


def poisoned(config: TrainConfig, poison: Poison) -> Any:
    trainer = with_told_completions(build_trainer(config))
    trainer.add_callback(poison)
    return trainer


def strictly(line: str) -> dict[str, Any]:
    """A line as readers of JSON take it that know neither NaN nor infinity."""

    def refused(name: str) -> None:
        raise ValueError(name)

    return dict(json.loads(line, parse_constant=refused))


@pytest.mark.parametrize("every", [1, 5])
@pytest.mark.parametrize(
    ("place", "value"), [("weight", math.nan), ("gradient", math.nan), ("gradient", math.inf)]
)
def test_finite_steps_stop_a_run_before_anything_is_saved(
    made: Path, tmp_path: Path, place: str, value: float, every: int
) -> None:
    changes = {
        "training.max_steps": 8,
        "checkpoints.save_steps": 1,
        "checkpoints.output_dir": str(tmp_path),
        "logging.steps": every,
        "logging.report": True,
    }
    config = tiny_config(made, changes)
    trainer = poisoned(config, Poison(place, value, step=BROKEN))
    with pytest.raises(StoppedError) as caught:
        train(trainer, config)
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    assert "stopped at step 3 by the alarm not_finite" in said
    assert "checkpoint-2" in said
    assert ("of 16 completions, of the prompts '" in said) == (place == "weight")
    assert ("of all its completions are finite" in said) == (place == "gradient")
    assert last_checkpoint(tmp_path) == tmp_path / "checkpoint-2"
    assert not (tmp_path / "model.safetensors").exists()
    raw = [strictly(line) for line in (tmp_path / "log.jsonl").read_text("utf-8").splitlines()]
    metric = "loss" if place == "weight" else "grad_norm"
    told = next(line for line in raw if line["step"] == BROKEN and metric in line)
    assert told[metric] in {"NaN", "Infinity"}
    lines = read_log(tmp_path / "log.jsonl")
    assert [line["step"] for line in lines if "loss" in line][-1] == BROKEN
    assert not math.isfinite([line for line in lines if metric in line][-1][metric])
    assert [line["alarm"] for line in lines if "alarm" in line][-1] == "not_finite"
    page = (tmp_path / "report.html").read_text("utf-8")
    assert f"{metric} was {told[metric].lower()[:3]}" in page
    assert "not_finite" in page


def test_finite_steps_name_the_prompts_of_completions_that_are_not(made: Path, tmp_path: Path) -> None:
    config = tiny_config(made, {"checkpoints.output_dir": str(tmp_path), "checkpoints.save_steps": 1})
    trainer = with_told_completions(build_trainer(config))
    asked: list[str] = []

    def lose_one(_model: Any, _args: Any, given: dict[str, Any], found: Any) -> Any:
        if trainer.state.global_step == BROKEN - 1 and trainer._loss is not None:
            asked.append(trainer._tokenizer.decode(given["input_ids"][5], skip_special_tokens=True))
            found.last_hidden_state = found.last_hidden_state.clone()
            found.last_hidden_state[5] = math.nan
        return found

    trainer.model.model.register_forward_hook(lose_one, with_kwargs=True)
    with pytest.raises(StoppedError) as caught:
        train(trainer, config)
    said = str(caught.value)
    assert "stopped at step 3 by the alarm not_finite" in said
    prompt = asked[0].partition("?")[0] + "?"
    assert f"not finite are 1 of 16 completions, of the prompts {prompt!r})" in said
    assert "goes on from checkpoint-2" in said


def test_finite_steps_are_told_in_the_table_and_the_lines(made: Path, tmp_path: Path) -> None:
    said = []
    for terminal in (True, False):
        console = Console(
            record=True, force_terminal=terminal, width=300, file=(tmp_path / "shown").open("w")
        )
        config = tiny_config(made, {"checkpoints.output_dir": str(tmp_path / str(terminal))})
        trainer = poisoned(config, Poison("weight", math.nan, step=2))
        trainer.add_callback(Dashboard(console))
        with pytest.raises(StoppedError):
            train(trainer, config)
        said.append(console.export_text())
    assert said[0].split("step 2 of 3")[1].count("nan") == 2  # the loss and the norm of the gradient
    assert "loss nan" in said[1].splitlines()[-1]
    assert "loss" not in said[1].splitlines()[0]


@pytest.mark.parametrize("action", ["log", "off"])
def test_finite_steps_may_be_off_and_later_losses_are_their_own(
    made: Path, tmp_path: Path, action: str
) -> None:
    changes = {
        "training.max_steps": 5,
        "checkpoints.output_dir": str(tmp_path),
        "watch": {"not_finite": {"action": action}},
    }
    config = tiny_config(made, changes)
    train(poisoned(config, Poison("weight", math.nan, step=BROKEN, restore=True)), config)
    lines = read_log(tmp_path / "log.jsonl")
    losses = {line["step"]: line["loss"] for line in lines if "loss" in line}
    assert [step for step, loss in losses.items() if not math.isfinite(loss)] == [BROKEN]
    assert sorted(losses) == [1, 2, 3, 4, 5]
    assert ("not_finite" in {line.get("alarm") for line in lines}) == (action == "log")
    assert (tmp_path / "model.safetensors").exists()


class Broken(Poison):
    """Breaks a parameter by name, and leaves it so."""

    def on_step_begin(self, _args: Any, state: Any, _control: Any, model: Any = None, **_: Any) -> None:
        if state.global_step == self.step - 1:
            dict(model.named_parameters())[self.place].data.view(-1)[0] = self.value


BATCHING = {
    "generation.continuous_batching": True,
    "trl.transformers_continuous_batching_config": {
        "page_size": 64,
        "num_blocks": 32,
        "max_batch_tokens": 256,
    },
}


@pytest.mark.parametrize(
    ("place", "value", "further"),
    [
        ("model.norm.weight", math.nan, {}),
        ("model.layers.0.mlp.down_proj.weight", math.inf, {}),
        ("lm_head.weight", math.nan, {}),
        ("model.norm.weight", math.nan, BATCHING),
    ],
)
def test_finite_steps_stop_a_run_that_cannot_sample(
    taught: Path, tmp_path: Path, place: str, value: float, further: dict[str, Any]
) -> None:
    changes = {
        "checkpoints.output_dir": str(tmp_path),
        "checkpoints.save_steps": 1,
        "generation.temperature": 0.7,
        "training.max_steps": 6,
        "logging.steps": 5,
        **further,
    }
    config = tiny_config(taught, changes)
    trainer = build_trainer(config)
    trainer.add_callback(Broken(place, value, step=BROKEN))
    with pytest.raises(StoppedError) as caught:
        train(trainer, config)
    said = str(caught.value)
    assert len(said.splitlines()) == 1
    assert "stopped at step 3 by the alarm not_finite (loss nan" in said
    assert "of 16 completions, of the prompts '" in said
    assert not (tmp_path / "model.safetensors").exists()
    if not further:  # its rows are not those of the batch, so the loss shows it
        assert "sampling/not_finite 1.0; " in said
        assert "Logits were so when completions were sampled" in said
        assert "checkpoint-2 holds the weights that did it: remove it, and the same command goes on" in said
        assert "goes on from checkpoint-1." in said


def test_finite_steps_name_the_rows_that_could_not_be_sampled(taught: Path, tmp_path: Path) -> None:
    """One prompt's logits overflow while its completion is sampled, and are fine in the loss."""
    config = tiny_config(taught, {"checkpoints.output_dir": str(tmp_path)})
    trainer = build_trainer(config)
    asked: list[str] = []

    def overflow(_model: Any, _args: Any, given: dict[str, Any], found: Any) -> None:
        if trainer.state.global_step == BROKEN - 1 and trainer._loss is None and not asked:
            asked.append(trainer._tokenizer.decode(given["input_ids"][5], skip_special_tokens=True))
            found.logits[5, -1, 3] = math.inf

    trainer.model.register_forward_hook(overflow, with_kwargs=True)
    with pytest.raises(StoppedError) as caught:
        train(trainer, config)
    prompt = asked[0].partition("?")[0] + "?"
    said = str(caught.value)
    assert (
        f"sampling/not_finite 0.0625; not finite are 1 of 16 completions, of the prompts {prompt!r})" in said
    )
    assert "there is no checkpoint before that step" in said


@pytest.mark.parametrize("vocabulary", [2, 50])
def test_finite_logits_are_those_that_torch_can_sample(vocabulary: int) -> None:
    """Held to `torch.multinomial`, which raises for exactly the rows that are found."""
    choices = torch.tensor([0.0, -3.0, 80.0, math.nan, math.inf, -math.inf])
    generator = torch.Generator().manual_seed(0)
    for _ in range(200):
        weights = torch.tensor([5.0, 5, 5, 1, 1, 40]) if vocabulary > 2 else torch.ones(6)
        drawn = torch.multinomial(weights, vocabulary, replacement=True, generator=generator)
        row = choices[drawn].unsqueeze(0)
        try:
            torch.multinomial(row.softmax(dim=-1), 1)
        except RuntimeError:
            can = False
        else:
            can = True
        processor = FiniteLogits(by_row=True)
        made = processor(torch.zeros(1, 1), row.clone())
        assert processor.lost is not None
        assert processor.lost.tolist() == [not can]
        assert can == torch.equal(made, row)
        torch.multinomial(made.softmax(dim=-1), 1)


@pytest.mark.slow
def test_finite_steps_stop_two_processes_together(made: Path, tmp_path: Path) -> None:
    changes = {**TWO, "training.max_steps": 6, "checkpoints.save_steps": 1, "logging.steps": 4}
    done = finished(made, tmp_path / "two", changes, 2, script="grpo_poisoned.py")
    found = [
        json.loads(line.removeprefix("RESULT "))
        for line in done.stdout.splitlines()
        if line.startswith("RESULT ")
    ]
    assert [one["step"] for one in found] == [BROKEN, BROKEN], done.stderr[-2000:]
    assert all("not_finite" in one["ended"] for one in found)
    assert last_checkpoint(tmp_path / "two") == tmp_path / "two" / "checkpoint-2"


@pytest.mark.timeout(300)  # it loads torch and TRL anew
def test_finite_steps_end_the_command_with_one_line_and_an_error(taught: Path, tmp_path: Path) -> None:
    """A second pass over completions after a step at an absurd rate: the logits are beyond any number."""
    changes = {"training.num_iterations": 2, "training.learning_rate": 1e38, "training.max_steps": 6}
    done = commanded(taught, tmp_path, changes)
    assert done.returncode not in {0, 2}, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("stopped at step") == 1
    assert "by the alarm not_finite (loss" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "out" / "model.safetensors").exists()


def test_steps_that_fp16_skips_are_no_sign_until_it_skips_them_all() -> None:
    alarm = next(one for one in ALARMS if one.name == "not_finite")
    skipped = {"loss": 0.1, "grad_norm": math.inf, "step_skipped": 1.0}
    fine = {"loss": 0.1, "grad_norm": 1.0}
    assert not alarm.fires([skipped] * (alarm.patience - 1))
    assert not alarm.fires([*[skipped] * alarm.patience, fine])
    assert not alarm.fires([fine, *[skipped] * (alarm.patience - 1)])
    assert alarm.fires([fine, *[skipped] * alarm.patience])
    assert alarm.fires([fine, {**skipped, "loss": math.nan}])
    assert alarm.fires([*[skipped] * 3, {"loss": 0.1, "grad_norm": math.nan}])
