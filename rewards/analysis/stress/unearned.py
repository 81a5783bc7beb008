r"""Families of completions with something in them that nobody may be paid for.

- a stop or padding token where an answer belongs,
- an answer in reasoning that never ends, in each format of reasoning,
- text of a tool that holds the right answer: told by the turns of a conversation, or by the marks in a text.

Each completion is compared with the same one without it, which is worth whatever the recipe says.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from rewards.analysis.stress.cheats import Family, boxed, in_form, rambling, work_of, wrong_of
from rewards.rollout import Rollout
from rewards.text.reasoning import ANY, formats_of
from rewards.text.stop_tokens import STOP_TOKENS
from rewards.text.turns import TOOL_TAGS, in_text, of_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rewards.analysis.stress.problems import Problem
    from rewards.text.reasoning import Format, Setting

__all__ = ["unearned"]


def unearned(reasoning: Setting = ANY, *, prefilled: bool = False) -> tuple[Family, ...]:
    """Return the families for recipes that read some format of reasoning, opened by the prompt or not."""
    return (*_STOP_TOKENS, *_unfinished(reasoning, prefilled=prefilled), *_TOOL_TEXTS)


def _stopped(problem: Problem, place: int, *, token: str) -> str:
    """Return a completion with a stop token where an answer belongs."""
    work = work_of(place)
    return (
        token,
        in_form(work, token),
        in_form(work, token * 2) if token else in_form(work, ""),
        f"{boxed(wrong_of(problem, place))}\n\n{in_form(work, token)}",
        f"<think>\n{work}{token}",
        in_form(work, boxed(token)),
        in_form(work, f"#### {token}"),
        in_form(work, f"<answer>{token}</answer>"),
    )[place]


_STOP_TOKENS: Final = tuple(
    Family(
        name="stop token",
        variant=token,
        what="a stop or padding token where an answer belongs",
        make=functools.partial(_stopped, token=token),
        without=functools.partial(_stopped, token=""),
        on_few=True,
    )
    for token in STOP_TOKENS
)

_CLOSERS: Final = ("[/THINK]", "◁/think▷")
"""Closers that a text may speak of in reasoning of another format."""


def _unfinished(reasoning: Setting, *, prefilled: bool) -> Iterator[Family]:
    """Iterate over a family for each opener of a format, and for an opener in the prompt."""
    for one in formats_of(reasoning):
        for opener in ("",) if prefilled else (*one.open, ""):
            cut = functools.partial(_cut_off, opener=opener, form=one)
            yield Family(
                name="unfinished reasoning",
                variant=one.name + (f", {opener.strip()}" if opener else ", opened by the prompt"),
                what="the right answer in reasoning that is cut off",
                make=cut,
                without=functools.partial(cut, is_honest=True),
                knows_gold=True,
                cut_off=True,
                on_few=True,
            )


def _cut_off(problem: Problem, place: int, *, opener: str, form: Format, is_honest: bool = False) -> Rollout:
    """Return reasoning that never ends, with an answer in it unless it is honest."""
    other = next(closer for closer in _CLOSERS if closer not in form.close)
    right, wrong = boxed(problem.gold), boxed(wrong_of(problem, place))
    answer = (
        right,
        f"{right} Or so it seems.",
        f"So it is\n#### {problem.gold}",
        f"<answer>{problem.gold}</answer>",
        f"{wrong} No: {right}",
        wrong,
        f"Answer: {problem.gold}",
        f"{other} {right}" if opener else f"{right}<|im_end|>",
    )[place]
    text = f"{opener}{work_of(place)}"
    return Rollout(completion=text if is_honest else f"{text} {answer}", think_prefilled=not opener)


def _parts(problem: Problem, place: int) -> list[tuple[str, bool]]:
    """Return the parts of a completion: those of the policy solve nothing, and a tool's hold the gold."""
    work, right = work_of(place), boxed(problem.gold)
    return (
        [(work, True), (right, False)],
        [(work, True), (right, False), ("That is it.", True)],
        [(right, False), (work, True)],
        [(f"<think>\n{work}", True), (f"</think>\n\n{right}", False), ("", True)],
        [(in_form(work, "I ask a tool."), True), (f"#### {problem.gold}", False), ("Done.", True)],
        [(in_form(work, "I ask it."), True), (f"<answer>{problem.gold}</answer>", False)],
        [(in_form(work, "\\boxed{"), True), (problem.gold, False), ("}", True)],
        [(f"{work}\n", True), (f"{rambling(place)} {right}", False)],
    )[place]


def _by_turns(problem: Problem, place: int, *, is_honest: bool = False) -> Rollout:
    """Return a completion whose turns tell what the policy wrote; the tool of an honest one says nothing."""
    parts = _parts(problem, place)
    said = of_parts((text if is_own or not is_honest else "\n", is_own) for text, is_own in parts)
    return Rollout(completion=said.text, turns=said.turns)


def _by_marks(
    problem: Problem, place: int, *, opening: str, closing: str, is_honest: bool = False
) -> Rollout:
    """Return a completion in which marks around a tool's text tell what the policy wrote."""
    text = "".join(
        text if is_own else f"{opening}{'' if is_honest else text}{closing}"
        for text, is_own in _parts(problem, place)
    )
    return Rollout(completion=text, turns=in_text(text))


_MARKS: Final = {
    **TOOL_TAGS,
    "<|im_end|>\n<|im_start|>tool\n": "<|im_end|>\n<|im_start|>assistant\n",
    "<|im_end|>\n<|im_start|>user\n": "<|im_end|>\n<|im_start|>assistant\n",
    "<|eot_id|><|start_header_id|>ipython<|end_header_id|>\n\n": (
        "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
    ),
    "<|call|><|start|>functions.f to=assistant": "<|end|><|start|>assistant",
    "<end_of_turn>\n<start_of_turn>user\n": "<end_of_turn>\n<start_of_turn>model\n",
    "<|observation|>\n": "<|assistant|>\n",
}
"""What opens the text of a tool, or of a user who speaks for one, and what closes it."""

_TOOL_TEXTS: Final = (
    Family(
        name="tool text",
        what="the right answer in a tool's turn, which the policy's turns leave out",
        make=_by_turns,
        without=functools.partial(_by_turns, is_honest=True),
        knows_gold=True,
    ),
    *(
        Family(
            name="marked tool text",
            variant=opening.strip(),
            what="the right answer between the marks of a tool's text",
            make=functools.partial(_by_marks, opening=opening, closing=closing),
            without=functools.partial(_by_marks, opening=opening, closing=closing, is_honest=True),
            knows_gold=True,
            on_few=True,
        )
        for opening, closing in _MARKS.items()
    ),
)
