"""Stop and padding tokens as decoders leave them at the end of a text, where they are no text of the policy.

Tokens of the form `<|…|>` are known by that form; the table holds the others, by family.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

from rewards.text.reasoning import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "LAST_CHARACTERS",
    "STOP_TOKENS",
    "STOP_TOKENS_OF",
    "holds_only_stop_tokens",
    "parts_of",
    "special_tokens",
    "text_end",
    "without_stop_tokens",
]

STOP_TOKENS_OF: Final = {
    "qwen": ("<|im_end|>", "<|endoftext|>", "<|vision_pad|>"),
    "llama": ("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|finetune_right_pad_id|>", "</s>", "<unk>"),
    "mistral": ("</s>", "[PAD]", "<pad>"),
    "deepseek": ("<｜end▁of▁sentence｜>", "<｜▁pad▁｜>", "<｜User｜>", "<｜begin▁of▁sentence｜>"),
    "gemma": ("<end_of_turn>", "<turn|>", "<|tool_response>", "<eos>", "<pad>", "<bos>"),
    "gpt-oss": ("<|return|>", "<|call|>", "<|end|>", "<|endoftext|>"),
    "glm": ("<|user|>", "<|observation|>", "<|endoftext|>", "<eop>", "[gMASK]", "<sop>"),
    "phi": ("<|end|>", "<|endoftext|>", "<|im_end|>", "<|dummy_85|>"),
    "kimi": ("<|im_end|>", "[EOS]", "[PAD]", "[EOT]"),
    "kimi-k3": ("<|close|>response<|sep|>", "<|close|>message<|sep|>", "<|end_of_msg|>"),
    "minimax": ("[e~[", "]!p~[", "<end_of_sentence>"),
    "seed": ("<seed:eos>", "<seed:pad>"),
    "command": ("<|END_RESPONSE|>", "<|END_TEXT|>", "<|END_OF_TURN_TOKEN|>", "<EOS_TOKEN>", "<PAD>"),
    "exaone": ("[|endofturn|]", "[PAD]"),
    "granite": ("<|end_of_text|>", "<|end_of_role|>"),
    "nemotron": ("<SPECIAL_11>", "<SPECIAL_12>", "<extra_id_1>"),
    "internlm": ("<|im_end|>", "</s>", "[UNUSED_TOKEN_145]"),
    "hunyuan": ("<|eos|>", "<|pad|>", "<｜hy_eos:opensource｜>", "<｜hy_eos｜>"),
    "solar": ("<|end|>", "<|flush|>", "<|calls|>", "<|im:end|>"),
    "muse": ("<|eot|>", "<|eom|>"),
    "inkling": ("<|end_message|>", "<|content_model_end_sampling|>"),
    "plamo": ("<|plamo:tag|>", "<|plamo:eos|>"),
    "pangu": ("[unused10]",),
    "apriel": ("[END FINAL RESPONSE]", "<|end|>"),
    "laguna": ("</assistant>",),
    "reka": ("<sep>",),
    "smolvlm": ("<end_of_utterance>",),
    "code": (  # fill-in-the-middle and repository tokens, of CodeLlama, StarCoder, Granite, Codestral, Qwen
        *("<EOT>", "▁<EOT>", "_<EOT>", "<PRE>", "<SUF>", "<MID>", "▁<PRE>", "▁<SUF>", "▁<MID>"),
        *("<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<fim_pad>", "<reponame>"),
        *("<fim-prefix>", "<fim-suffix>", "<fim-middle>", "<fim-pad>", "<fim-repo>", "<REPO>"),
    ),
    "bert": ("[SEP]", "[CLS]", "[MASK]", "<mask>", "<s>"),
    "others": ("<EOS>", "<eot>", "<END>", "<|EOT|>", "<unk>", "</seq>"),
}
"""The stop and padding tokens of each family of models, as their tokenizers spell them."""

STOP_TOKENS: Final = tuple(dict.fromkeys(chain.from_iterable(STOP_TOKENS_OF.values())))
"""Those of all families."""

LAST_CHARACTERS: Final = frozenset(token[-1] for token in STOP_TOKENS)
"""The characters that stop tokens end in."""
_LONGEST: Final = 64
"""Code points of the longest token that is known by its form."""
_BAR: Final = ("|>", "｜>")
_REASONING: Final = tuple(
    text for one in FORMATS.values() if not one.by_name for text in one.open + one.close
)
"""The marks of reasoning, some of which have the form of a stop token."""
_LAST_WITH_MARKS: Final = LAST_CHARACTERS | {mark[-1] for mark in _REASONING}
_FORM: Final = re.compile(r"<([|｜])[^|｜<>\s]{1,56}\1>")


def parts_of(mark: str) -> tuple[str, ...]:
    """Return the tokens of which a mark of reasoning is made: itself, or those of the form `<|…|>` in it.

    >>> parts_of("[THINK]"), parts_of("<|channel|>final<|message|>")
    (('[THINK]',), ('<|channel|>', '<|message|>'))
    """
    return tuple(re.findall(r"<\|[^<>|]+\|?>", mark)) or (mark.strip(),)


def special_tokens(tokenizer: object) -> tuple[str, ...]:
    """Return the special tokens of a tokenizer of transformers that are no marks of reasoning.

    >>> special_tokens(None)
    ()
    """
    parts = {part for mark in _REASONING for part in parts_of(mark)}
    return tuple(token for token in _special(tokenizer) if token not in parts)


def _special(tokenizer: object) -> tuple[str, ...]:
    """Return the tokens that a tokenizer skips if it decodes without special tokens, and those that pad."""
    added = getattr(tokenizer, "added_tokens_decoder", None)
    given = [*getattr(tokenizer, "all_special_tokens", ())]
    given += [getattr(tokenizer, name, None) for name in ("eos_token", "pad_token")]
    given += [str(one) for one in (added or {}).values() if getattr(one, "special", False)]
    return tuple(dict.fromkeys(token for token in given if isinstance(token, str)))


def text_end(text: str, tokens: Sequence[str] = (), *, marks: bool = False) -> int:
    r"""Return the end of what the policy says in a text, before the stop and padding tokens at its end.

    Blanks behind or between the tokens go with them; those before them, or without any token, stay.

    Args:
        text: a completion.
        tokens: further tokens: a tokenizer's special ones.
        marks: True to leave out marks of reasoning at the end as well, which say nothing behind an answer.

    >>> text_end("so 4<|im_end|>\n<|endoftext|>"), text_end("so 4\n"), text_end("4</think>", marks=True)
    (4, 5, 1)
    """
    end = len(text)
    last_of = _LAST_WITH_MARKS if marks else LAST_CHARACTERS
    if not tokens and text and text[-1] not in last_of and not text[-1].isspace():  # as most texts end
        return end
    further = tuple(token for token in tokens if token)
    while True:
        last = end
        while last and text[last - 1].isspace():
            last -= 1
        begin = _token_before(text, last, further) if last else None
        if begin is None and marks and text.endswith(_REASONING, 0, last):
            begin = last - max(len(mark) for mark in _REASONING if text.endswith(mark, 0, last))
        if begin is None:
            return end
        end = begin


def _token_before(text: str, end: int, further: tuple[str, ...]) -> int | None:
    """Return the start of the token that ends at `end`; None where there is none."""
    if further and text.endswith(further, 0, end):
        return end - max(len(token) for token in further if text.endswith(token, 0, end))
    if text[end - 1] not in LAST_CHARACTERS or text.endswith(_REASONING, 0, end):
        return None
    if text.endswith(STOP_TOKENS, 0, end):
        return end - max(len(token) for token in STOP_TOKENS if text.endswith(token, 0, end))
    if text.endswith(_BAR, 0, end):
        begin = text.rfind("<", max(0, end - _LONGEST), end)
        if begin >= 0 and _FORM.fullmatch(text, begin, end):
            return begin
    return None


def without_stop_tokens(text: str, tokens: Sequence[str] = ()) -> str:
    """Return a text without the stop and padding tokens at its end, for trainers that decode them too.

    >>> without_stop_tokens("so 4<|im_end|><|endoftext|><|endoftext|>")
    'so 4'
    """
    return text[: text_end(text, tokens)]


def holds_only_stop_tokens(text: str) -> bool:
    """Return True if a text, without blanks around it, is one or more stop tokens and nothing else.

    >>> holds_only_stop_tokens("<eos>"), holds_only_stop_tokens("4<eos>"), holds_only_stop_tokens("")
    (True, False, False)
    """
    return bool(text) and text[-1] in LAST_CHARACTERS and text_end(text) == 0
