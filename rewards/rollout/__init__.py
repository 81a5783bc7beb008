"""The unit of work: one sampled completion of one prompt, the table of its fields, and batches."""

from __future__ import annotations

from rewards.rollout.batch import Batch, Columns, advice, refuse_shared_ids
from rewards.rollout.rollout import (
    FIELDS,
    MOST_GOLDS,
    OPTIONAL,
    SAMPLED,
    SETTERS,
    TOKEN_FIELDS,
    Choice,
    Field,
    FinishReason,
    Golds,
    Kind,
    Name,
    Rollout,
    Scalar,
    Strings,
    Text,
    Tokens,
    golds_of,
)

__all__ = [
    "FIELDS",
    "MOST_GOLDS",
    "OPTIONAL",
    "SAMPLED",
    "SETTERS",
    "TOKEN_FIELDS",
    "Batch",
    "Choice",
    "Columns",
    "Field",
    "FinishReason",
    "Golds",
    "Kind",
    "Name",
    "Rollout",
    "Scalar",
    "Strings",
    "Text",
    "Tokens",
    "advice",
    "golds_of",
    "refuse_shared_ids",
]
