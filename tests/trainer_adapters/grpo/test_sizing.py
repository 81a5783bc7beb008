"""Memory worked out: parameters against models, state against tensors, the table in the docs against both."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
pytest.importorskip("transformers", reason="transformers is not installed; `make test` installs it")


from transformers import Qwen2Config, Qwen2ForCausalLM

from trainer_adapters.grpo.sizing import SHAPES, Shape, memory, table

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
