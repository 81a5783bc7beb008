"""TRL's own trainers on a model made on the spot: thousands of parameters, a vocabulary of signs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import torch
from datasets import Dataset
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SIGNS = ["<pad>", "<eos>", "<think>", "</think>", "\\boxed{", "}", " ", *"0123456789+?"]


TRAINERS = {"grpo": (GRPOTrainer, GRPOConfig), "rloo": (RLOOTrainer, RLOOConfig)}


def train(
    functions: Sequence[Callable[..., object]],
    weights: list[float] | None,
    folder: Path,
    *,
    steps: int,
    algorithm: Literal["grpo", "rloo"] = "grpo",
    template: str | None = None,
    **settings: Any,  # noqa: ANN401  # of TRL
) -> list[dict[str, float]]:
    """Train for a few steps and return what TRL logged; with a chat template, on conversations."""
    torch.manual_seed(0)
    tokenizer = made_tokenizer()
    rows: list[dict[str, Any]] = [{"prompt": f"{a}+{a}?", "solution": str(2 * a)} for a in range(5)]
    if template is not None:
        tokenizer.chat_template = template
        rows = [{**row, "prompt": [{"role": "user", "content": row["prompt"]}]} for row in rows]
    trainer_type, config_type = TRAINERS[algorithm]
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(SIGNS),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=1,
            max_position_embeddings=64,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
        )
    )
    trainer = trainer_type(
        model=model,
        processing_class=tokenizer,
        reward_funcs=list(functions),
        train_dataset=Dataset.from_list(rows),
        args=config_type(
            output_dir=str(folder),
            reward_weights=weights,
            beta=0.0,  # no reference model, which would be read from where a model was published
            max_steps=steps,
            per_device_train_batch_size=8,
            num_generations=4,
            max_completion_length=16,
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            use_cpu=True,
            bf16=False,
            activation_checkpointing=False,
            disable_tqdm=True,
            seed=0,
            **settings,
        ),
    )
    trainer.train()
    return trainer.state.log_history


def made_tokenizer(marks: Sequence[str] = (), special: Sequence[str] = ()) -> PreTrainedTokenizerFast:
    """One token per sign, and the least of a chat template: contents one after the other.

    Args:
        marks: further signs; with them, signs of several letters are found in any text, as added tokens are.
        special: those of `marks` that are special tokens.
    """
    tokenizer = Tokenizer(models.WordLevel({sign: at for at, sign in enumerate(SIGNS)}, SIGNS[0]))
    signs = Regex("|".join(re.escape(sign) for sign in SIGNS))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(signs, "isolated")
    tokenizer.decoder = decoders.Fuse()
    pad, end = SIGNS[:2]
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=pad, eos_token=end)
    if marks:
        several = [*(sign for sign in SIGNS[2:] if len(sign) > 1), *marks]
        tokens = [AddedToken(sign, normalized=False, special=sign in special) for sign in several]
        made.add_tokens(tokens)
    made.chat_template = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
    made.response_template = {"defaults": {"role": "assistant"}, "fields": {"content": {"content": "text"}}}
    return made
