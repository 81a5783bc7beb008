"""Real tokenizers with the chat templates of real models."""

from __future__ import annotations

import pytest
from chat_templates import ASK, loop_of, made_tokenizer, rendered, template, trl_templates

from rewards.text.reasoning import opening_of
from trainer_adapters.scoring.tokenizers import TokenizerFacts


@pytest.mark.parametrize("name", sorted({*trl_templates()} - {"llava_next"}))  # it takes no text
def test_facts_show_how_a_template_opens_each_turn(name: str) -> None:
    facts = TokenizerFacts(made_tokenizer(chat_template=template(name)))
    assert facts.opening(ASK) == opening_of(rendered(name, ASK, prompt=True))
    again = facts.opening_after_tool()
    if again is not None:
        assert again == opening_of(rendered(name, [*ASK, *loop_of(name)], prompt=True))
        assert again == facts.opening_after_tool()


def test_a_tokenizer_whose_marks_are_no_special_tokens_loses_none() -> None:
    assert TokenizerFacts(made_tokenizer(["<|im_start|>", "<|im_end|>", "<|end|>"])).decoder.marks == ()
    assert TokenizerFacts(None).decoder.marks == TokenizerFacts(None).special == ()
