"""Dynamic sampling's rounds: which groups a batch holds, and that figures and files say of what they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

import pyarrow.parquet as pq
from grpo_processes import TWO, ran
from grpo_refilled import REFILL
from plain_trl import plain_trainer
from tiny_grpo import tiny_config
from tiny_grpo import with_told_completions as told

from trainer_adapters.grpo.run import build_trainer
from trainer_adapters.grpo.watch.log import of_the_sampled

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

SAMPLING = {"techniques.dynamic_sampling": {"filter_on": "correctness", "max_rounds": 6}}


class Recorded:
    """A trainer whose rounds and batches are kept."""

    def __init__(self, trainer: Any) -> None:
        self.trainer = told(trainer)
        self.rounds: list[list[dict[str, Any]]] = []
        self.batches: list[dict[str, Any]] = []
        make, prompts_of = trainer._generate_and_score_completions, trainer._round

        def batch(inputs: list[dict[str, Any]]) -> dict[str, Any]:
            self.rounds.append([])
            self.batches.append(make(inputs))
            return self.batches[-1]

        def one(inputs: list[dict[str, Any]]) -> dict[str, Any]:
            found: dict[str, Any] = prompts_of(inputs)
            self.rounds[-1].append(
                {"prompts": [row["prompt"] for row in inputs[::4]], "right": found["right"]}
            )
            return found

        trainer._generate_and_score_completions, trainer._round = batch, one

    @property
    def steps(self) -> list[dict[str, Any]]:
        return [entry for entry in self.trainer.state.log_history if "reward" in entry]

    def texts(self, batch: dict[str, Any]) -> list[tuple[str, str]]:
        decode = self.trainer._tokenizer.decode
        return [
            (decode(prompt[mask.bool()]), decode(ids[kept.bool()], skip_special_tokens=True))
            for prompt, mask, ids, kept in zip(
                *(batch[name] for name in ("prompt_ids", "prompt_mask", "completion_ids", "completion_mask")),
                strict=True,
            )
        ]


@pytest.fixture(scope="module")
def recorded(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    changes = {
        **SAMPLING,
        "logging.completions": True,
        "training.max_steps": 6,
        "checkpoints.output_dir": str(tmp_path_factory.mktemp("recorded")),
    }
    found = Recorded(build_trainer(tiny_config(made, changes)))
    found.trainer.train()
    assert sum(len(rounds) > 1 for rounds in found.rounds) > 2
    return found


def test_logged_completions_are_those_that_are_trained_on(recorded: Recorded) -> None:
    folder = recorded.trainer.args.output_dir
    for step, batch in enumerate(recorded.batches, 1):
        rows = pq.read_table(f"{folder}/completions/completions_{step:05d}.parquet").to_pylist()
        assert [(row["prompt"], row["completion"]) for row in rows] == recorded.texts(batch)
        assert [row["advantage"] for row in rows] == pytest.approx(batch["advantages"].tolist())
        assert [row["correctness"] for row in rows] == batch["right"].tolist()
        assert [row["verdict"] == "CORRECT" for row in rows] == [one == 1 for one in batch["right"].tolist()]


def test_figures_are_of_what_is_trained_on_and_those_of_all_say_so(recorded: Recorded) -> None:
    for step, batch, rounds in zip(recorded.steps, recorded.batches, recorded.rounds, strict=True):
        sampled = torch.cat([one["right"] for one in rounds])
        lengths = batch["completion_mask"].sum(1).float()
        assert step["accuracy"] == pytest.approx(batch["right"].mean().item())
        assert step["rewards/correctness/mean"] == pytest.approx(batch["right"].mean().item())
        assert step["reward"] == pytest.approx(batch["rewards"].mean().item())
        assert step["completions/mean_length"] == step["length/mean"] == pytest.approx(lengths.mean().item())
        assert step["sampled/accuracy"] == pytest.approx(sampled.mean().item())
        assert step["sampled/rewards/correctness/mean"] == pytest.approx(sampled.mean().item())
        assert step["sampled/verdicts/correct"] == pytest.approx(sampled.mean().item())
        groups = sampled.view(-1, 4).mean(1)
        assert step["sampled/groups/all_right"] == pytest.approx((groups == 1).float().mean().item())
        assert step["sampled/groups/all_wrong"] == pytest.approx((groups == 0).float().mean().item())
        assert not {"verdicts/correct", "components/correctness"} & set(step)
    assert any(step["accuracy"] != step["sampled/accuracy"] for step in recorded.steps)


def test_no_prompt_comes_twice_in_a_batch_and_few_are_sampled_in_vain(recorded: Recorded) -> None:
    for rounds, batch in zip(recorded.rounds, recorded.batches, strict=True):
        drawn = [prompt for one in rounds for prompt in one["prompts"]]
        assert len(set(drawn)) == len(drawn)
        kept = [prompt for prompt, _ in recorded.texts(batch)[::4]]
        assert len(set(kept)) == 4
    further = sum(len(one["prompts"]) for rounds in recorded.rounds for one in rounds[1:])
    assert further < sum(4 * len(rounds[1:]) for rounds in recorded.rounds)  # a whole batch for each


def test_alarms_read_the_figures_of_all_that_was_sampled(recorded: Recorded) -> None:
    for step in recorded.steps:
        heard = of_the_sampled(step)
        assert heard["groups/all_wrong"] == step["sampled/groups/all_wrong"]
        assert heard["accuracy"] == step["sampled/accuracy"]
        assert heard["loss"] == step["loss"]
        assert heard["groups/zero_std"] == step["groups/zero_std"]  # of the batch: has it a gradient?
        assert step["groups/all_wrong"] == 0  # an alarm that read these would be blind
    assert any(step["sampled/groups/all_wrong"] > 0 for step in recorded.steps)


def test_figures_of_trained_completions_are_trls_where_nothing_is_replaced(
    made: Path, tmp_path: Path
) -> None:
    """Of a batch that is full, by TRL's own trainer."""
    changes = {"checkpoints.output_dir": str(tmp_path), "generation.max_completion_length": 7}
    ours = told(build_trainer(tiny_config(made, {**changes, **SAMPLING})))
    plain = told(plain_trainer(tiny_config(made, changes)))
    rows = [ours.train_dataset[at] for at in range(36)]
    mixed = []
    for row in rows:
        found = [dict(row) for _ in range(4)]
        ours.model.train()
        rewards = ours._round(found)["right"]
        if 0 < rewards.sum() < 4:
            mixed.append(row)
    inputs = [dict(row) for row in mixed[:4] for _ in range(4)]
    for trainer in (ours, plain):
        trainer.model.train()
        trainer._metrics["train"].clear()
        trainer._generate_and_score_completions([dict(row) for row in inputs])
    expected = {name: values[-1] for name, values in plain._metrics["train"].items()}
    found = {name: values[-1] for name, values in ours._metrics["train"].items()}
    names = [name for name in expected if name.startswith(("reward", "completions/"))]
    assert len(names) > 12
    for name in names:
        assert found[name] == pytest.approx(expected[name], nan_ok=True), name
        assert found["sampled/" + name] == pytest.approx(expected[name], nan_ok=True), name
    assert found["sampled/verdicts/correct"] == pytest.approx(expected["verdicts/correct"])
    assert found["dynamic_sampling/rounds"] == 0
    assert 0 < found["completions/clipped_ratio"] < 1


def test_groups_that_one_process_has_left_over_go_to_another(made: Path, tmp_path: Path) -> None:
    sums = sorted(((a, b) for a in range(6) for b in range(6)), key=lambda one: (one[0] % 2, one[1]))
    easy, hard = ([one for one in sums if sum(one) % 2 == odd] for odd in (1, 0))
    order = [one for at in range(0, 18, 2) for kind in (easy, hard) for one in kind[at : at + 2]]
    rows = [{"prompt": f"{a}+{b}?", "answer": str(a + b)} for a, b in order]
    data = tmp_path / "rows.jsonl"  # the hard ones are those of the second process
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    changes = {**REFILL, **TWO, "data": {"path": str(data), "shuffle": False}, "logging.completions": True}
    found = ran(made, tmp_path, {**changes, "training.max_steps": 4}, 2, script="grpo_traded.py")
    assert found["traded"] > 0
    for batch in found["batches"]:
        assert len(set(batch["prompts"])) == len(batch["prompts"])
        assert batch["whole"]
        assert batch["informative"]
    for step, batch in zip(found["steps"], found["batches"], strict=True):
        assert step["accuracy"] == pytest.approx(batch["accuracy"])
        assert step["dynamic_sampling/unfilled"] == 0
    files = sorted((tmp_path / "completions").glob("*.parquet"))
    assert len(files) == 4
    for file, batch in zip(files, found["batches"], strict=True):
        assert [row["prompt"] for row in pq.read_table(file).to_pylist()][::4] == batch["prompts"]
