"""Whose text is whose: by the chat templates of real models, by masks of tokens, and by messages."""

# ruff: noqa: RUF001  # the bars of DeepSeek

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rewards import Rollout
from trainer_adapters.scoring.turns import Turns, in_text, joined, of_messages, of_tokens, token_mask

CALL, RESULT, ANSWER = "I ask for it.", r"the tool says \boxed{13}", r"So it is \boxed{7}."

FAMILIES = {
    "chatml": f"{CALL}<|im_end|>\n<|im_start|>tool\n{RESULT}<|im_end|>\n<|im_start|>assistant\n{ANSWER}",
    "chatml-user": f"{CALL}<|im_end|>\n<|im_start|>user\n<tool_response>\n{RESULT}\n</tool_response>"
    f"<|im_end|>\n<|im_start|>assistant\n{ANSWER}",
    "llama-3": f"{CALL}<|eot_id|><|start_header_id|>ipython<|end_header_id|>\n\n{RESULT}<|eot_id|>"
    f"<|start_header_id|>assistant<|end_header_id|>\n\n{ANSWER}",
    "harmony": f"<|channel|>analysis<|message|>{CALL}<|end|><|start|>functions.f to=assistant"
    f"<|channel|>commentary<|message|>{RESULT}<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}",
    "gemma": f"{CALL}<end_of_turn>\n<start_of_turn>user\n{RESULT}<end_of_turn>\n"
    f"<start_of_turn>model\n{ANSWER}",
    "gemma-4": f"{CALL}<|tool_response>response:f{{{RESULT}}}<tool_response|>{ANSWER}",
    "glm": f"{CALL}<|observation|>\n<tool_response>\n{RESULT}\n</tool_response><|assistant|>\n{ANSWER}",
    "kimi": f"{CALL}<|im_end|><|im_system|>f<|im_middle|>## Return of f\n{RESULT}<|im_end|>"
    f"<|im_assistant|>assistant<|im_middle|>{ANSWER}",
    "deepseek": f"{CALL}<｜tool▁outputs▁begin｜><｜tool▁output▁begin｜>{RESULT}"
    f"<｜tool▁output▁end｜><｜tool▁outputs▁end｜>{ANSWER}",
    "mistral": f"{CALL}[TOOL_RESULTS]{RESULT}[/TOOL_RESULTS]{ANSWER}",
    "cohere": f"{CALL}<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>{RESULT}<|END_OF_TURN_TOKEN|>"
    f"<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{ANSWER}",
    "granite": f"{CALL}<|end_of_text|>\n<|start_of_role|>tool_response<|end_of_role|>{RESULT}"
    f"<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>{ANSWER}",
    "minimax": f"{CALL}[e~[\n]~b]tool\n<response>{RESULT}</response>[e~[\n]~b]ai\n{ANSWER}",
    "search-r1": f"<search>{CALL}</search>\n\n<information>{RESULT}</information>\n\n{ANSWER}",
    "retool": f"<code>{CALL}</code>\n<interpreter>\n{RESULT}\n</interpreter>\n{ANSWER}",
    "two-results": f"{CALL}<tool_response>{RESULT}</tool_response>\n<tool_response>{RESULT}</tool_response>"
    f"{ANSWER}",
}


def policy_text(text: str, turns: Any) -> str:
    return Rollout(completion=text, turns=turns).policy_text


@pytest.mark.parametrize("family", FAMILIES)
def test_text_of_a_tool_is_told_by_its_markers(family: str) -> None:
    text = FAMILIES[family]
    said = policy_text(text, in_text(text))
    assert CALL in said
    assert ANSWER in said
    assert RESULT not in said
    assert "13" not in said


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
        said = policy_text(completion, in_text(completion))
        assert (CALL in said, RESULT in said, ANSWER in said) == (True, False, True), path.stem
        told.append(path.stem)
    assert len(told) >= 20, (told, unable)


@pytest.mark.parametrize(
    "text",
    [
        ANSWER,
        "",
        r"<think>2 < 3, so [0, 1] and |x| <= 4</think> \boxed{4}<|im_end|>",
        "<|channel|>analysis<|message|>why<|end|><|start|>assistant<|channel|>final<|message|>4<|return|>",
        "<|im_start|>assistant\n4",
        "I shall get a <tool_response> in time. 4",
        "<tool_call>{}</tool_call>",
    ],
    ids=repr,
)
def test_text_of_the_policy_alone_has_no_turns(text: str) -> None:
    assert in_text(text) is None


def test_a_result_that_is_cut_off_earns_nothing() -> None:
    for text in (f"{CALL}\n<tool_response>\n{RESULT}", f"{CALL}<|im_end|>\n<|im_start|>tool\n{RESULT}"):
        assert policy_text(text, in_text(text)).strip() == CALL


def test_hostile_markers_take_linear_time() -> None:
    for piece in (
        "<|im_start|>",
        "<tool_response>",
        "<|im_start|>tool\n</tool_response>",
        "]~b]",
        "<|im_system|>x",
    ):
        spans = in_text(piece * 50_000)
        assert spans is None or len(spans) <= 50_001


def decode(ids: Any) -> str:
    return "".join(map(chr, ids))


@pytest.mark.parametrize("family", FAMILIES)
def test_tokens_of_a_tool_are_those_of_its_text(family: str) -> None:
    text = FAMILIES[family]
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
    byte_level.train_from_iterator(FAMILIES.values(), trainer)
    text = FAMILIES["chatml"].replace("the tool", "数学 😀").replace("So", "所以 😀")
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
