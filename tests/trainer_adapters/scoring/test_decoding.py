"""The text of token ids where marks of reasoning are special tokens, which trainers leave out."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import pytest

from rewards.text.reasoning import Tags
from trainer_adapters.scoring.decoding import MarkDecoder
from trainer_adapters.scoring.scorer import Trainer, TrainerScorer, all_but

tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed; `make test` installs it")
transformers = pytest.importorskip("transformers", reason="transformers is not installed; `make test` does")

MARKS = {
    "[THINK]2[/THINK]4": ("[THINK]", "[/THINK]"),
    "<|START_THINKING|>2<|END_THINKING|>4": ("<|START_THINKING|>", "<|END_THINKING|>"),
    "<think>2</think>4": ("<think>", "</think>"),
    "<|channel|>analysis<|message|>2<|end|><|start|>assistant<|channel|>final<|message|>4": (
        "<|channel|>",
        "<|message|>",
        "<|start|>",
        "<|end|>",
    ),
    "<|channel>thought\n2<channel|>4": ("<|channel>", "<channel|>"),
    "◁think▷2◁/think▷4": ("◁think▷", "◁/think▷"),
}


def made(*special: str, plain: tuple[str, ...] = ()) -> Any:
    """A byte-level tokenizer, of the kind of most models, with special tokens and tokens that are none."""
    bytes_alone = tokenizers.Tokenizer(tokenizers.models.BPE())
    bytes_alone.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_alone.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=300,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bytes_alone.train_from_iterator(["so the answer is 4"], trainer)
    ends = {"eos_token": "<eos>", "pad_token": "[PAD]"}
    found = transformers.PreTrainedTokenizerFast(tokenizer_object=bytes_alone, **ends)
    found.add_tokens([tokenizers.AddedToken(one, normalized=False, special=True) for one in special])
    found.add_tokens([tokenizers.AddedToken(one, normalized=False, special=False) for one in plain])
    return found


@pytest.mark.parametrize(("text", "special"), MARKS.items())
def test_mark_decoder_keeps_marks_and_nothing_else_that_is_special(
    text: str, special: tuple[str, ...]
) -> None:
    tokenizer = made(*special, "<tool>")
    decoder = MarkDecoder(tokenizer)
    ids = tokenizer(f"<tool>{text}<eos>[PAD]")["input_ids"]
    assert all(mark not in tokenizer.decode(ids, skip_special_tokens=True) for mark in special)
    assert decoder.is_needed(ids)
    assert decoder.text(ids) == text


@pytest.mark.parametrize("text", ["so 4<eos>", "数学 😀<tool>4 <eos>[PAD]", "<think>2</think>4<eos>", ""])
def test_mark_decoder_decodes_all_else_as_trainers_do(text: str) -> None:
    tokenizer = made("[THINK]", "[/THINK]", "<tool>", plain=("<think>", "</think>"))
    decoder = MarkDecoder(tokenizer)
    ids = tokenizer(text)["input_ids"]
    assert not decoder.is_needed(ids)
    assert decoder.text(ids) == tokenizer.decode(ids, skip_special_tokens=True)


def test_mark_decoder_needs_whole_marks() -> None:
    assert MarkDecoder(made("<|end|>", "<|start|>")).marks == ()  # of Phi, which has no channels
    assert MarkDecoder(made("[THINK]", plain=("[/THINK]",))).marks == ("[THINK]",)
    assert MarkDecoder(made(plain=("<think>", "</think>"))).marks == ()
    assert MarkDecoder(object()).marks == ()


def test_mark_decoder_keeps_tags_of_ones_own() -> None:
    tokenizer = made("<scratch>", "</scratch>", "[THINK]", "<tool>")
    ids = tokenizer("<tool><scratch>2</scratch>4[THINK]<eos>")["input_ids"]
    own = MarkDecoder(tokenizer, Tags(open="<scratch>", close="</scratch>"))
    assert own.text(ids) == "<scratch>2</scratch>4[THINK]"
    assert MarkDecoder(tokenizer).text(ids) == "24[THINK]"
    passes_ids = Trainer(name="one", missing_fields=all_but("completion_ids"), workaround="")
    tags = {"open": "<scratch>", "close": "</scratch>"}
    scorer = TrainerScorer("r1-zero", passes_ids, {"tokenizer": tokenizer, "reasoning": tags})
    right = tokenizer(r"<scratch>2</scratch>\boxed{4}<eos>")["input_ids"]
    dropped = tokenizer.decode(right, skip_special_tokens=True)
    rollout = scorer.rollout(dropped, gold="4", completion_ids=right)
    assert scorer.scores([rollout]).totals.tolist() == [1.5]


def test_mark_decoder_tells_scorers_what_text_alone_has_lost(caplog: pytest.LogCaptureFixture) -> None:
    tokenizer = made("[THINK]", "[/THINK]")
    ids = tokenizer("[THINK]2[/THINK]4<eos>")["input_ids"]
    passes_ids = Trainer(name="one", missing_fields=all_but("completion_ids"), workaround="")
    scorer = TrainerScorer("r1-zero", passes_ids, {"tokenizer": tokenizer})
    dropped = tokenizer.decode(ids, skip_special_tokens=True)
    assert scorer.rollout(dropped, gold="4", completion_ids=ids).completion == "[THINK]2[/THINK]4"
    assert scorer.rollout("24", gold="4").completion == "24"
    assert caplog.messages == []
    passes_text = Trainer(name="another", missing_fields=all_but(), workaround="")
    with caplog.at_level(logging.WARNING):
        TrainerScorer("r1-zero", passes_text, {"tokenizer": tokenizer})
        TrainerScorer("r1-zero", passes_text, {"tokenizer": made(plain=("[THINK]", "[/THINK]"))})
        keeps_them = dataclasses.replace(passes_text, keeps_special_tokens=True)
        TrainerScorer("r1-zero", keeps_them, {"tokenizer": tokenizer})
    (line,) = caplog.messages
    assert "[THINK], [/THINK] are special tokens" in line
    assert "another passes no token ids" in line
    assert "skip_special_tokens=False" in line
