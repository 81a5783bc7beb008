"""Alarms: signs that a run is going wrong, each with a threshold, an explanation, advice and an action.

An alarm reads the logged steps so far, as `log.jsonl` holds them, and nothing else, so that it gives the
same result for a run, for its log, and for a resumed run. Its advice leaves out what the training file has.
Left out: the detectors, in :mod:`trainer_adapters.grpo.watch.signs`; the actions, in
:mod:`trainer_adapters.grpo.watch.watcher`.
"""

from __future__ import annotations

import dataclasses
import operator
from typing import TYPE_CHECKING, Literal

from trainer_adapters.grpo.watch.signs import (
    above,
    below,
    broken,
    constant,
    constant_terms,
    grown,
    known,
    mean_above,
    oscillating,
    peaked,
    sampled_not_finite,
    trapped,
    without_gradient,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from trainer_adapters.grpo.schema import TrainConfig
    from trainer_adapters.grpo.watch.signs import Detector, Line

__all__ = ["ALARMS", "Action", "Advice", "Alarm"]

Action = Literal["log", "lower_rate", "stop", "off"]


@dataclasses.dataclass(frozen=True)
class Advice:
    """Something to try, unless the run has it."""

    says: str

    unless: str | None = None
    """What makes it superfluous: a setting (`SECTION.NAME`, or with `=VALUE`), or `reward NAME`."""

    only_if: str | None = None
    """The setting or reward without which it makes no sense."""

    def fits(self, config: TrainConfig, rewards: Collection[str]) -> bool:
        """Return True if it is of use for a run of this file, whose recipe has these rewards."""
        wanted = self.only_if is None or _has(config, rewards, self.only_if)
        return wanted and (self.unless is None or not _has(config, rewards, self.unless))


def _has(config: TrainConfig, rewards: Collection[str], setting: str) -> bool:
    if setting.startswith(OF_RECIPE):
        return setting.removeprefix(OF_RECIPE) in rewards
    name, _, wanted = setting.partition("=")
    found = operator.attrgetter(name)(config)
    return found == wanted if wanted else bool(found)


OF_RECIPE = "reward "
"""Begins the name of a reward in an :class:`Advice`."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Alarm:
    """A condition on the logged metrics, and the action to take on it."""

    name: str

    says: str
    """Explanation of the condition."""

    advice: tuple[Advice, ...]
    """Things to try, the first ones first."""

    threshold: float

    patience: int = 10
    """Number of logged steps over which the condition must hold, or is looked for."""

    action: Action = "log"

    fatal: bool = False
    """True if a run that it stops has failed: the policy is not saved, and the command ends with an error."""

    detect: Detector

    cause: Callable[[Sequence[Line], int], str] | None = None
    """Returns a sentence about what the steps show besides, if the sign has several causes."""

    def fires(self, lines: Sequence[Line]) -> bool:
        """Return True if the condition holds at the last of these logged steps."""
        return self.detect(lines, self.threshold, self.patience)

    def explained(self, lines: Sequence[Line], config: TrainConfig, rewards: Collection[str] = ()) -> str:
        """Return the explanation, the cause if it can be told, and the advice that fits the run.

        Args:
            lines: the logged steps at which it fires.
            config: the training file.
            rewards: the names of the rewards in its recipe.
        """
        cause = self.cause(lines, self.patience) if self.cause is not None else ""
        fitting = [one.says for one in self.advice if one.fits(config, rewards)]
        return " ".join(filter(None, [self.says, cause, *fitting]))


def _of_not_finite(lines: Sequence[Line], patience: int) -> str:  # noqa: ARG001
    """Return where it was first, if that is in sampling."""
    if not sampled_not_finite(lines[-1:]):
        return ""
    return "Logits were so when completions were sampled, hence by the update of a step before."


def _of_no_gradient(lines: Sequence[Line], patience: int) -> str:
    """Return why nothing is learnt, from what the last steps say."""
    last = lines[-patience:]
    if all(line.get("groups/zero_std", 0.0) == 1 for line in last):
        return "The cause: all rewards of each group are equal, so every advantage is 0."
    if all("reward" in line and not known(line, "entropy") for line in last):
        return "The cause: every completion is masked, so that no token counts."
    if all(line.get("clip_ratio/region_mean", 0.0) > ALL_CLIPPED for line in last):
        return "The cause: every token is clipped, since the policy is too far from the one that sampled."
    return (
        "The cause is not in the log: neither equal rewards, nor masks, nor clipping; see whether weights "
        "are frozen and whether small gradients become 0 in fp16."
    )


ALL_CLIPPED = 0.99
"""Share of clipped tokens that leaves no gradient to speak of."""


def _idle(lines: Sequence[Line], patience: int) -> str:
    """Return the terms, and their values."""
    found = constant_terms(lines, patience)
    return f"So far: {', '.join(f'{name} {value:g}' for name, value in found.items())}."


ALARMS = (
    Alarm(
        name="not_finite",
        threshold=0.0,
        patience=20,
        action="stop",
        fatal=True,
        detect=broken,
        cause=_of_not_finite,
        says="The loss, the gradient or a logit is no finite number, and so the weights are lost.",
        advice=(
            Advice("Lower the learning rate or max_grad_norm."),
            Advice("Look for very small log-probabilities, and for rewards far larger than the others."),
            Advice("Train in bf16 or fp32.", only_if="training.precision=fp16"),
        ),
    ),
    Alarm(
        name="no_gradient",
        threshold=0.0,
        patience=5,
        detect=without_gradient,
        cause=_of_no_gradient,
        says="The gradient of five steps is 0, so nothing is learnt (a loss of 0 alone would be no sign).",
        advice=(
            Advice(
                "Have groups with unequal rewards sampled: dynamic_sampling.",
                unless="techniques.dynamic_sampling",
            ),
            Advice("Give more completions a prompt, or prompts of another difficulty."),
            Advice(
                "mask_truncated_completions takes out what is cut off; widen the window.",
                only_if="algorithm.mask_truncated_completions",
            ),
        ),
    ),
    Alarm(
        name="all_right",
        threshold=0.6,
        detect=mean_above("groups/all_right"),
        says="Most prompts are answered right every time and teach nothing.",
        advice=(
            Advice("Take them out (`touchstone filter`), or add harder ones."),
            Advice("Turn on dynamic_sampling.", unless="techniques.dynamic_sampling"),
        ),
    ),
    Alarm(
        name="all_wrong",
        threshold=0.8,
        detect=above("groups/all_wrong"),
        says="Most prompts are never answered right, so there is nothing to reinforce.",
        advice=(
            Advice("Check that the golds can be read (`touchstone audit`)."),
            Advice(
                "Take easier prompts (`touchstone filter`), more completions a prompt, or a longer window."
            ),
        ),
    ),
    Alarm(
        name="no_signal",
        threshold=0.8,
        detect=above("groups/zero_std"),
        says="The rewards of most groups are all equal, so most of the batch has no gradient.",
        advice=(
            Advice("See whether the data is too easy or too hard."),
            Advice("dynamic_sampling replaces such groups.", unless="techniques.dynamic_sampling"),
            Advice(
                "dynamic_sampling could not replace them; see dynamic_sampling/unfilled.",
                only_if="techniques.dynamic_sampling",
            ),
        ),
    ),
    Alarm(
        name="reward_trap",
        threshold=0.9,
        patience=100,
        detect=trapped,
        says=(
            "The policy has settled for a partial reward (format without the answer, say): hardly any answer "
            "is right."
        ),
        advice=(
            Advice("Lower or remove the partial tier, or pay it for right answers only."),
            Advice("Lower the learning rate; begin from a stronger model or with easier prompts."),
        ),
    ),
    Alarm(
        name="idle_term",
        threshold=0.0,
        patience=50,
        detect=constant,
        cause=_idle,
        says="A term of the reward has had one value for all completions since the first step.",
        advice=(
            Advice(
                "A penalty may rest at 0; of any other term, check the settings and the columns it reads."
            ),
        ),
    ),
    Alarm(
        name="not_judged",
        threshold=0.1,
        patience=3,
        detect=above("not_judged"),
        says=(
            "Many completions could not be judged, and are left out of the step: golds that cannot be read, "
            "or a scorer that is overloaded."
        ),
        advice=(
            Advice("See the verdicts in the log, and `touchstone audit` for the golds."),
            Advice("Give the servers more processes, or raise reward.timeout.", only_if="reward.server"),
        ),
    ),
    Alarm(
        name="no_eos",
        threshold=0.999,
        patience=5,
        detect=above("completions/clipped_ratio"),
        says="Not one completion of five steps has ended by itself: no end of sequence is sampled.",
        advice=(
            Advice("Compare the tokenizer's eos_token with the one that ends a turn of the chat template."),
            Advice(
                "Widen the window beyond the longest answer, or begin from a model that was taught to end."
            ),
            Advice(
                "With mask_truncated_completions no completion counts.",
                only_if="algorithm.mask_truncated_completions",
            ),
        ),
    ),
    Alarm(
        name="truncated",
        threshold=0.5,
        detect=above("completions/clipped_ratio"),
        says="Most completions are cut off before they end.",
        advice=(
            Advice("A longer window helps, or a repetition penalty."),
            Advice("Add soft_overlong to the recipe.", unless="reward soft_overlong"),
            Advice(
                "mask_truncated_completions alone hides it.", only_if="algorithm.mask_truncated_completions"
            ),
        ),
    ),
    Alarm(
        name="length_oscillation",
        threshold=0.2,
        patience=500,
        detect=oscillating,
        says="The length swings up and down by a fifth or more: three turns so far.",
        advice=(
            Advice("Lower the learning rate, or take a larger batch."),
            Advice(
                "A logp-modulated reward (recipe logp-modulated) calms it.",
                unless="reward logprob_modulation",
            ),
        ),
    ),
    Alarm(
        name="reward_before_length",
        threshold=0.2,
        patience=60,
        detect=peaked,
        says="The reward has fallen from its peak while completions grow: length is no longer what earns it.",
        advice=(
            Advice("Stop at the peak, or go on from a checkpoint of it."),
            Advice("Add a price on length.", unless="reward cosine_length"),
            Advice("Add ngram_repetition to the recipe.", unless="reward ngram_repetition"),
        ),
    ),
    Alarm(
        name="entropy_collapse",
        threshold=0.02,
        detect=below("entropy"),
        says="The policy hardly varies any more and cannot find anything new.",
        advice=(
            Advice("Raise epsilon_high.", unless="algorithm.epsilon_high"),
            Advice("Use clip_cov or kl_cov.", unless="techniques.clip_cov"),
            Advice("Use a quantile baseline, or raise the temperature."),
        ),
    ),
    Alarm(
        name="entropy_explosion",
        threshold=3.0,
        detect=grown("entropy"),
        says="Entropy is three times what it was: the policy is coming apart.",
        advice=(
            Advice("Lower the learning rate."),
            Advice("Drop the entropy bonus.", only_if="algorithm.entropy_coef"),
            Advice("Add a KL term (algorithm.beta).", unless="algorithm.beta"),
        ),
    ),
    Alarm(
        name="unlikely",
        threshold=-3.0,
        detect=below("logprob"),
        says="Sampled tokens are very unlikely under the policy itself: it writes noise.",
        advice=(
            Advice("Lower the temperature or the learning rate."),
            Advice("Compare the sampler's probabilities with the trainer's.", only_if="generation.vllm"),
        ),
    ),
    Alarm(
        name="gibberish",
        threshold=0.2,
        detect=above("gibberish"),
        says="Many right answers stand behind text that the policy itself finds unlikely: it guesses.",
        advice=(
            Advice(
                "A logp-modulated reward (recipe logp-modulated) pays less for them.",
                unless="reward logprob_modulation",
            ),
            Advice("Lower the temperature of sampling, or the learning rate."),
        ),
    ),
    Alarm(
        name="repetition",
        threshold=0.3,
        detect=above("repetition"),
        says="A third of the tokens repeats earlier n-grams.",
        advice=(
            Advice("Add ngram_repetition to the recipe.", unless="reward ngram_repetition"),
            Advice("ngram_repetition is too weak: raise its weight.", only_if="reward ngram_repetition"),
            Advice("See whether the end of sequence is ever sampled (completions/clipped_ratio)."),
        ),
    ),
    Alarm(
        name="mixing",
        threshold=0.2,
        detect=above("mixing"),
        says="Many completions mix scripts.",
        advice=(
            Advice("Add language_mixing to the recipe.", unless="reward language_mixing"),
            Advice("language_mixing is too weak: raise its weight.", only_if="reward language_mixing"),
        ),
    ),
)
"""All alarms. By default `not_finite` stops the run, and the others log."""
