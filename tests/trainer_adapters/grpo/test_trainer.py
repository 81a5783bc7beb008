"""Runs of the trainer: what techniques do inside it, alone and together, against plain TRL and by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from plain_trl import plain_trainer
from tiny_grpo import tiny_config, told_completion
from tiny_grpo import with_told_completions as told

from trainer_adapters.grpo.errors import ConfigError
from trainer_adapters.grpo.run import build_trainer
from trainer_adapters.grpo.watch.log import read_log

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from trl import GRPOTrainer

    from trainer_adapters.grpo.trainer import TouchstoneTrainer


pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def trained(
    folder: Path, out: Path, changes: Mapping[str, Any], *, sampled: bool = False
) -> TouchstoneTrainer:
    config = tiny_config(folder, {"checkpoints.output_dir": str(out), **changes})
    trainer = build_trainer(config)
    trainer = trainer if sampled else told(trainer)
    trainer.train()
    return trainer


def steps(trainer: Any) -> list[dict[str, float]]:
    return [entry for entry in trainer.state.log_history if "reward" in entry]


def weights(trainer: Any) -> torch.Tensor:
    return torch.cat([one.detach().reshape(-1) for one in trainer.model.parameters()])


def plain(folder: Path, out: Path, changes: Mapping[str, Any]) -> GRPOTrainer:
    """TRL's own trainer with the same settings."""
    config = tiny_config(folder, {"checkpoints.output_dir": str(out), **changes})
    trainer = told(plain_trainer(config))
    trainer.train()
    return trainer


FILTERED = {"algorithm.mask_truncated_completions": True, "generation.max_completion_length": 4}
"""Overlong filtering, in a window that cuts off about half of what is told."""


@pytest.mark.parametrize("further", [{}, FILTERED], ids=["whole", "filtered"])
@pytest.mark.parametrize("loss_type", ["dapo", "grpo"])
def test_trainer_without_techniques_is_that_of_trl(
    made: Path, tmp_path: Path, loss_type: str, further: dict[str, Any]
) -> None:
    # Adam would make a step of a rounding error.
    changes = {"algorithm.loss_type": loss_type, "trl": {"optim": "sgd"}, "training.learning_rate": 0.1}
    changes |= further
    ours, theirs = trained(made, tmp_path / "ours", changes), plain(made, tmp_path / "theirs", changes)
    assert torch.allclose(weights(ours), weights(theirs), atol=1e-6)
    for mine, other in zip(steps(ours), steps(theirs), strict=True):
        assert mine["loss"] == pytest.approx(other["loss"], abs=1e-5)
        assert mine["reward"] == other["reward"]
    assert len({entry["reward"] for entry in steps(ours)}) > 1


def test_trainer_logs_the_weighted_sum_of_the_recipe(made: Path, tmp_path: Path) -> None:
    for entry in steps(trained(made, tmp_path, {})):
        parts = {name: entry[f"rewards/{name}/mean"] for name in ("correctness", "box", "repetition")}
        expected = parts["correctness"] + 0.25 * parts["box"] + parts["repetition"]
        assert entry["reward"] == pytest.approx(expected, abs=1e-5)
        assert entry["accuracy"] == pytest.approx(parts["correctness"], abs=1e-6)


def test_trainer_shows_a_recipe_the_log_probabilities_of_the_sampling_policy(
    made: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "logp.yaml"
    recipe.write_text(
        "name: logp\nversion: 1\nreward:\n  logprob_modulation: {reward: {has_box: {}}, temperature: 1.0}\n",
        "utf-8",
    )
    config = tiny_config(made, {"reward.recipe": str(recipe), "generation.temperature": 0.7})
    trainer = told(build_trainer(config))
    rows = [dict(trainer.train_dataset[at // 4]) for at in range(16)]
    trainer.model.train()
    batch = trainer._generate_and_score_completions(rows)
    ids = torch.cat([batch["prompt_ids"], batch["completion_ids"]], dim=1)
    mask = torch.cat([batch["prompt_mask"], batch["completion_mask"]], dim=1)
    with torch.no_grad():
        logits = trainer.model(input_ids=ids, attention_mask=mask).logits / 0.7
    width = batch["completion_ids"].shape[1]
    every = logits.log_softmax(-1)[:, -width - 1 : -1]
    logps = every.gather(2, batch["completion_ids"].unsqueeze(2)).squeeze(2)
    for row, reward in enumerate(batch["rewards"].tolist()):
        length = int(batch["completion_mask"][row].sum())
        boxed = 4 in batch["completion_ids"][row].tolist() and 5 in batch["completion_ids"][row].tolist()
        expected = math.exp(float(logps[row, :length].mean())) if boxed else 0.0
        assert reward == pytest.approx(expected, rel=1e-4)
    assert (batch["rewards"] > 0).any()


@pytest.mark.parametrize(
    "further", [{}, {"techniques.dynamic_sampling": {"max_rounds": 3}}, {"techniques.masking": {}}]
)
@pytest.mark.parametrize("window", [2, 4, 12])  # all, half and none of the completions are cut off
def test_trainer_logs_lengths_of_what_was_sampled_under_overlong_filtering(
    made: Path, tmp_path: Path, window: int, further: dict[str, Any]
) -> None:
    changes = {**FILTERED, **further, "generation.max_completion_length": window}
    config = tiny_config(made, {**changes, "checkpoints.output_dir": str(tmp_path)})
    trainer = told(build_trainer(config))
    trainer.model.train()
    batch = trainer._generate_and_score_completions(
        [dict(trainer.train_dataset[at // 4]) for at in range(16)]
    )
    prompts = [
        ids[mask.bool()].tolist() for ids, mask in zip(batch["prompt_ids"], batch["prompt_mask"], strict=True)
    ]
    written = [told_completion(prompt, at % 4, 0, window=window) for at, prompt in enumerate(prompts)]
    logged = {name: values[-1] for name, values in trainer._metrics["train"].items()}
    assert logged["length/mean"] == pytest.approx(np.mean([len(one) for one in written]))
    assert logged["length/p95"] == pytest.approx(np.quantile([len(one) for one in written], 0.95))
    # The loss has what ended of itself, and no more.
    ended = [len(one) if one[-1] == 1 else 0 for one in written]
    if "techniques.masking" not in further:
        assert batch["completion_mask"].sum(dim=1).tolist() == ended
    else:
        assert all(
            found in {0, whole}
            for found, whole in zip(
                (batch["completion_mask"] * batch["tool_mask"]).sum(dim=1).tolist(), ended, strict=True
            )
        )


def test_trainer_has_truncated_completions_pay_the_kl_like_others(made: Path, tmp_path: Path) -> None:
    """Under overlong filtering too: they stand in the baseline of their group."""
    found = []
    for filtered in (False, True):
        changes = {"techniques.kl_in_reward": 0.5, "algorithm.mask_truncated_completions": filtered}
        changes |= {"generation.max_completion_length": 4, "checkpoints.output_dir": str(tmp_path)}
        trainer = told(build_trainer(tiny_config(made, changes)))
        trainer.model.train()
        torch.manual_seed(5)
        for weight in trainer.model.parameters():  # the policy has moved away from the reference
            weight.data += 0.1 * torch.randn_like(weight)
        rows = [dict(trainer.train_dataset[at // 4]) for at in range(16)]
        found.append(
            (trainer._generate_and_score_completions(rows), trainer._metrics["train"]["kl_in_reward"][-1])
        )
    (whole, logged), (filtered, logged_filtered) = found
    assert 0 < int(filtered["truncated"].sum()) < 16
    assert torch.allclose(whole["rewards"], filtered["rewards"], atol=1e-5)
    assert torch.allclose(whole["advantages"], filtered["advantages"], atol=1e-4)
    assert logged_filtered == pytest.approx(logged, rel=1e-4)
    assert abs(logged) > 1e-3


def all_wrong(trainer: Any) -> Any:
    """The same trainer, which writes an empty box each time."""
    trainer._generate_single_turn = lambda ids, *_, **__: ([[4, 5, 1] for _ in ids], None)
    return trainer


def all_cut_off(trainer: Any) -> Any:
    """The same trainer, whose completions never end: right and wrong boxes, and then chatter."""
    trainer._generate_single_turn = lambda ids, *_, **__: (
        [[4, 7 + at % 10, 5, *[7] * 9] for at, _ in enumerate(ids)],
        None,
    )
    return trainer


MASKED_MEANS = ("entropy", "kl", "logprob", "gibberish", "clip_ratio/region_mean", "clip_ratio/low_mean")


@pytest.mark.parametrize(
    ("changes", "writes"),
    [
        ({"techniques.masking": {}}, all_wrong),
        ({"algorithm.mask_truncated_completions": True}, all_cut_off),
        (
            {
                "techniques.masking": {},
                "training.per_device_train_batch_size": 8,
                "training.gradient_accumulation_steps": 2,
            },
            all_wrong,
        ),
    ],
)
def test_trainer_logs_no_value_for_a_mean_over_no_token(
    made: Path, tmp_path: Path, changes: dict[str, Any], writes: Any
) -> None:
    base = {"algorithm.beta": 0.1, "training.max_steps": 12, "checkpoints.output_dir": str(tmp_path)}
    trainer = writes(build_trainer(tiny_config(made, {**base, **changes})))
    trainer.train()
    lines = read_log(tmp_path / "log.jsonl")
    logged = [line for line in lines if "reward" in line]
    assert len(logged) == 12
    assert not [name for name in MASKED_MEANS if any(name in line for line in logged)]
    assert all(line["loss"] == 0 for line in logged)
    alarms = {line["alarm"] for line in lines if "alarm" in line}
    assert alarms & {"all_wrong", "truncated"}
    assert "entropy_collapse" not in alarms


def test_trainer_lowers_no_mean_by_passes_without_a_token(made: Path, tmp_path: Path) -> None:
    """Of four passes over the loss some are masked as a whole: the entropy is that of the others."""
    base = {"training.max_steps": 1, "checkpoints.output_dir": str(tmp_path), "techniques.masking": {}}
    base |= {"training.per_device_train_batch_size": 2, "training.gradient_accumulation_steps": 8}
    trainer = told(build_trainer(tiny_config(made, base)))
    values: list[tuple[float, float]] = []
    computed = trainer._get_per_token_logps_and_entropies

    def kept(*args: Any, **kwargs: Any) -> Any:
        found = computed(*args, **kwargs)
        if trainer._loss is not None:
            batch = trainer._loss.batch
            mask = batch["completion_mask"] * batch["tool_mask"]
            values.append((float((found[1] * mask).sum()), float(mask.sum())))
        return found

    trainer._get_per_token_logps_and_entropies = kept
    trainer.train()
    means = [total / count for total, count in values if count]
    assert 0 < len(means) < 8
    assert steps(trainer)[0]["entropy"] == pytest.approx(np.mean(means), rel=1e-5)


def test_trainer_leaves_masked_groups_out_of_the_loss_and_its_divisor(made: Path, tmp_path: Path) -> None:
    for loss_type in ("dapo", "grpo", "dr_grpo", "bnpo"):
        config = tiny_config(
            made,
            {
                "algorithm.loss_type": loss_type,
                "techniques.masking": {"filter_on": "correctness"},
                "checkpoints.output_dir": str(tmp_path / loss_type),
            },
        )
        trainer = told(build_trainer(config))
        trainer.model.train()
        trainer.current_gradient_accumulation_steps = 1
        rows = [dict(trainer.train_dataset[at // 4]) for at in range(16)]
        batch = trainer._generate_and_score_completions(rows)
        kept = batch["tool_mask"].any(dim=1)
        assert 0 < int(kept.sum()) < 16
        assert int(kept.sum()) % 4 == 0
        whole = trainer._compute_loss(trainer.model, batch)
        # The same loss, had only the groups been sampled that count.
        part = {name: one[kept] if one.ndim else one for name, one in batch.items()}
        part.pop("loss_scale", None)
        assert float(part["num_items_in_batch"]) == float(part["completion_mask"].sum())
        alone = trainer._compute_loss(trainer.model, part)
        assert float(whole) == pytest.approx(float(alone), rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("loss_type", ["bnpo", "grpo", "dr_grpo"])
def test_trainer_takes_no_part_of_the_gradient_by_passes_that_are_masked_as_a_whole(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loss_type: str
) -> None:
    # Groups stay together, so that a pass is one group.
    monkeypatch.setattr("trl.trainer.grpo_trainer.shuffle_sequence_dict", dict)
    changes = {
        "algorithm.loss_type": loss_type,
        "training.per_device_train_batch_size": 4,
        "training.gradient_accumulation_steps": 4,
        "checkpoints.output_dir": str(tmp_path),
    }
    trainer = told(build_trainer(tiny_config(made, {**changes, "techniques.masking": {}})))
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = 4
    trainer._prepare_inputs([dict(trainer.train_dataset[at // 4]) for at in range(16)])
    passes = trainer._buffered_inputs
    kept = [one for one in passes if one["tool_mask"].any()]
    assert 0 < len(kept) < len(passes) == 4
    # TRL alone, had only the groups been sampled that count.
    other = plain_trainer(tiny_config(made, changes))
    other.model.train()
    other.current_gradient_accumulation_steps = len(kept)
    found = [
        torch.autograd.grad(
            sum(one._compute_loss(one.model, batch) for batch in batches), list(one.model.parameters())
        )
        for one, batches in ((trainer, passes), (other, kept))
    ]
    for mine, theirs in zip(*found, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def test_trainer_needs_a_recipe_that_judges_to_filter_on_correctness(made: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "box.yaml"
    recipe.write_text("name: box\nversion: 1\nreward:\n  has_box: {}\n", "utf-8")
    changes = {"reward.recipe": str(recipe), "techniques.masking": {}}
    with pytest.raises(ConfigError, match="set filter_on: total"):
        trained(made, tmp_path, changes)


def test_trainer_logs_the_kl_in_the_reward(made: Path, tmp_path: Path) -> None:
    changes = {"techniques.kl_in_reward": 0.5, "training.max_steps": 3, "training.learning_rate": 1e-2}
    trainer = trained(made, tmp_path, changes)
    found = [entry["kl_in_reward"] for entry in steps(trainer)]
    assert found[0] == pytest.approx(0.0, abs=1e-6)  # the reference is the policy that begins
    assert abs(found[-1]) > 1e-4
    assert trainer.beta > 0  # put back after each loss


def test_trainer_with_clip_cov_changes_the_gradient_of_chosen_tokens(made: Path, tmp_path: Path) -> None:
    settings = {"ratio": 0.3, "low": 0.0, "high": 100.0}
    with_it = trained(made, tmp_path / "with", {"techniques.clip_cov": settings, "training.max_steps": 1})
    without = trained(made, tmp_path / "without", {"training.max_steps": 1})
    assert steps(with_it)[0]["clip_cov/detached"] > 0
    assert not torch.allclose(weights(with_it), weights(without))


@pytest.mark.parametrize("technique", [{"kl_cov": {"ratio": 0.5}}, {"llds": {"coefficient": 5.0}}])
def test_trainer_penalties_act_once_the_policy_has_moved(
    made: Path, tmp_path: Path, technique: dict[str, dict[str, float]]
) -> None:
    several = {"training.num_iterations": 3, "training.max_steps": 3, "training.learning_rate": 3e-2}
    name = next(iter(technique))
    with_it = trained(made, tmp_path / "with", {**several, f"techniques.{name}": technique[name]})
    without = trained(made, tmp_path / "without", several)
    logged = [entry["penalty"] for entry in with_it.state.log_history if "penalty" in entry]
    assert logged[0] == pytest.approx(0.0, abs=1e-7)
    assert max(logged) > 1e-6
    assert not torch.allclose(weights(with_it), weights(without))


EVERYTHING = {
    "algorithm.epsilon_high": 0.28,
    "algorithm.mask_truncated_completions": True,
    "techniques.advantage": {"baseline": "quantile", "std_floor": 0.1},
    "techniques.dynamic_sampling": {"max_rounds": 2},
    "techniques.masking": {},
    "techniques.kl_in_reward": 0.01,
    "techniques.clip_cov": {"ratio": 0.1, "low": 0.0, "high": 10.0},
    "techniques.llds": {"coefficient": 0.1},
    "techniques.length_stages": [
        {"from_step": 0, "max_completion_length": 8},
        {"from_step": 2, "max_completion_length": 12},
    ],
    "training.num_iterations": 2,
    "training.max_steps": 4,
}


@pytest.mark.parametrize(
    "further",
    [
        {},
        {
            "techniques.clip_cov": None,
            "techniques.kl_cov": {"ratio": 0.1},
            "algorithm.epsilon_high": None,
        },
        {
            "techniques.advantage": {"baseline": "batch", "scale": "tokens", "positive_only": True},
            "algorithm.loss_type": "dr_grpo",
            "training.gradient_accumulation_steps": 2,
        },
    ],
    ids=["clip-cov", "kl-cov", "batch"],
)
def test_trainer_takes_all_techniques_together(made: Path, tmp_path: Path, further: dict[str, Any]) -> None:
    trainer = trained(made, tmp_path, {**EVERYTHING, **further}, sampled=True)
    assert bool(torch.isfinite(weights(trainer)).all())
    assert all(np.isfinite(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry)
