"""The unit of work: one sampled completion of one prompt, the table of its fields, and batches."""

from __future__ import annotations

from rewards.rollout.batch import Batch, RolloutColumns, advice, refuse_shared_ids
from rewards.rollout.rollout import (
    FIELDS,
    MOST_GOLDS,
    OPTIONAL,
    SAMPLED,
    SETTERS,
    TOKEN_FIELDS,
    Enumeration,
    Field,
    FinishReason,
    FreeText,
    Golds,
    Kind,
    Name,
    Rollout,
    Scalar,
    Spans,
    Strings,
    TokenArray,
    golds_of,
    policy_text_of,
)

__all__ = [
    "FIELDS",
    "MOST_GOLDS",
    "OPTIONAL",
    "SAMPLED",
    "SETTERS",
    "TOKEN_FIELDS",
    "Batch",
    "Enumeration",
    "Field",
    "FinishReason",
    "FreeText",
    "Golds",
    "Kind",
    "Name",
    "Rollout",
    "RolloutColumns",
    "Scalar",
    "Spans",
    "Strings",
    "TokenArray",
    "advice",
    "golds_of",
    "policy_text_of",
    "refuse_shared_ids",
]
