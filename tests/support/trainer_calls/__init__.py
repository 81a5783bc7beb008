"""The call of each trainer's rewards: by its own code where it is installed, else as read from it.

One file a trainer: its docstring names the trainer's version and file, and the conformance suite runs its
`CALLS`. A call takes completions with golds and returns one value each, exactly as the trainer would have it;
`kinds` is one more column, to route by. Token ids are code points, so that every text has them and decodes
from them.
"""

from __future__ import annotations

import importlib
import pkgutil

from trainer_calls.call import Call, Conversation, Kinds, Tokenizer, tokenize

__all__ = ["CALLS", "Call", "Conversation", "Kinds", "Tokenizer", "tokenize"]

TRAINERS = sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name != "call")
"""The trainers, by the names of their adapters."""

CALLS: list[Call] = [
    call for name in TRAINERS for call in importlib.import_module(f"trainer_calls.{name}").CALLS
]
