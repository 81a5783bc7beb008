"""Our split of reasoning and answer beside that of vLLM's parsers; `make test-vllm` has them."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from chat_templates import made_tokenizer

from rewards.text.reasoning import FORMATS, Format, answer_start

TOOLS = {
    "seed_oss": ("<seed:tool_call>", "</seed:tool_call>", "<seed:bos>", "<seed:eos>"),
    "gemma4": ("<|tool_call>", "<tool_call|>", "<|turn>", "<turn|>", "<|tool_response>"),
    "k2_horizon": ("<ifm|tool_calls>",),
    "mistral": ("[TOOL_CALLS]", "[ARGS]"),
    "inkling": ("<|content_invoke_tool_json|>", "<|content_invoke_tool_text|>", "<|content_tool_error|>"),
}
"""Further tokens that a parser asks its tokenizer for."""

PARSERS = {
    "deepseek_r1": "think",
    "deepseek_v4": "think",
    "glm45": "think",
    "qwen3": "think",
    "step3": "think",
    "ernie45": "think",
    "minimax_m2": "think",
    "nemotron_v3": "think",
    "mistral": "magistral",
    "kimi_k3": "kimi_k3",
    "seed_oss": "seed",
    "gemma4": "gemma",
    "minimax_m3": "minimax",
    "k2_horizon": "ifm",
    "inkling": "inkling",
    "muse_glimmer": "muse",
    "granite": "granite",
}
"""vLLM's parsers by their names there, each with the format of ours that reads the same models."""


class Completion(NamedTuple):
    """A completion with marks to fill in, and its answer; None where there is none."""

    form: str
    answer: str | None


COMPLETIONS = {
    "whole": Completion("{open}is it 5?{close}it is 4", "it is 4"),
    "several lines": Completion("{open}is it 5?\nor 6?\n{close}\n\nit\nis 4", "it\nis 4"),
    "empty reasoning": Completion("{open}\n\n{close}\n\nit is 4", "it is 4"),
    "no answer": Completion("{open}is it 5?{close}", None),
    "cut off": Completion("{open}is it 5? It is 4", None),
    "a second closer": Completion("{open}is it 5?{close}it is 4{close}", "it is 4{close}"),
    "a quoted opener": Completion("{open}is it 5?{close}it is 4, by {open} it", "it is 4, by {open} it"),
}

_UNFINISHED = "vLLM takes reasoning that is never closed for the answer"
_MESSAGES = "an opener begins another message of reasoning here, which has to be closed"
_AGAIN = "vLLM begins the reasoning again at any opener, quoted or not"
DIFFERENT = {
    ("granite", "cut off"): _UNFINISHED,
    ("k2_horizon", "cut off"): _UNFINISHED,
    **{(name, "a quoted opener"): _AGAIN for name in ("deepseek_v4", "glm45", "mistral", "gemma4")},
    **{
        (name, "a quoted opener"): "reasoning that is begun again has to be closed"
        for name in ("inkling", "muse_glimmer")
    },
}
"""Where we differ, on purpose; docs/recipe-file.md says so."""


def ours(text: str, name: str) -> str | None:
    """Return the answer part; None where there is none, or a blank one."""
    start = answer_start(text, name)
    return None if start < 0 else text[start:].strip() or None


@pytest.mark.parametrize("case", COMPLETIONS)
@pytest.mark.parametrize("parser", PARSERS)
def test_vllm_splits_alike(parser: str, case: str) -> None:
    vllm: Any = pytest.importorskip("vllm.reasoning", reason="vLLM is not installed; make test-vllm")
    if reason := DIFFERENT.get((parser, case)):
        pytest.skip(reason)
    one = FORMATS[PARSERS[parser]]
    marks = {"open": one.open[0], "close": one.close[0]}
    text = COMPLETIONS[case].form.format(**marks)
    answer = COMPLETIONS[case].answer
    tokens = [token for mark in one.open + one.close for token in mark.replace("><", ">\0<").split("\0")]
    tokenizer = made_tokenizer([*tokens, *TOOLS.get(parser, ())])
    made = vllm.ReasoningParserManager.get_reasoning_parser(parser)(tokenizer)
    _, content = made.extract_reasoning(text, None)
    assert ours(text, one.name) == (answer and answer.format(**marks))
    # Some of vLLM's parsers drop stray marks.
    assert _bare(content or "", one) == _bare((answer or "").format(**marks), one)


def _bare(text: str, one: Format) -> str:
    for mark in one.close + one.open:
        text = text.replace(mark, "")
    return text.strip()
