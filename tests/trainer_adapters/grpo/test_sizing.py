"""Memory worked out: parameters against models, state against tensors, the table in the docs against both."""

from __future__ import annotations

import dataclasses
import importlib
import math
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
pytest.importorskip("transformers", reason="transformers is not installed; `make test` installs it")


from torch.utils._python_dispatch import TorchDispatchMode
from transformers import Qwen2Config, Qwen2ForCausalLM

from trainer_adapters.grpo import sizing
from trainer_adapters.grpo.sizing import SHAPES, TILE_TOKENS, TILE_WORDS, Shape, memory, table

DOCS = Path(__file__).resolve().parents[3] / "docs"

SMALL = Shape(layers=2, hidden=64, intermediate=160, heads=4, kv_heads=2, head_dim=16, vocabulary=96)


def model_of(shape: Shape) -> Qwen2ForCausalLM:
    return Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=shape.vocabulary,
            hidden_size=shape.hidden,
            intermediate_size=shape.intermediate,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            num_key_value_heads=shape.kv_heads,
            head_dim=shape.head_dim,
            tie_word_embeddings=shape.tied,
        )
    )


@pytest.mark.parametrize(
    ("name", "published"), [("0.5B", 0.49e9), ("3B", 3.09e9), ("7B", 7.61e9), ("32B", 32.5e9)]
)
def test_parameters_are_those_of_the_model(name: str, published: float) -> None:
    with torch.device("meta"):
        model = model_of(SHAPES[name])
    assert SHAPES[name].parameters == sum(one.numel() for one in model.parameters())
    assert SHAPES[name].parameters == pytest.approx(published, rel=0.01)


def test_memory_of_the_state_is_what_training_keeps() -> None:
    model = model_of(SMALL).float()
    optimizer = torch.optim.AdamW(model.parameters())
    ids = torch.arange(20).view(2, 10)
    model(ids, labels=ids).loss.backward()
    optimizer.step()
    found = memory(SMALL)
    assert found.weights == sum(one.nbytes for one in model.parameters())
    assert found.gradients == sum(one.grad.nbytes for one in model.parameters())
    moments = [one for state in optimizer.state.values() for one in state.values() if one.ndim > 0]
    assert found.optimizer == sum(one.nbytes for one in moments)


def test_the_kv_cache_is_what_generation_keeps() -> None:
    model = model_of(SMALL).bfloat16()
    with torch.no_grad():
        cache = model(torch.arange(20).view(2, 10), use_cache=True).past_key_values
    kept = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert kept == 20 * SMALL.kv_bytes


@pytest.mark.parametrize(("tokens", "vocabulary"), [(24, 80), (64, 80), (640, 80), (640, 480), (640, 100)])
def test_memory_of_logits_is_one_tile_of_trl_and_the_gradient_of_the_head(
    monkeypatch: pytest.MonkeyPatch, tokens: int, vocabulary: int
) -> None:
    """TRL's own kernel, with small tiles: the largest tensors that it makes, forward and backward."""
    trl_utils = pytest.importorskip("trl.trainer.utils", reason="TRL is not installed")
    kernel = importlib.import_module("trl.kernels.chunked_logprob")
    assert (kernel.TOKEN_CHUNK_SIZE, trl_utils._CHUNKED_LOGPROB_CHUNK_SIZE) == (TILE_TOKENS, TILE_WORDS)
    hidden_size, rows, columns = 8, 64, 96
    monkeypatch.setattr(kernel, "TOKEN_CHUNK_SIZE", rows)
    monkeypatch.setattr(sizing, "TILE_TOKENS", rows)
    monkeypatch.setattr(sizing, "TILE_WORDS", columns)
    hidden = torch.randn(tokens, hidden_size, requires_grad=True)
    head = torch.randn(vocabulary, hidden_size, requires_grad=True)
    labels = torch.randint(0, vocabulary, (tokens,))
    with Sizes() as sizes:
        found = kernel.ChunkedLogProbFunction.apply(
            hidden, head, None, labels, 1.0, columns, None, 1.0, ("log_probs", "entropy")
        )
        found[0].sum().backward()
    shape = dataclasses.replace(SMALL, hidden=hidden_size, vocabulary=vocabulary)
    gradient = 4 * vocabulary * hidden_size
    tile = memory(shape, batch=1, completion=tokens).logits - gradient
    assert head.grad is not None
    assert head.grad.nbytes == gradient
    # Here in float32, which is twice bf16; a thing of all tokens and all words would be larger.
    assert max(size for size in sizes.seen if size != gradient) == max(2 * tile, 4 * tokens * hidden_size)


class Sizes(TorchDispatchMode):
    """The bytes of each tensor that operations make."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[int] = set()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = function(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor):
            self.seen.add(made.nbytes)
        return made


def test_memory_is_shared_by_processes_as_their_strategy_says() -> None:
    alone, whole = memory(SMALL), SMALL.parameters
    four = {name: memory(SMALL, strategy=name, processes=4) for name in ("fsdp2", "zero2", "zero3")}
    assert four["fsdp2"].optimizer == alone.optimizer / 4
    assert four["zero2"].weights == 2 * whole
    assert four["zero3"].weights == 2 * whole / 4
    assert {16 * whole / 4} == {
        one.weights + one.gradients + one.optimizer for name, one in four.items() if name != "zero2"
    }
    with_reference = memory(SMALL, processes=4, reference=True)
    assert math.isclose(with_reference.total - four["fsdp2"].total, whole)


def test_the_docs_have_the_table() -> None:
    assert table() in (DOCS / "trainers" / "grpo.md").read_text("utf-8")
