"""Accuracy on the sums that no training saw, judged as the training judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import task
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from rewards import LocalScorer, Rollout

if TYPE_CHECKING:
    from pathlib import Path

SUMS = 1000


def accuracy(folder: Path, *, sampled: bool, seed: int = 0) -> float:
    """The share of held-out sums that the model in `folder` answers right."""
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    _, held_out = task.split()
    sums = held_out[:SUMS]
    torch.manual_seed(seed)
    asked = tokenizer([task.prompt(*one) for one in sums], return_tensors="pt", padding=True)
    how = {"do_sample": True, "top_k": 0, "temperature": 1.0} if sampled else {"do_sample": False}
    with torch.no_grad():
        written = model.generate(
            input_ids=asked["input_ids"],
            attention_mask=asked["attention_mask"],
            max_new_tokens=48,
            pad_token_id=tokenizer.pad_token_id,
            **how,
        )
    texts = tokenizer.batch_decode(written[:, asked["input_ids"].shape[1] :], skip_special_tokens=True)
    rollouts = [
        Rollout(completion=text, ground_truth=str(one + other))
        for text, (one, other) in zip(texts, sums, strict=True)
    ]
    return float(LocalScorer("boxed").score(rollouts).totals.mean())
