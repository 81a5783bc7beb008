"""Runs of the bundled trainer on a model made on the spot, and completions that are told beforehand."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import torch
from tiny_trl import SIGNS, made_tokenizer
from transformers import Qwen2Config, Qwen2ForCausalLM

from trainer_adapters.grpo.reading import read_config

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from trainer_adapters.grpo.schema import TrainConfig

RECIPE = """
name: tiny
version: 1
reward:
  sum:
    - boxed_correctness: {}
      name: correctness
    - {has_box: {}, name: box, weight: 0.25}
    - {ngram_repetition: {n: 2, max_penalty: -0.5, unit: tokens}, name: repetition}
"""


def make_folder(
    folder: Path,
    *,
    seed: int = 0,
    hidden: int = 32,
    layers: int = 1,
    marks: Sequence[str] = (),
    special: Sequence[str] = (),
) -> Path:
    """A model, prompts and a recipe; `marks` and `special` are those of the tokenizer."""
    torch.manual_seed(seed)
    tokenizer = made_tokenizer(marks, special)
    tokenizer.chat_template = None
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=hidden,
            intermediate_size=2 * hidden,
            num_hidden_layers=layers,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=64,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
        )
    )
    model.save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    rows = [{"prompt": f"{a}+{b}?", "answer": str(a + b)} for a in range(6) for b in range(6)]
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    (folder / "recipe.yaml").write_text(RECIPE, "utf-8")
    return folder


def teach(folder: Path, *, steps: int = 60) -> None:
    """Let the model write a boxed digit and end there, any of 0 to 3, so that some answers are right."""
    torch.manual_seed(0)
    model = Qwen2ForCausalLM.from_pretrained(folder / "model")
    signs = {sign: at for at, sign in enumerate(SIGNS)}
    answers = [[signs["\\boxed{"], signs[digit], signs["}"], signs["<eos>"]] for digit in "0123"]
    rows = [json.loads(line) for line in (folder / "train.jsonl").read_text("utf-8").splitlines()]
    ids = [[signs[sign] for sign in row["prompt"]] + answer for row in rows for answer in answers]
    batch = torch.tensor(ids)
    labels = batch.clone()
    labels[:, : -len(answers[0])] = -100
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(steps):
        optimizer.zero_grad()
        model(input_ids=batch, labels=labels).loss.backward()
        optimizer.step()
    model.save_pretrained(folder / "model")


def tiny_config(folder: Path, changes: Mapping[str, Any] | None = None) -> TrainConfig:
    """The training file of such a folder, with `changes` by dotted names."""
    given: dict[str, Any] = {
        "model": {"path": str(folder / "model"), "dtype": "float32"},
        "data": {"path": str(folder / "train.jsonl")},
        "reward": {"recipe": str(folder / "recipe.yaml")},
        "generation": {"num_generations": 4, "max_completion_length": 12},
        "training": {
            "max_steps": 3,
            "learning_rate": 1e-3,
            "per_device_train_batch_size": 16,
            "gradient_checkpointing": False,
            "precision": "fp32",
            "seed": 7,
        },
        "launch": {"device": "cpu"},
        "logging": {"dashboard": False, "report": False},
        "checkpoints": {"output_dir": str(folder / "out"), "save_steps": 60},
    }
    for name, value in (changes or {}).items():
        *sections, last = name.split(".")
        inner = given
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[last] = value
    return read_config(given)


def told_completion(prompt: list[int], number: int, step: int, *, window: int) -> list[int]:
    """A completion that depends on its prompt, its number and the step alone: often boxed, at times right."""
    digest = hashlib.sha256(f"{prompt}/{number}/{step}".encode()).digest()
    signs = {sign: at for at, sign in enumerate(SIGNS)}
    text = [SIGNS[at] for at in prompt]
    total = int("".join(text[: text.index("+")])) + int("".join(text[text.index("+") + 1 : text.index("?")]))
    luck = (
        hashlib.sha256(f"{prompt}/{step}".encode()).digest()[0] % 4
    )  # 0: all right, 1: all wrong, else mixed
    right = luck == 0 or (luck > 1 and digest[0] % 2 == 0)
    answer = str(total if right else total + 1)
    chatter = [SIGNS[7 + one % 10] for one in digest[2 : 2 + digest[3] % 5]]
    written = [*chatter, "\\boxed{", *answer, "}"] if right or digest[4] % 4 else chatter
    return [signs[sign] for sign in [*written, "<eos>"]][:window]


class Told:
    """Puts told completions in the place of sampled ones."""

    def _generate_single_turn(self, prompt_ids: Any, *_: Any, **__: Any) -> tuple[Any, None]:
        step, window = self.state.global_step, self.max_completion_length  # type: ignore[attr-defined]
        size = self.num_generations  # type: ignore[attr-defined]
        written = [
            told_completion(list(ids), at % size, step, window=window) for at, ids in enumerate(prompt_ids)
        ]
        return written, None


def with_told_completions(trainer: Any) -> Any:
    """The same trainer, that does not sample."""
    trainer.__class__ = type("ToldTrainer", (Told, type(trainer)), {})
    return trainer
