"""A sampler that differs from the trainer by a setting: samples, log-probabilities, correction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from grpo_broken_off import Break, logged
from grpo_processes import TWO, ran
from tiny_grpo import tiny_config, with_told_completions
from transformers import Qwen2ForCausalLM

from trainer_adapters.grpo.run import build_trainer, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

Batch = dict[str, Any]


def config_of(folder: Path, out: Path, mismatch: dict[str, Any] | None, **changes: Any) -> Any:
    given = {name.replace("__", "."): value for name, value in changes.items()}
    given |= {"generation.mismatch": mismatch, "checkpoints.output_dir": str(out)}
    return tiny_config(folder, given)


def trained(trainer: Any) -> tuple[list[dict[str, Any]], list[Batch], torch.Tensor]:
    """The logged steps, the batches and the weights of a run."""
    batches: list[Batch] = []
    generate = trainer._generate_and_score_completions

    def kept(inputs: list[dict[str, Any]]) -> Batch:
        batches.append(generate(inputs))
        return batches[-1]

    trainer._generate_and_score_completions = kept
    trainer.train()
    steps = [entry for entry in trainer.state.log_history if "reward" in entry]
    return steps, batches, torch.cat([one.detach().reshape(-1) for one in trainer.model.parameters()])


def batch_of(trainer: Any) -> Batch:
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = 1
    rows = [dict(trainer.train_dataset[4 + at // 4]) for at in range(16)]
    return dict(trainer._generate_and_score_completions(rows))


def gap_of(batch: Batch) -> torch.Tensor:
    return (batch["old_per_token_logps"] - batch["sampling_per_token_logps"]) * batch["completion_mask"]


def ids_of(batch: Batch) -> tuple[list[list[int]], list[list[int]]]:
    prompts, completions = (
        [
            ids[mask.bool()].tolist()
            for ids, mask in zip(batch[f"{one}_ids"], batch[f"{one}_mask"], strict=True)
        ]
        for one in ("prompt", "completion")
    )
    return prompts, completions


def padded(rows: list[list[float]], width: int) -> torch.Tensor:
    return torch.tensor([[*row, *[0.0] * width][:width] for row in rows])


@pytest.mark.parametrize("further", [{}, {"model.lora": {"r": 4, "alpha": 8}}], ids=["whole", "adapter"])
def test_sampler_without_a_perturbation_gives_the_run_without_it(
    taught: Path, tmp_path: Path, further: dict[str, Any]
) -> None:
    if further:
        pytest.importorskip("peft", reason="peft is not installed; `make test-integrations` installs it")
    changes = {"training.max_steps": 4, "training.learning_rate": 1e-2, **further}
    plain = tiny_config(taught, {**changes, "checkpoints.output_dir": str(tmp_path / "plain")})
    same = tiny_config(
        taught, {**changes, "generation.mismatch": {}, "checkpoints.output_dir": str(tmp_path / "same")}
    )
    expected, _, weights = trained(build_trainer(plain))
    steps, batches, found = trained(build_trainer(same))
    assert [step["loss"] for step in steps] == [step["loss"] for step in expected]
    assert [step["reward"] for step in steps] == [step["reward"] for step in expected]
    assert torch.equal(found, weights)
    assert any(step["grad_norm"] > 0 for step in steps)
    for step, batch in zip(steps, batches, strict=True):
        assert (batch["importance_sampling_ratio"] == 1).all()
        assert step["sampling/kl"] == 0
        assert step["sampling/ratio/p01"] == step["sampling/ratio/p99"] == 1


@pytest.mark.parametrize("settings", [{"noise": 0.7}, {"noise": 0.4, "precision": "bf16"}])
def test_sampler_writes_and_scores_by_its_own_weights(
    taught: Path, tmp_path: Path, settings: dict[str, Any]
) -> None:
    """Against a model of transformers' own that holds these weights."""
    config = config_of(taught, tmp_path, settings, generation__top_k=1)
    trainer = build_trainer(config)
    batch = batch_of(trainer)
    sampler = trainer._sampler.at(0, trainer.model)
    other = Qwen2ForCausalLM(sampler.config).to(sampler.dtype)
    other.load_state_dict(sampler.state_dict())
    ids = torch.cat([batch["prompt_ids"], batch["completion_ids"]], dim=1)
    attended = torch.cat([batch["prompt_mask"], batch["completion_mask"]], dim=1)
    width = batch["completion_ids"].shape[1]
    with torch.no_grad():
        logits = {
            name: one(ids, attended).logits for name, one in {"own": other, "policy": trainer.model}.items()
        }
    counted = batch["completion_mask"].bool()
    best = {name: one[:, -width - 1 : -1].float() for name, one in logits.items()}
    assert torch.equal(best["own"].argmax(-1)[counted], batch["completion_ids"][counted])
    assert not torch.equal(best["policy"].argmax(-1)[counted], batch["completion_ids"][counted])
    for name, kept in (("own", "sampling_per_token_logps"), ("policy", "old_per_token_logps")):
        logps = best[name].log_softmax(-1).gather(-1, batch["completion_ids"].unsqueeze(-1)).squeeze(-1)
        rough = settings.get("precision") and name == "own"
        assert torch.allclose(logps[counted], batch[kept][counted], atol=0.05 if rough else 1e-4)
    assert gap_of(batch).abs().max() > 0.1


def test_precisions_of_the_sampler_differ_as_their_digits_do(taught: Path, tmp_path: Path) -> None:
    found = {}
    for precision in ("fp32", "fp16", "bf16"):
        trainer = with_told_completions(build_trainer(config_of(taught, tmp_path, {"precision": precision})))
        batch = batch_of(trainer)
        found[precision] = gap_of(batch).abs().max().item()
    assert found["fp32"] == 0
    assert 0 < found["fp16"] < found["bf16"] / 3  # three bits more
    assert found["bf16"] < 0.2


def test_sampler_in_the_precision_of_a_bf16_trainer_is_equal_to_it(taught: Path, tmp_path: Path) -> None:
    """The policy is wrapped by accelerate for it, and the copy must compute alike."""
    config = config_of(taught, tmp_path, {})
    built = build_trainer(config)
    training = config.training.model_copy(update={"precision": "bf16"})  # no file may say so for a CPU
    trainer = build_trainer(config.model_copy(update={"training": training}))
    assert trainer.accelerator.mixed_precision == "bf16"
    batch = batch_of(trainer)
    assert (batch["importance_sampling_ratio"] == 1).all()
    rounded = batch["old_per_token_logps"]
    exact = built._logps_of(built.model, *ids_of(batch))
    widest = (rounded - padded(exact, rounded.shape[1])) * batch["completion_mask"]
    assert widest.abs().max() > 1e-4  # it is in bfloat16 indeed


def test_sampler_lags_behind_and_catches_up(taught: Path, tmp_path: Path) -> None:
    config = config_of(
        taught,
        tmp_path,
        {"weight_sync_steps": 3},
        training__max_steps=6,
        training__learning_rate=1e-2,
    )
    steps, _, _ = trained(with_told_completions(build_trainer(config)))
    distances = [step["sampling/kl"] for step in steps]
    assert distances[0] == distances[3] == 0
    assert min(distances[at] for at in (1, 2, 4, 5)) > 1e-6


def test_correction_changes_what_is_learnt(taught: Path, tmp_path: Path) -> None:
    found = {}
    for name, settings in {
        "off": {"importance_sampling_correction": False},
        "truncated": {"importance_sampling_mode": "token_truncate", "importance_sampling_clip_max": 1.2},
        "masked": {"importance_sampling_mode": "token_mask", "importance_sampling_clip_max": 1.2},
    }.items():
        config = config_of(taught, tmp_path / name, {"noise": 0.5, **settings})
        found[name] = trained(with_told_completions(build_trainer(config)))
    for steps, _, _ in found.values():
        assert all(step["sampling/kl"] > 1e-3 for step in steps)
        assert all(
            step["sampling/ratio/p01"] < step["sampling/ratio/p50"] < step["sampling/ratio/p99"]
            for step in steps
        )
    for name in ("truncated", "masked"):
        steps, batches, weights = found[name]
        for batch in batches:
            raw = gap_of(batch).exp()
            expected = raw.clamp(max=1.2) if name == "truncated" else raw.masked_fill(raw > 1.2, 0)
            assert torch.allclose(batch["importance_sampling_ratio"], expected)
            assert (raw > 1.2).any()
        assert not torch.equal(weights, found["off"][2])
    assert not torch.equal(found["truncated"][2], found["masked"][2])
    assert "importance_sampling_ratio" not in found["off"][1][0]


def test_off_policy_mask_takes_the_distance_from_the_sampler(taught: Path, tmp_path: Path) -> None:
    config = config_of(
        taught,
        tmp_path,
        {"noise": 0.5, "importance_sampling_correction": False},
        algorithm__off_policy_mask_threshold=1.0,
    )
    trainer = with_told_completions(build_trainer(config))
    batch = batch_of(trainer)
    mask = batch["completion_mask"]
    logps = padded(trainer._logps_of(trainer.model, *ids_of(batch)), mask.shape[1])
    mean = ((batch["sampling_per_token_logps"] - logps) * mask).sum(1) / mask.sum(1)
    negative = batch["advantages"] < 0
    trainer.off_policy_mask_threshold = mean[negative].median().item()
    dropped = negative & (mean > trainer.off_policy_mask_threshold + 1e-6)
    assert 0 < int(dropped.sum()) < int(negative.sum())
    losses = []
    for rows in (batch["advantages"], batch["advantages"].masked_fill(dropped, 0.0)):
        trainer.model.zero_grad()
        trainer._compute_loss(trainer.model, {**batch, "advantages": rows}).backward()
        losses.append(torch.cat([one.grad.reshape(-1).clone() for one in trainer.model.parameters()]))
    assert torch.allclose(*losses)  # what is dropped has no gradient left to lose
    trainer.off_policy_mask_threshold = None
    trainer.model.zero_grad()
    trainer._compute_loss(trainer.model, batch).backward()
    unmasked = torch.cat([one.grad.reshape(-1) for one in trainer.model.parameters()])
    assert not torch.allclose(unmasked, losses[0], rtol=1e-3)


def test_recipe_reads_the_log_probabilities_of_the_sampler(taught: Path, tmp_path: Path) -> None:
    changes = {"reward__recipe": "logp-modulated", "techniques__dynamic_sampling": {"filter_on": "total"}}
    trainer = build_trainer(config_of(taught, tmp_path, {"noise": 0.3}, **changes))
    batch = batch_of(trainer)
    means = (batch["sampling_per_token_logps"] * batch["completion_mask"]).sum(1) / batch[
        "completion_mask"
    ].sum(1)
    right = batch["right"] == 1
    assert right.any()
    assert torch.allclose(batch["rewards"][right].float(), means[right].exp(), atol=1e-4)
    assert batch["importance_sampling_ratio"].shape[0] == 16  # of refilled rows, too


def test_run_with_a_mismatch_resumes_as_the_whole_run(taught: Path, tmp_path: Path) -> None:
    changes = {
        "training__max_steps": 6,
        "training__learning_rate": 1e-2,
        "checkpoints__save_steps": 4,
    }
    mismatch = {"noise": 0.2, "weight_sync_steps": 2}
    whole = config_of(taught, tmp_path / "whole", mismatch, **changes)
    broken = config_of(taught, tmp_path / "broken", mismatch, **changes)
    run(whole)
    first = build_trainer(broken)
    first.add_callback(Break(4))
    first.train()
    run(broken)
    assert logged(broken) == logged(whole)


def test_samplers_of_two_processes_are_one(taught: Path, tmp_path: Path) -> None:
    changes = {"generation.mismatch": {"noise": 0.3, "weight_sync_steps": 2}, "training.max_steps": 3}
    one = ran(taught, tmp_path / "one", changes, 1)
    two = ran(taught, tmp_path / "two", {**changes, **TWO}, 2)
    for name in ("loss", "grad_norm", "sampling/kl", "reward"):
        assert [step[name] for step in two["steps"]] == pytest.approx(
            [step[name] for step in one["steps"]], rel=1e-3, abs=1e-6
        ), name
    assert two["squares"] == pytest.approx(one["squares"], rel=1e-5)
