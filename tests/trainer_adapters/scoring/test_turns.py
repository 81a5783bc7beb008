"""Whose text is whose: by masks of tokens, and by messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tool_texts import ANSWER, CALL, RESULT, TOOL_TEXTS

from rewards import Rollout
from rewards.text.turns import Turns, in_text, joined
from trainer_adapters.scoring.turns import of_messages, of_tokens, token_mask


def templates() -> list[Any]:
    trl = pytest.importorskip("trl")
    return sorted((Path(trl.__file__).parent / "chat_templates").glob("*.jinja"))


def rendered(template: str, messages: list[dict[str, Any]]) -> str:
    """As transformers renders it."""
    from transformers.utils.chat_template_utils import render_jinja_template

    tool = {
        "type": "function",
        "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}},
    }
    texts, _ = render_jinja_template(
        conversations=[messages],
        chat_template=template,
        tools=[tool],
        add_generation_prompt=False,
        bos_token="",
        eos_token="</s>",  # noqa: S106  # no password
    )
    return texts[0]


def test_text_of_a_tool_is_told_in_every_template_that_trl_ships() -> None:
    call = {"type": "function", "id": "call00001", "function": {"name": "f", "arguments": {}}}
    asked = [{"role": "user", "content": "6 or 7?"}]
    calls = {"role": "assistant", "content": CALL, "tool_calls": [call]}
    result = {"role": "tool", "content": RESULT, "name": "f", "tool_call_id": "call00001"}
    answer = {"role": "assistant", "content": ANSWER}
    told, unable = [], []
    for path in templates():
        template = path.read_text("utf-8")
        try:
            whole = rendered(template, [*asked, calls, result, answer])
        except Exception:  # noqa: BLE001  # a template without tools refuses the role
            unable.append(path.stem)
            continue
        if RESULT not in whole or ANSWER not in whole or CALL not in whole:
            unable.append(path.stem)
            continue
        completion = whole[whole.index(CALL) :]
        said = Rollout(completion=completion, turns=in_text(completion)).policy_text
        assert (CALL in said, RESULT in said, ANSWER in said) == (True, False, True), path.stem
        told.append(path.stem)
    assert len(told) >= 20, (told, unable)


def decode(ids: Any) -> str:
    return "".join(map(chr, ids))


@pytest.mark.parametrize("family", TOOL_TEXTS)
def test_tokens_of_a_tool_are_those_of_its_text(family: str) -> None:
    text = TOOL_TEXTS[family]
    ids = list(map(ord, text))
    turns = in_text(text)
    assert turns is not None
    mask = token_mask(ids, turns, decode)
    assert mask == [any(start <= at < end for start, end in turns) for at in range(len(ids))]


def test_tokens_of_a_real_tokenizer_are_told_too() -> None:
    """Tokens of several characters, and characters of several tokens."""
    tokenizers = pytest.importorskip("tokenizers")
    byte_level = tokenizers.Tokenizer(tokenizers.models.BPE())
    byte_level.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    byte_level.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=400,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|im_start|>", "<|im_end|>"],
        show_progress=False,
    )
    byte_level.train_from_iterator(TOOL_TEXTS.values(), trainer)
    text = TOOL_TEXTS["chatml"].replace("the tool", "数学 😀").replace("So", "所以 😀")
    ids = byte_level.encode(text).ids
    assert len(ids) != len(text)

    def decoded(some: Any) -> str:
        return byte_level.decode(list(some), skip_special_tokens=False)

    assert decoded(ids) == text
    turns = in_text(text)
    assert turns is not None
    mask = token_mask(ids, turns, decoded)
    said = of_tokens(ids, mask, decoded)
    assert said.text == f"{CALL}\n{ANSWER.replace('So', '所以 😀')}"
    assert said.turns == ((0, len(CALL)), (len(CALL) + 1, len(said.text)))


@pytest.mark.parametrize(
    ("mask", "found"),
    [
        ([1, 1, 1, 1], Turns("abcd", None)),
        ([1, 1, 0, 0], Turns("ab", None)),
        ([1, 0, 0, 1], Turns("a\nd", ((0, 1), (2, 3)), before=("bc",))),
        ([0, 1, 0, 1], Turns("b\nd", ((0, 1), (2, 3)), before=("c",))),
        ([0, 0, 0, 0], Turns("", None)),
    ],
    ids=str,
)
def test_runs_of_a_mask_are_turns(mask: list[int], found: Turns) -> None:
    assert of_tokens(list(map(ord, "abcd")), mask, decode) == found


def test_messages_of_the_assistant_are_turns() -> None:
    tool = {"role": "tool", "content": RESULT}
    said = {"role": "assistant", "content": "a"}
    assert of_messages("plain") == "plain"
    assert of_messages([said]) == "a"
    assert of_messages([said, tool]) == Turns("a", None)
    assert of_messages([said, tool, said]) == joined(["a", "a"]) == Turns("a\na", ((0, 1), (2, 3)))
    assert of_messages([{**said, "content": None, "tool_calls": []}, tool, said]) == Turns(
        "\na", ((0, 0), (1, 2))
    )
