"""The divisor of token losses on a batch that dynamic sampling refilled, against plain TRL on those rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


from grpo_processes import TWO, ran
from grpo_refilled import REFILL, batch_of, loss_and_gradient, prompts_in, uneven
from plain_trl import plain_trainer
from tiny_grpo import tiny_config

from trainer_adapters.grpo.run import build_trainer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

LOSSES: dict[str, dict[str, Any]] = {
    "dapo": {},
    "cispo": {"algorithm.epsilon_high": 5.0},
    "vespo": {},
    "dapo, filtered": {"algorithm.mask_truncated_completions": True},
    "dapo, several passes": {
        "training.per_device_train_batch_size": 4,
        "training.gradient_accumulation_steps": 4,
    },
    "dapo, normalized functions": {"techniques.advantage": {"aggregation": "normalize_then_sum"}},
    "grpo": {},  # divided by sequences: as a control
}


def of_loss(name: str, out: Path) -> dict[str, Any]:
    loss_type = name.partition(",")[0]
    return {"algorithm.loss_type": loss_type, "checkpoints.output_dir": str(out), **LOSSES[name]}


def rows_of(trainer: Any, prompts: list[str]) -> list[dict[str, Any]]:
    named = {row["prompt"]: row for row in trainer.train_dataset}
    return [named[prompt] for prompt in prompts]


@pytest.mark.parametrize("name", LOSSES)
def test_dynamic_sampling_has_the_loss_of_plain_trl_on_its_rows(
    made: Path, tmp_path: Path, name: str
) -> None:
    changes = of_loss(name, tmp_path)
    trainer = uneven(build_trainer(tiny_config(made, {**REFILL, **changes})))
    begun = [trainer.train_dataset[at] for at in range(4)]
    batch = batch_of(trainer, begun)
    prompts = prompts_in(trainer, batch)
    assert prompts != [row["prompt"] for row in begun]
    plain = uneven(plain_trainer(tiny_config(made, {**REFILL, **changes})))
    expected = batch_of(plain, rows_of(plain, prompts))
    assert int(batch["num_items_in_batch"]) == int(expected["num_items_in_batch"])
    loss, gradient = loss_and_gradient(trainer, batch)
    plain_loss, plain_gradient = loss_and_gradient(plain, expected)
    assert loss == pytest.approx(plain_loss, rel=1e-4, abs=1e-6)
    assert torch.allclose(gradient, plain_gradient, rtol=1e-3, atol=1e-6)
    assert plain_gradient.norm() > 1e-2


@pytest.mark.parametrize("technique", [{"kl_cov": {"ratio": 0.5}}, {"llds": {"coefficient": 5.0}}])
def test_dynamic_sampling_divides_penalties_by_the_tokens_of_the_refilled_batch(
    made: Path, tmp_path: Path, technique: dict[str, Any]
) -> None:
    changes = {
        **REFILL,
        "training.num_iterations": 2,
        "checkpoints.output_dir": str(tmp_path),
        **{f"techniques.{name}": value for name, value in technique.items()},
    }
    refilled = uneven(build_trainer(tiny_config(made, changes)))
    batch = batch_of(refilled, [refilled.train_dataset[at] for at in range(4)])
    # The same prompts without dynamic sampling: TRL itself counts what they were answered with.
    simple = uneven(build_trainer(tiny_config(made, {**changes, "techniques.dynamic_sampling": None})))
    expected = batch_of(simple, rows_of(simple, prompts_in(refilled, batch)))
    for trainer in (refilled, simple):  # the policy moves on from the one that sampled
        torch.manual_seed(3)
        for weight in trainer.model.parameters():
            weight.data += 0.05 * torch.randn_like(weight)
    loss, gradient = loss_and_gradient(refilled, batch)
    simple_loss, simple_gradient = loss_and_gradient(simple, expected)
    assert simple._metrics["train"]["penalty"][-1] > 1e-3
    assert loss == pytest.approx(simple_loss, rel=1e-4)
    assert torch.allclose(gradient, simple_gradient, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("name", ["dapo", pytest.param("cispo", marks=pytest.mark.slow)])
def test_dynamic_sampling_of_two_processes_divides_by_the_tokens_of_both(
    made: Path, tmp_path: Path, name: str
) -> None:
    changes = {**of_loss(name, tmp_path / "one"), **REFILL}
    found = ran(made, tmp_path / "two", {**changes, **TWO}, 2, script="grpo_refilled.py")
    plain = uneven(plain_trainer(tiny_config(made, changes)))
    assert found["prompts"] != [plain.train_dataset[at]["prompt"] for at in range(4)]
    loss, gradient = loss_and_gradient(plain, batch_of(plain, rows_of(plain, found["prompts"])))
    assert found["loss"] == pytest.approx(loss, rel=1e-4)
    assert torch.allclose(torch.tensor(found["gradient"]), gradient, rtol=1e-3, atol=1e-6)
