"""Chat templates as TRL ships them, and real tokenizers that have them."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ASK = [{"role": "user", "content": "What is 2 + 2? Think inside <think> and </think>."}]

CALL: Any = {"type": "function", "id": "call00000", "function": {"name": "add", "arguments": {"a": 2}}}
LOOP: tuple[dict[str, Any], ...] = (
    {"role": "assistant", "content": "let me add", "tool_calls": [CALL]},
    {"role": "tool", "name": "add", "tool_call_id": "call00000", "content": "4"},
)


def trl_templates() -> list[str]:
    """Return the names of TRL's templates of models, without those that mark tokens for training."""
    try:
        folder = files("trl") / "chat_templates"
    except ModuleNotFoundError:
        return []
    names = (one.name.removesuffix(".jinja") for one in folder.iterdir() if one.name.endswith(".jinja"))
    return sorted(name for name in names if not name.endswith("_training"))


def template(name: str) -> str:
    """Return the text of a template."""
    pytest.importorskip("trl")
    return (files("trl") / "chat_templates" / f"{name}.jinja").read_text("utf-8")


def rendered(name: str, messages: Sequence[Mapping[str, Any]], *, prompt: bool, **settings: object) -> str:
    """Return messages as transformers renders them by a template; with `prompt`, up to the completion."""
    utilities = pytest.importorskip("transformers.utils.chat_template_utils")
    given = {"bos_token": "<s>", "eos_token": "<eos>", "unk_token": "<unk>", **settings}
    texts, _ = utilities.render_jinja_template(
        [list(messages)], chat_template=template(name), add_generation_prompt=prompt, **given
    )
    return str(texts[0])


def made_tokenizer(special: Iterable[str] = (), chat_template: str | None = None) -> Any:  # noqa: ANN401  # transformers'
    """Return a tokenizer of bytes with these special tokens, which decoders may skip."""
    tokenizers = pytest.importorskip("tokenizers")
    transformers = pytest.importorskip("transformers")
    alphabet = {text: at for at, text in enumerate(tokenizers.pre_tokenizers.ByteLevel.alphabet())}
    bare = tokenizers.Tokenizer(tokenizers.models.BPE(alphabet, []))
    bare.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bare.decoder = tokenizers.decoders.ByteLevel()
    bare.add_special_tokens([*special, "<eos>"])
    of_text = {"bos_token": "<s>", "eos_token": "<eos>", "pad_token": "<eos>"}
    found = transformers.PreTrainedTokenizerFast(tokenizer_object=bare, **of_text)
    found.chat_template = chat_template
    return found


def loop_of(name: str) -> tuple[dict[str, Any], ...]:
    """Return a call and its result, the arguments as a template takes them."""
    if name != "deepseekv3":
        return LOOP
    call = {**CALL, "function": {"name": "add", "arguments": '{"a": 2}'}}
    return {**LOOP[0], "tool_calls": [call]}, LOOP[1]
