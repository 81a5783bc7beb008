"""Composable rule rewards for training language models with reinforcement learning.

Importing this package loads nothing else; each name below loads what it needs when it is first
used. The main path: :class:`Rollout` in, a :class:`Recipe` of :class:`Reward` trees, a scorer
(:class:`LocalScorer` here, :class:`RemoteScorer` over gRPC), :class:`Scores` out.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rewards.algebra import Clip, Constant, Named, Product, Scale, Sum, Switch, Tiered, When
    from rewards.answers.question import Policy
    from rewards.boxed import HasBox
    from rewards.client import RemoteScorer, Tls
    from rewards.correctness import BoxedCorrectness
    from rewards.cosine import CosineLength
    from rewards.ending import ProperEnding
    from rewards.language import LanguageMixing
    from rewards.logprob import LogprobModulation
    from rewards.overlong import SoftOverlong
    from rewards.recipe import Recipe
    from rewards.repetition import NgramRepetition
    from rewards.reward import Context, Evaluation, GroupReward, Reward, Span
    from rewards.rollout import Batch, Rollout
    from rewards.scorer import LocalScorer, Scorer
    from rewards.scores import Scores
    from rewards.scoring import Scoring
    from rewards.think import ThinkFormat
    from rewards.verdict import Method, Status, Verdict

_HOMES = {
    "algebra": ("Clip", "Constant", "Named", "Product", "Scale", "Sum", "Switch", "Tiered", "When"),
    "answers.question": ("Policy",),
    "boxed": ("HasBox",),
    "client": ("RemoteScorer", "Tls"),
    "correctness": ("BoxedCorrectness",),
    "cosine": ("CosineLength",),
    "ending": ("ProperEnding",),
    "language": ("LanguageMixing",),
    "logprob": ("LogprobModulation",),
    "overlong": ("SoftOverlong",),
    "recipe": ("Recipe",),
    "repetition": ("NgramRepetition",),
    "reward": ("Context", "Evaluation", "GroupReward", "Reward", "Span"),
    "rollout": ("Batch", "Rollout"),
    "scorer": ("LocalScorer", "Scorer"),
    "scores": ("Scores",),
    "scoring": ("Scoring",),
    "think": ("ThinkFormat",),
    "verdict": ("Method", "Status", "Verdict"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Batch",
    "BoxedCorrectness",
    "Clip",
    "Constant",
    "Context",
    "CosineLength",
    "Evaluation",
    "GroupReward",
    "HasBox",
    "LanguageMixing",
    "LocalScorer",
    "LogprobModulation",
    "Method",
    "Named",
    "NgramRepetition",
    "Policy",
    "Product",
    "ProperEnding",
    "Recipe",
    "RemoteScorer",
    "Reward",
    "Rollout",
    "Scale",
    "Scorer",
    "Scores",
    "Scoring",
    "SoftOverlong",
    "Span",
    "Status",
    "Sum",
    "Switch",
    "ThinkFormat",
    "Tiered",
    "Tls",
    "Verdict",
    "When",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
