"""Module names of version 0.1, which still import: each gives the module that holds its contents now.

Pickles of 0.1 name these modules, and so may code of users. Nothing here is loaded unless an import finds no
module of its name. Four names became packages and stand for themselves: `rewards.client`, `rewards.recipe`,
`rewards.wire` and `rewards.answers.extraction`.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["GONE", "MOVED", "spec_of"]

MOVED = {
    "rewards.answers.alternatives": "rewards.answers.extraction.alternatives",
    "rewards.answers.pool.rendezvous": "rewards.answers.pool.locate",
    "rewards.answers.reading.boxes": "rewards.answers.extraction.boxes",
    "rewards.answers.reading.lexicon": "rewards.answers.notation.symbols",
    "rewards.answers.reading.signs": "rewards.answers.notation.symbols",
    "rewards.answers.reading.vocabulary": "rewards.answers.notation.words",
    "rewards.answers.tree.exact_values": "rewards.answers.values.exact",
    "rewards.answers.tree.expressions": "rewards.answers.tree.syntax",
    "rewards.answers.tree.magnitudes": "rewards.answers.values.magnitudes",
    "rewards.answers.tree.structures": "rewards.answers.tree.syntax",
    "rewards.answers.tree.units": "rewards.answers.notation.units",
    "rewards.boxed": "rewards.rules.has_box",
    "rewards.answers.tree.walking": "rewards.answers.tree.syntax",
    "rewards.bundles": "rewards.text.batching",
    "rewards.canonical": "rewards.recipe.canonical",
    "rewards.connections": "rewards.client.connections",
    "rewards.correctness": "rewards.rules.boxed_correctness",
    "rewards.cosine": "rewards.rules.cosine_length",
    "rewards.deferred": "rewards.columns",
    "rewards.delivery": "rewards.client.delivery",
    "rewards.ending": "rewards.rules.proper_ending",
    "rewards.environment": "rewards.recipe.environment",
    "rewards.extras": "rewards.messages",
    "rewards.identification": "rewards.text.identification",
    "rewards.kinds": "rewards.recipe.kinds",
    "rewards.labels": "rewards.algebra",
    "rewards.language": "rewards.rules.language_mixing",
    "rewards.logprob": "rewards.rules.logprob_modulation",
    "rewards.masking": "rewards.text.masking",
    "rewards.ngrams": "rewards.text.ngrams",
    "rewards.overlong": "rewards.rules.soft_overlong",
    "rewards.patience": "rewards.client.retry",
    "rewards.plugins": "rewards.recipe.plugins",
    "rewards.recipe_file": "rewards.recipe.file",
    "rewards.recipe_text": "rewards.recipe.sources",
    "rewards.recipe_tree": "rewards.recipe.tree",
    "rewards.recipe_yaml": "rewards.recipe.strict_yaml",
    "rewards.repetition": "rewards.rules.ngram_repetition",
    "rewards.script_ranges": "rewards.text.script_ranges",
    "rewards.script_words": "rewards.text.script_words",
    "rewards.scripts": "rewards.text.scripts",
    "rewards.span_columns": "rewards.columns",
    "rewards.spelling": "rewards.messages",
    "rewards.streaming": "rewards.client.streaming",
    "rewards.summary": "rewards.recipe.summary",
    "rewards.targets": "rewards.wire.addresses",
    "rewards.think": "rewards.rules.think_format",
    "rewards.verdict_columns": "rewards.columns",
    "rewards.window": "rewards.rules.window",
    "rewards.wire_batch": "rewards.wire.received",
    "rewards.wire_errors": "rewards.wire.status",
    "rewards.wire_scores": "rewards.wire.scores",
    "rewards.words": "rewards.text.words",
}
"""The old name of each module that moved, and its new one."""

GONE = {"rewards.answers.symbolic": "rewards.answers.values"}
"""Packages that moved as a whole; importing one says where it is."""


class _Alias:
    """Load an old name as the very module that it stands for."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leave it to the import system, which wants a module to begin with."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the module of the new name in the place of the old one."""
        sys.modules[module.__name__] = importlib.import_module(MOVED[module.__name__])


def spec_of(name: str) -> ModuleSpec | None:
    """Return how to import a module by its old name, or None for any other name.

    Raises:
        ModuleNotFoundError: a package that moved as a whole, naming its new place.

    >>> spec_of("rewards.boxed").name, spec_of("rewards.nothing")
    ('rewards.boxed', None)
    >>> import rewards.boxed
    >>> rewards.boxed.HasBox.__module__
    'rewards.rules.has_box'
    """
    if name in GONE:
        message = f"{name} is {GONE[name]} now; import from there"
        raise ModuleNotFoundError(message, name=name)
    return ModuleSpec(name, _Alias()) if name in MOVED else None  # type: ignore[arg-type]  # no abc is needed
