"""Composable rule rewards for training language models with reinforcement learning.

Importing this package loads nothing else; each name below loads what it needs when it is first
used. The main path: :class:`Rollout` in, a :class:`Recipe` of :class:`Reward` trees, a scorer
(:class:`LocalScorer` here, :class:`RemoteScorer` over gRPC), :class:`Scores` out.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

    from rewards.algebra import Clip, Constant, Named, Product, Scale, Sum, Switch, Tiered, When
    from rewards.answers.question import Policy
    from rewards.client.remote import RemoteScorer, Tls
    from rewards.evaluation import Context, Evaluation, Span
    from rewards.recipe.recipe import Recipe
    from rewards.reward import GroupReward, Reward
    from rewards.rollout import Batch, Rollout
    from rewards.rules.boxed import HasBox
    from rewards.rules.correctness import BoxedCorrectness
    from rewards.rules.cosine import CosineLength
    from rewards.rules.ending import ProperEnding
    from rewards.rules.language import LanguageMixing
    from rewards.rules.logprob import LogprobModulation
    from rewards.rules.overlong import SoftOverlong
    from rewards.rules.repetition import NgramRepetition
    from rewards.rules.think import ThinkFormat
    from rewards.scorer import LocalScorer, Scorer
    from rewards.scores import Scores
    from rewards.scoring import Scoring
    from rewards.verdict import Method, Status, Verdict

_HOMES = {
    "algebra": ("Clip", "Constant", "Named", "Product", "Scale", "Sum", "Switch", "Tiered", "When"),
    "answers.question": ("Policy",),
    "rules.boxed": ("HasBox",),
    "client.remote": ("RemoteScorer", "Tls"),
    "rules.correctness": ("BoxedCorrectness",),
    "rules.cosine": ("CosineLength",),
    "rules.ending": ("ProperEnding",),
    "rules.language": ("LanguageMixing",),
    "rules.logprob": ("LogprobModulation",),
    "rules.overlong": ("SoftOverlong",),
    "recipe.recipe": ("Recipe",),
    "rules.repetition": ("NgramRepetition",),
    "reward": ("Context", "Evaluation", "GroupReward", "Reward", "Span"),
    "rollout": ("Batch", "Rollout"),
    "scorer": ("LocalScorer", "Scorer"),
    "scores": ("Scores",),
    "scoring": ("Scoring",),
    "rules.think": ("ThinkFormat",),
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


class _MovedModules:
    """Import modules by the names that they had in version 0.1."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG004
        """Return how to import such a name; called where no module has it."""
        if not name.startswith(f"{__name__}.") or name == f"{__name__}.moved":
            return None
        return importlib.import_module(f"{__name__}.moved").spec_of(name)  # type: ignore[no-any-return]


sys.meta_path.append(_MovedModules)
