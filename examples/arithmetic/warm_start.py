"""A short supervised warm start: the form of an answer, and a little of how to add."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import task
import torch

if TYPE_CHECKING:
    from pathlib import Path

STEPS, BATCH, RATE = 200, 64, 2e-3


def warm_start(folder: Path, *, seed: int) -> None:
    """Train a model from scratch on worked sums, and save it with its tokenizer."""
    torch.manual_seed(seed)
    draw = random.Random(seed)  # noqa: S311  # examples, not secrets
    sums, _ = task.split()
    tokenizer, model = task.tokenizer(), task.model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.0)
    model.train()
    for _ in range(STEPS):
        chosen = draw.choices(sums, k=BATCH)
        asked = [tokenizer(task.prompt(*one))["input_ids"] for one in chosen]
        answered = [tokenizer(task.worked(*one, draw))["input_ids"] for one in chosen]
        rows = [ask + answer for ask, answer in zip(asked, answered, strict=True)]
        width = max(map(len, rows))
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
        at = torch.arange(width)
        known = at < torch.tensor([len(row) for row in rows])[:, None]
        learned = known & (at >= torch.tensor([len(ask) for ask in asked])[:, None])
        labels = ids.masked_fill(~learned, -100)
        loss = model(input_ids=ids, attention_mask=known.long(), labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
