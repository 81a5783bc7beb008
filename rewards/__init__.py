"""Composable rule rewards for training language models with reinforcement learning.

Importing this package loads nothing else; each name below loads what it needs when it is first
used. The main path: :class:`Rollout` in, a :class:`Recipe` of :class:`Reward` trees, a scorer
(:class:`LocalScorer` here, :class:`RemoteScorer` over gRPC), :class:`Scores` out.
"""

from __future__ import annotations

import functools
import importlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.machinery import ModuleSpec

    # `make names` writes these, from the names below and the files in `rules`.
    from rewards.algebra import Ramp as Ramp
    from rewards.algebra import Switch as Switch
    from rewards.algebra import Tiered as Tiered
    from rewards.answers.extraction.answers import Extraction as Extraction
    from rewards.answers.question import Policy as Policy
    from rewards.client.connections import Tls as Tls
    from rewards.client.remote import RemoteScorer as RemoteScorer
    from rewards.client.streaming import ScoredRollout as ScoredRollout
    from rewards.evaluation import Context as Context
    from rewards.evaluation import Evaluation as Evaluation
    from rewards.evaluation import Span as Span
    from rewards.recipe.recipe import Recipe as Recipe
    from rewards.recipe.summary import RecipeSummary as RecipeSummary
    from rewards.reward import Clip as Clip
    from rewards.reward import Constant as Constant
    from rewards.reward import GroupReward as GroupReward
    from rewards.reward import Named as Named
    from rewards.reward import Product as Product
    from rewards.reward import Reward as Reward
    from rewards.reward import Scale as Scale
    from rewards.reward import Sum as Sum
    from rewards.reward import When as When
    from rewards.rollout.batch import Batch as Batch
    from rewards.rollout.rollout import Rollout as Rollout
    from rewards.rules.boxed_correctness import BoxedCorrectness as BoxedCorrectness
    from rewards.rules.cosine_length import CosineLength as CosineLength
    from rewards.rules.has_box import HasBox as HasBox
    from rewards.rules.language_mixing import LanguageMixing as LanguageMixing
    from rewards.rules.logprob_modulation import LogprobModulation as LogprobModulation
    from rewards.rules.ngram_repetition import NgramRepetition as NgramRepetition
    from rewards.rules.proper_ending import ProperEnding as ProperEnding
    from rewards.rules.soft_overlong import SoftOverlong as SoftOverlong
    from rewards.rules.think_format import ThinkFormat as ThinkFormat
    from rewards.scorer import LocalScorer as LocalScorer
    from rewards.scorer import Scorer as Scorer
    from rewards.scores import Scores as Scores
    from rewards.scoring import Scoring as Scoring
    from rewards.verdict import Method as Method
    from rewards.verdict import Status as Status
    from rewards.verdict import Verdict as Verdict

__version__ = "0.1.0"

_HOMES = {
    "algebra": ("Ramp", "Switch", "Tiered"),
    "answers.extraction.answers": ("Extraction",),
    "answers.question": ("Policy",),
    "client.connections": ("Tls",),
    "client.remote": ("RemoteScorer",),
    "client.streaming": ("ScoredRollout",),
    "evaluation": ("Context", "Evaluation", "Span"),
    "recipe.recipe": ("Recipe",),
    "recipe.summary": ("RecipeSummary",),
    "reward": ("Clip", "Constant", "GroupReward", "Named", "Product", "Reward", "Scale", "Sum", "When"),
    "rollout": ("Batch", "Rollout"),
    "scorer": ("LocalScorer", "Scorer"),
    "scores": ("Scores",),
    "scoring": ("Scoring",),
    "verdict": ("Method", "Status", "Verdict"),
}
"""Public names by the module that holds them; the files in `rules` tell those of the rewards that ship."""


@functools.cache
def _modules() -> Mapping[str, str]:
    """Return the module that holds each public name."""
    from rewards.rules import KINDS  # noqa: PLC0415  # to import this package loads nothing

    return {
        **{name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names},
        **{name: f"{__name__}.rules.{kind}" for kind, name in KINDS.items()},
    }


def __getattr__(name: str) -> object:
    modules = _modules()
    if name == "__all__":
        return sorted(modules)
    if name not in modules:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(importlib.import_module(modules[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_modules()})


class _MovedModules:
    """Import modules by the names that they had in version 0.1."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG004
        """Return how to import such a name; called where no module has it."""
        if not name.startswith(f"{__name__}.") or name == f"{__name__}.moved":
            return None
        return importlib.import_module(f"{__name__}.moved").spec_of(name)  # type: ignore[no-any-return]


sys.meta_path.append(_MovedModules)
