"""The task: sums of two numbers below 100, worked out digit by digit, in a language of 132 signs.

A fifth of the sums is held out: neither the warm start nor GRPO sees them.
"""

from __future__ import annotations

import random
import re

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

SPECIAL = ["<pad>", "<eos>"]
MARKS = ["<think>", "</think>", "\\boxed{", "}", "+", "=", "?", ",", ".", " ", *"0123456789"]
WORDS = [
    "so",
    "then",
    "now",
    "next",
    "first",
    "again",
    "write",
    "carry",
    "add",
    "take",
    "keep",
    "hold",
    "note",
    "sum",
    "digit",
    "tens",
    "ones",
    "plus",
    "gives",
    "makes",
    "is",
    "the",
    "a",
    "of",
    "and",
    "or",
    "to",
    "we",
    "I",
    "it",
    "that",
    "this",
    "here",
    "there",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "zero",
    "left",
    "right",
    "up",
    "down",
    "over",
    "under",
    "out",
    "in",
    "on",
    "at",
    "by",
    "for",
    "from",
    "with",
    "but",
    "if",
    "when",
    "all",
    "none",
    "some",
    "any",
    "more",
    "less",
    "first",
    "last",
    "new",
    "old",
    "big",
    "small",
    "long",
    "short",
    "high",
    "low",
    "good",
    "bad",
    "yes",
    "no",
    "ok",
    "well",
    "hmm",
    "wait",
    "check",
    "done",
    "stop",
    "go",
    "on",
    "see",
    "think",
    "know",
    "find",
    "get",
    "put",
    "set",
    "let",
    "try",
    "use",
    "look",
    "say",
    "tell",
    "ask",
]
SIGNS = [*SPECIAL, *MARKS, *sorted({f" {word}" for word in WORDS})]
SIGNS += [f" word{number}" for number in range(132 - len(SIGNS))]

FILLERS = ["", "", " so", " ok", " now", " first", " add", " hmm", " well"]


def split() -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The sums to train on, and those that are held out."""
    sums = [(one, other) for one in range(100) for other in range(100)]
    random.Random(0).shuffle(sums)  # noqa: S311  # the same split in every run
    return sums[2000:], sums[:2000]


def prompt(one: int, other: int) -> str:
    """What is asked."""
    return f"{one}+{other}=?"


def worked(one: int, other: int, draw: random.Random) -> str:
    """A right completion: ones, tens with the carry, and the box."""
    low = one % 10 + other % 10
    high = one // 10 + other // 10 + low // 10
    steps = f"{one % 10}+{other % 10}={low},{one // 10}+{other // 10}+{low // 10}={high}"
    return f"<think>{draw.choice(FILLERS)}{steps}</think>\\boxed{{{one + other}}}<eos>"


def tokenizer() -> PreTrainedTokenizerFast:
    """One token a sign."""
    made = Tokenizer(models.WordLevel({sign: at for at, sign in enumerate(SIGNS)}, SPECIAL[0]))
    longest_first = sorted(SIGNS, key=len, reverse=True)
    signs = Regex("|".join(re.escape(sign) for sign in longest_first))
    made.pre_tokenizer = pre_tokenizers.Split(signs, "isolated")
    made.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="<eos>")  # noqa: S106


def model() -> Qwen2ForCausalLM:
    """A decoder like Qwen2's, of 346 thousand parameters, from scratch."""
    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(SIGNS),
            hidden_size=96,
            intermediate_size=256,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=128,
            tie_word_embeddings=True,
            pad_token_id=0,
            eos_token_id=1,
            bos_token_id=None,
        )
    )
