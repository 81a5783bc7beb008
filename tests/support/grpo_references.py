"""The foreign references of losses and techniques: for each an implementation that is not ours.

A reference without a `loss` is TRL's own trainer with the same settings; the others are functions of verl,
which get the completions, rewards and log-probabilities of a run, and compute advantages and loss themselves.
To print the table of docs/trainers/grpo_references.md, in the environment of the trainers::

    PYTHONPATH=.:tests/support python tests/support/grpo_references.py
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from grpo_observed import PASSES, UPDATE, WINDOW, Pass, Run, observed, settings_of
from plain_trl import plain_trainer
from tiny_grpo import make_folder, tiny_config

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "REFERENCES",
    "Reference",
    "by_verl",
    "difference",
    "expected_by_trl",
    "expected_by_verl",
    "rows_of_table",
    "verl",
]

TRL, VERL = "TRL 1.16.0, same settings", "verl 0.9.1, "
BETA = 0.05


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reference:
    """A technique's settings, and the implementation that is not ours."""

    settings: Mapping[str, Any]
    formula: str
    source: str
    differs: str = ""
    loss: Callable[[Run, Pass, torch.Tensor], torch.Tensor] | None = None


# The masks and advantages of a generation, by verl


def counted(run: Run, *, masked: bool) -> torch.Tensor:
    """The tokens that count, (N, T): with `masked`, those of groups with right and wrong answers."""
    mixed = [len(set(group.tolist())) > 1 for group in run.right.view(-1, run.size)]
    kept = torch.tensor(mixed).repeat_interleave(run.size).float().unsqueeze(1)
    return run.sampled * kept if masked else run.sampled


def token_rewards(run: Run, beta: float) -> torch.Tensor:
    """The reward at the last token of each completion, and verl's KL of each token taken off, (N, T)."""
    from verl.trainer.ppo import core_algos

    scores = torch.zeros_like(run.old)
    scores[torch.arange(len(scores)), run.lengths - 1] = run.rewards
    if run.reference is None:
        return scores
    kl = core_algos.kl_penalty(run.old, run.reference, kl_penalty="kl") * run.sampled
    return scores - beta * kl


def by_verl(estimator: str, *, beta: float = 0.0, **named: Any) -> Callable[[Run], torch.Tensor]:
    """Return a function for the advantages of a generation, (N, T), by an estimator of verl."""

    def found(run: Run) -> torch.Tensor:
        from verl.trainer.config import AlgoConfig
        from verl.trainer.ppo import core_algos

        index = np.repeat(np.arange(len(run.rewards) // run.size), run.size)
        given = {"index": index, "config": AlgoConfig(gamma=1.0), **named}
        if estimator == "reinforce_plus_plus":
            del given["index"]
        function = core_algos.get_adv_estimator_fn(estimator)
        advantages: torch.Tensor = function(token_rewards(run, beta), run.sampled, **given)[0]
        return advantages

    return found


grpo = by_verl("grpo", epsilon=1e-4)


def gdpo(run: Run) -> torch.Tensor:
    """The advantages of GDPO by verl, (N, T), whitened over tokens."""
    from verl.trainer.config import AlgoConfig
    from verl.trainer.ppo import core_algos

    keys = [f"term-{at}" for at in range(run.terms.shape[1])]
    config = AlgoConfig(gamma=1.0, gdpo_reward_keys=keys, gdpo_reward_weights=run.weights.tolist())
    advantages: torch.Tensor = core_algos.get_adv_estimator_fn("gdpo")(
        token_rewards(run, 0.0),
        run.sampled,
        index=np.repeat(np.arange(len(run.rewards) // run.size), run.size),
        epsilon=1e-4,
        config=config,
        non_tensor_batch={key: run.terms[:, at].numpy() for at, key in enumerate(keys)},
        batch={"prompts": run.sampled[:, :0], "attention_mask": run.sampled.long()},
    )[0]
    return advantages


def by_numpy(formula: Callable[[np.ndarray], np.ndarray]) -> Callable[[Run], torch.Tensor]:
    """Return a function for the advantages of a generation, (N, T), by numpy from rewards of (prompts, G)."""

    def found(run: Run) -> torch.Tensor:
        advantages = formula(run.rewards.double().numpy().reshape(-1, run.size))
        return torch.tensor(advantages.reshape(-1, 1), dtype=torch.float32) * run.sampled

    return found


def quantile(groups: np.ndarray) -> np.ndarray:
    """The advantages to numpy's quantile of each group."""
    below = np.quantile(groups, 0.4, axis=1, method="inverted_cdf", keepdims=True)
    return (groups - below) / (groups.std(axis=1, ddof=1, keepdims=True) + 1e-4)


def maxrl(groups: np.ndarray) -> np.ndarray:
    """The advantages of MaxRL, with the constant of its authors."""
    mean = groups.mean(axis=1, keepdims=True)
    return (groups - mean) / (mean + 1e-6)


def centred(groups: np.ndarray) -> np.ndarray:
    """The advantages of ScaleRL: in standard deviations of what is left after the mean of the group."""
    found = groups - groups.mean(axis=1, keepdims=True)
    return found / (found.std(ddof=1) + 1e-4)


def corrected(run: Run, level: str, threshold: str) -> torch.Tensor:
    """Return the weights of verl's rollout correction."""
    from verl.trainer.ppo.rollout_corr_helper import compute_rollout_correction_weights

    assert run.sampling is not None
    weights: torch.Tensor
    weights, _ = compute_rollout_correction_weights(run.old - run.sampling, run.sampled, level, threshold)
    return weights


def verl(
    kind: str = "vanilla",
    *,
    mode: str = "token-mean",
    advantages: Callable[[Run], torch.Tensor] = grpo,
    masked: bool = False,
    over: Literal["update", "pass", "prompt"] = "update",
    beta: float = 0.0,
    correction: tuple[str, str] | None = None,
    policy_loss: Mapping[str, Any] | None = None,
    **actor: Any,
) -> Callable[[Run, Pass, torch.Tensor], torch.Tensor]:
    """Return a loss of verl's.

    Args:
        kind: the name of its policy loss.
        mode: its aggregation.
        advantages: the estimator.
        masked: whether groups without a signal are left out.
        over: what tokens are averaged by: an update, a pass (bnpo), or a prompt, and prompts by update.
        beta: the coefficient of its KL loss.
        correction: the level of its rollout correction, and the threshold.
        policy_loss: settings of that loss.
        actor: settings of its actor.
    """

    def found(run: Run, one: Pass, logps: torch.Tensor) -> torch.Tensor:
        from verl.trainer.ppo import core_algos
        from verl.workers.config import ActorConfig, PolicyLossConfig

        whole = counted(run, masked=masked)
        width = logps.shape[1]
        # Without a correction the method itself is about the sampler, as DPPO is.
        around = run.old if correction is not None or run.sampling is None else run.sampling
        mask, old = whole[one.rows][:, :width], around[one.rows][:, :width]
        # An update has this share of the generation.
        share = UPDATE / PASSES
        config = ActorConfig(
            strategy="fsdp",
            rollout_n=run.size,
            ppo_micro_batch_size_per_gpu=2,
            policy_loss=PolicyLossConfig(**(policy_loss or {})),
            **{
                "clip_ratio": 0.2,
                "clip_ratio_low": 0.2,
                "clip_ratio_high": 0.2,
                "clip_ratio_c": 1e6,
                **actor,
            },
        )
        information: dict[str, Any] = {"dp_size": run.processes}
        if over == "pass":
            if not mask.any():
                return (logps * 0).sum()
            information = {}
        elif mode == "token-mean":
            information["batch_num_tokens"] = whole.sum() * share
        else:
            information["global_batch_size"] = whole.any(dim=1).sum() * share
        if mode == "seq-mean-token-sum-norm":
            information["loss_scale_factor"] = WINDOW
        config.global_batch_info.update(information)
        function = core_algos.get_policy_loss_fn(kind)
        advantage = advantages(run)[one.rows][:, :width]
        weights = None if correction is None else corrected(run, *correction)[one.rows][:, :width]
        if over == "prompt":
            tokens, prompts = whole.view(-1, run.size * whole.shape[1]).sum(dim=1), one.rows // run.size
            loss = (logps * 0).sum()
            for prompt in prompts.unique()[tokens[prompts.unique()] > 0]:
                config.global_batch_info["batch_num_tokens"] = tokens[prompt] * (tokens > 0).sum() * share
                alone = mask * (prompts == prompt).unsqueeze(1)
                loss = loss + function(old, logps, advantage, alone, mode, config)[0]
        else:
            loss, _ = function(old, logps, advantage, mask, mode, config, weights)
        if beta:
            assert run.reference is not None
            kl = core_algos.kl_penalty(logps, run.reference[one.rows][:, :width], "low_var_kl")
            loss = loss + beta * core_algos.agg_loss(kl, mask, mode, **information)
        if over == "pass":
            alive = [bool(whole[other.rows].any()) for other in run.passes]
            loss = loss / UPDATE * len(alive) / sum(alive)
        return loss

    return found


OFF = {"algorithm.loss_type": "dapo"}
NONE = by_verl("grpo", epsilon=1e-4, norm_adv_by_std_in_grpo=False)
MASKED = {"techniques.masking": {}}
KL_REWARD = {"techniques.kl_in_reward": BETA}
CLIP = "-min(w A, clip(w) A)"
DIVISOR = "divided by the tokens of a generation's mean update, where verl counts those of each"

CORRECTED = "w times sg(pi_old / pi_sampler), "


def mismatch(mode: str, level: str, high: float, low: float | None = None) -> Reference:
    """Return the reference of a mode of importance sampling, between a perturbed sampler and the trainer."""
    settings = {"noise": 0.5, "importance_sampling_mode": mode, "importance_sampling_clip_max": high}
    formula, threshold = f"{CORRECTED}of a {level}, at most {high}", str(high)
    if low is not None:
        formula, threshold = f"{CORRECTED}of a {level}, 0 outside {low} to {high}", f"{low}_{high}"
        settings["importance_sampling_clip_min"] = low
    return Reference(
        settings={"generation.mismatch": settings},
        formula=formula,
        source=VERL + "`compute_rollout_correction_weights`, `vanilla`",
        loss=verl(correction=(level, threshold)),
    )


REFERENCES: dict[str, Reference] = {
    "`loss_type: dapo`": Reference(
        settings=OFF,
        formula=f"{CLIP}, mean over tokens",
        source=VERL + "`vanilla`, `token-mean`, GRPO advantages",
        differs=f"1e-4 is added to the standard deviation (verl: 1e-6); {DIVISOR}",
        loss=verl(),
    ),
    "`loss_type: grpo`": Reference(
        settings={"algorithm.loss_type": "grpo"},
        formula="mean over completions of means over tokens",
        source=VERL + "`vanilla`, `seq-mean-token-mean`",
        differs="a truncated completion that is filtered stays in the mean (TRL), and not in verl's",
        loss=verl(mode="seq-mean-token-mean"),
    ),
    "`loss_type: dr_grpo`": Reference(
        settings={"algorithm.loss_type": "dr_grpo", "techniques.advantage": {"scale": "none"}},
        formula="sum over tokens by the window; A = r - mean",
        source=VERL + "`vanilla`, `seq-mean-token-sum-norm`",
        loss=verl(mode="seq-mean-token-sum-norm", advantages=NONE),
    ),
    "`loss_type: bnpo`": Reference(
        settings={"algorithm.loss_type": "bnpo"},
        formula="mean over the tokens of a pass",
        source=VERL + "`vanilla`, `token-mean` of a pass",
        loss=verl(over="pass"),
    ),
    "`loss_type: cispo`": Reference(
        settings={"algorithm.loss_type": "cispo", "algorithm.epsilon_high": 1.2},
        formula="-sg(min(w, epsilon_high)) A ln pi",
        source=VERL + "`cispo`",
        differs="epsilon_high is the bound itself (TRL), and 1 + epsilon_high in verl",
        loss=verl("cispo", clip_ratio_low=1.0, clip_ratio_high=0.2),
    ),
    "`loss_type: sapo`": Reference(
        settings={"algorithm.loss_type": "sapo"},
        formula="-4 / tau sigmoid(tau (w - 1)) A",
        source=VERL + "`sapo`",
        loss=verl("sapo", mode="seq-mean-token-mean", tau_pos=1.0, tau_neg=1.05),
    ),
    "`loss_type: luspo`": Reference(
        settings={"algorithm.loss_type": "luspo", "algorithm.importance_sampling_level": "sequence"},
        formula="mean over completions of sums over tokens",
        source=TRL,
    ),
    "`loss_type: vespo`": Reference(
        settings={"algorithm.loss_type": "vespo"}, formula="-sg(phi(w)) A ln pi", source=TRL
    ),
    "`epsilon_high` (clip-higher)": Reference(
        settings={"algorithm.epsilon_high": 0.28},
        formula="clip(w, 1 - epsilon, 1 + epsilon_high)",
        source=VERL + "`vanilla`",
        loss=verl(clip_ratio_high=0.28),
    ),
    "`delta` (two-sided clip)": Reference(
        settings={"algorithm.delta": 1.25},
        formula="w at most delta where A < 0",
        source=VERL + "`vanilla`, `clip_ratio_c`",
        loss=verl(clip_ratio_c=1.25),
    ),
    "`importance_sampling_level: sequence` (GSPO)": Reference(
        settings={
            "algorithm.loss_type": "grpo",
            "algorithm.importance_sampling_level": "sequence",
            "algorithm.epsilon": 0.01,
        },
        formula="w = exp(mean over tokens of ln pi - ln pi_old)",
        source=VERL + "`gspo`",
        loss=verl("gspo", mode="seq-mean-token-mean", clip_ratio_low=0.01, clip_ratio_high=0.01),
    ),
    "`beta`, `use_bias_correction_kl: false`": Reference(
        settings={"algorithm.beta": BETA, "algorithm.use_bias_correction_kl": False},
        formula="+ beta k3",
        source=VERL + "`low_var_kl`",
        differs="verl bounds k3 by 10",
        loss=verl(beta=BETA),
    ),
    "`beta` (unbiased)": Reference(settings={"algorithm.beta": BETA}, formula="+ beta w k3", source=TRL),
    "`mask_truncated_completions`": Reference(
        settings={"algorithm.mask_truncated_completions": True},
        formula="truncated completions are masked",
        source=TRL,
    ),
    "`off_policy_mask_threshold`": Reference(
        settings={"algorithm.off_policy_mask_threshold": 0.01},
        formula="0 where A < 0 and mean(ln pi_old - ln pi) > threshold",
        source=TRL,
    ),
    "`top_entropy_quantile`": Reference(
        settings={"algorithm.top_entropy_quantile": 0.3},
        formula="the tokens of the highest entropy alone",
        source=TRL,
    ),
    "`entropy_coef`": Reference(
        settings={"algorithm.entropy_coef": 0.05}, formula="- coefficient H", source=TRL
    ),
    "`use_adaptive_entropy`": Reference(
        settings={"algorithm.use_adaptive_entropy": True, "algorithm.entropy_target": 9.0},
        formula="the coefficient follows the entropy",
        source=TRL,
    ),
    "`advantage.scale: batch`": Reference(
        settings={"techniques.advantage": {"scale": "batch"}},
        formula="(r - mean of group) / std of batch",
        source=TRL,
    ),
    "`advantage.baseline: quantile`": Reference(
        settings={"techniques.advantage": {"baseline": "quantile"}},
        formula="(r - quantile of group) / std of group",
        source="numpy `quantile`, `inverted_cdf`; verl's `vanilla`",
        differs="on the total reward, where the paper has correctness alone",
        loss=verl(advantages=by_numpy(quantile)),
    ),
    "`advantage.scale: advantages` (ScaleRL)": Reference(
        settings={"techniques.advantage": {"scale": "advantages"}},
        formula="(r - mean of group) / std of r - mean over the batch",
        source="numpy; verl's `vanilla`",
        loss=verl(advantages=by_numpy(centred)),
    ),
    "`advantage.scale: mean` (MaxRL)": Reference(
        settings={"techniques.advantage": {"scale": "mean"}},
        formula="(r - mean of group) / mean of group",
        source="numpy; verl's `vanilla`",
        loss=verl(advantages=by_numpy(maxrl)),
    ),
    "`advantage.aggregation: normalize_then_sum` (GDPO)": Reference(
        settings={"techniques.advantage": {"aggregation": "normalize_then_sum"}},
        formula="whiten over completions sum of weight (r_k - mean of group) / std of group",
        source=TRL,
    ),
    "`advantage: {aggregation: normalize_then_sum, scale: tokens}` (GDPO)": Reference(
        settings={"techniques.advantage": {"aggregation": "normalize_then_sum", "scale": "tokens"}},
        formula="whiten over tokens the same",
        source=VERL + "`gdpo`",
        differs="1e-4 is added to the standard deviation (verl: 1e-6)",
        loss=verl(advantages=gdpo),
    ),
    "`advantage: {baseline: batch, scale: tokens}` (REINFORCE++)": Reference(
        settings={"techniques.advantage": {"baseline": "batch", "scale": "tokens"}, **KL_REWARD},
        formula="whiten over tokens (r - beta sum of k1 from the token on)",
        source=VERL + "`reinforce_plus_plus`, `kl_penalty`",
        loss=verl(advantages=by_verl("reinforce_plus_plus", beta=BETA)),
    ),
    "`advantage: {baseline: mean, scale: tokens}` (its baseline form)": Reference(
        settings={"techniques.advantage": {"baseline": "mean", "scale": "tokens"}},
        formula="whiten over tokens (r - mean of group)",
        source=VERL + "`reinforce_plus_plus_baseline`",
        loss=verl(advantages=by_verl("reinforce_plus_plus_baseline")),
    ),
    "`kl_in_reward`": Reference(
        settings=KL_REWARD,
        formula="r - beta sum of k1",
        source=VERL + "`kl_penalty`, GRPO advantages",
        loss=verl(advantages=by_verl("grpo", epsilon=1e-4, beta=BETA)),
    ),
    "`masking`": Reference(
        settings=MASKED,
        formula="groups without a signal are left out of sum and divisor",
        source=VERL + "`token-mean` of the groups that are left",
        differs=DIVISOR,
        loss=verl(masked=True),
    ),
    "`masking`, `loss_type: grpo`": Reference(
        settings={**MASKED, "algorithm.loss_type": "grpo"},
        formula="the same",
        source=VERL + "`seq-mean-token-mean` of these",
        loss=verl(masked=True, mode="seq-mean-token-mean"),
    ),
    "`masking`, `loss_type: bnpo`": Reference(
        settings={**MASKED, "algorithm.loss_type": "bnpo"},
        formula="the same; passes that are masked as a whole do not count",
        source=VERL + "`token-mean` of the passes that are left",
        loss=verl(masked=True, over="pass"),
    ),
    "`prompt_mean`": Reference(
        settings={"techniques.prompt_mean": {}},
        formula="mean over prompts of means over their tokens",
        source=VERL + "`vanilla`, `token-mean` of each prompt",
        differs="prompts are counted in the generation's mean update",
        loss=verl(over="prompt"),
    ),
    "`prompt_mean`, `loss_type: cispo`, `masking`": Reference(
        settings={
            "techniques.prompt_mean": {},
            "techniques.masking": {},
            "algorithm.loss_type": "cispo",
            "algorithm.epsilon_high": 1.2,
        },
        formula="the same, of prompts with a signal",
        source=VERL + "`cispo`, `token-mean` of each prompt that is left",
        differs="prompts are counted in the generation's mean update",
        loss=verl("cispo", masked=True, over="prompt", clip_ratio_low=1.0, clip_ratio_high=0.2),
    ),
    "`dppo`": Reference(
        settings={"techniques.dppo": {"threshold": 0.01, "threshold_high": 0.02, "max_weight": 1.3}},
        formula="-w A where abs(pi - pi_old) is below the threshold or A moves the token back",
        source=VERL + "`dppo_tv`",
        loss=verl("dppo_tv", clip_ratio_low=0.01, clip_ratio_high=0.02, clip_ratio_c=1.3),
    ),
    "`dppo`, `loss_type: dr_grpo` (the preset)": Reference(
        settings={
            "techniques.dppo": {"threshold": 0.01, "max_weight": 1e4},
            "techniques.advantage": {"scale": "none"},
            "algorithm.loss_type": "dr_grpo",
        },
        formula="the same, summed over tokens by the window; A = r - mean",
        source=VERL + "`dppo_tv`, `seq-mean-token-sum-norm`",
        loss=verl(
            "dppo_tv",
            mode="seq-mean-token-sum-norm",
            advantages=NONE,
            clip_ratio_low=0.01,
            clip_ratio_high=0.01,
            clip_ratio_c=1e4,
        ),
    ),
    "`dppo: {divergence: kl}`": Reference(
        settings={"techniques.dppo": {"divergence": "kl", "threshold": 1e-3, "threshold_high": 2e-3}},
        formula="the same, by the KL of two outcomes, the token and any other",
        source=VERL + "`dppo_kl`",
        loss=verl("dppo_kl", clip_ratio_low=1e-3, clip_ratio_high=2e-3, clip_ratio_c=20.0),
    ),
    "`clip_cov`": Reference(
        settings={"techniques.clip_cov": {"ratio": 1.0, "low": 0.1, "high": 5.0}},
        formula="no gradient for a share of the tokens of high covariance that the clip has not stopped",
        source=VERL + "`clip_cov`",
        differs="compared with a share of 1; of smaller, random ones by the number of tokens",
        loss=verl(
            "clip_cov",
            policy_loss={
                "loss_mode": "clip_cov",
                "clip_cov_ratio": 1.0,
                "clip_cov_lb": 0.1,
                "clip_cov_ub": 5.0,
            },
        ),
    ),
    "`kl_cov`": Reference(
        settings={"techniques.kl_cov": {"ratio": 0.2, "coefficient": 0.5}},
        formula="-w A, and coefficient times abs(ln pi_old - ln pi) on the tokens of the highest covariance",
        source=VERL + "`kl_cov`",
        loss=verl("kl_cov", policy_loss={"loss_mode": "kl_cov", "kl_cov_ratio": 0.2, "ppo_kl_coef": 0.5}),
    ),
    "`importance_sampling_mode: token_truncate` (TIS)": mismatch("token_truncate", "token", 1.05),
    "`importance_sampling_mode: token_mask` (IcePop)": mismatch("token_mask", "token", 1.1, 0.9),
    "`importance_sampling_mode: sequence_truncate`": mismatch("sequence_truncate", "sequence", 1.05),
    "`importance_sampling_mode: sequence_mask` (MIS)": mismatch("sequence_mask", "sequence", 1.15, 0.85),
}
"""By what the page calls them."""


def expected_by_verl(reference: Reference, run: Run) -> list[list[torch.Tensor]]:
    """The gradients of each pass, by the reference's own loss on the log-probabilities of the run."""
    assert reference.loss is not None
    found = []
    for one in run.passes:
        logps = one.logps.clone().requires_grad_()
        reference.loss(run, one, logps * 1.0).backward()
        assert logps.grad is not None
        found.append([logps.grad])
    return found


def expected_by_trl(reference: Reference, folder: Path, out: Path) -> list[list[torch.Tensor]]:
    """The gradients of each pass, by TRL's own trainer."""
    settings = settings_of({**reference.settings, "checkpoints.output_dir": str(out)})
    return [one.gradients for one in observed(plain_trainer(tiny_config(folder, settings))).passes]


def difference(run: Run, expected: list[list[torch.Tensor]]) -> float:
    """The largest difference of a token's gradient, as a share of the largest gradient."""
    pairs = [
        (mine, theirs)
        for one, wanted in zip(run.passes, expected, strict=True)
        for mine, theirs in zip(one.gradients, wanted, strict=False)
    ]
    largest = max(theirs.abs().max().item() for _, theirs in pairs)
    return max((mine - theirs).abs().max().item() for mine, theirs in pairs) / largest


def rows_of_table(measured: Mapping[str, str]) -> list[str]:
    """The rows of the page's table, with a figure for each."""
    return [
        f"| {name} | {one.formula} | {one.source} | {measured[name]} | {one.differs or 'nothing'} |"
        for name, one in REFERENCES.items()
    ]


def main() -> None:
    """Print the table."""
    from trainer_adapters.grpo.run import build_trainer

    measured = {}
    with tempfile.TemporaryDirectory() as place:
        folder = make_folder(Path(place))
        for name, reference in REFERENCES.items():
            settings = settings_of({**reference.settings, "checkpoints.output_dir": place + "/out"})
            run = observed(build_trainer(tiny_config(folder, settings)))
            expected = (
                expected_by_verl(reference, run)
                if reference.loss
                else expected_by_trl(reference, folder, Path(place) / "plain")
            )
            measured[name] = f"{difference(run, expected):.0e}".replace("0e+00", "0")
            sys.stderr.write(f"{name}: {measured[name]}\n")
    sys.stdout.write("\n".join(rows_of_table(measured)) + "\n")


if __name__ == "__main__":
    main()
