"""The call of each trainer's rewards: by its own code where it is installed, else as read from it.

One file a trainer: its docstring names the trainer's version and file, and the conformance suite runs its
`CALLS`. A call takes samples and returns one value each, exactly as the trainer would have it. Token ids are
code points, so that every text has them and decodes from them.
"""

from __future__ import annotations

import importlib
import pkgutil

from trainer_calls.call import LACKS, Call, Sample, Tokenizer, Turn, samples_of, tokenize

__all__ = ["CALLS", "LACKS", "TRAINERS", "Call", "Sample", "Tokenizer", "Turn", "samples_of", "tokenize"]

TRAINERS = sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name != "call")
"""The trainers, by the names of their adapters."""

CALLS: list[Call] = [
    call for name in TRAINERS for call in importlib.import_module(f"trainer_calls.{name}").CALLS
]
