"""A call of an adapter: the entry of each trainer in :mod:`trainer_calls`, and what calls have in common."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import importlib.util
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rewards.text.reasoning import FORMATS, Format

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["LACKS", "Call", "Sample", "Tokenizer", "Turn", "by_name", "has", "samples_of", "tokenize"]


class Turn(NamedTuple):
    """A turn behind the prompt, of the policy (`assistant`) or of somebody else."""

    role: str
    text: str
    thought: str = ""
    """Reasoning: apart from the text in messages, where the trainer parses it; else before it, in marks."""


class Tokenizer:
    """Code points as tokens, so that every text has them and is decoded from them."""

    pad_token_id = 0

    def decode(self, ids: Any, **_: object) -> str:
        return "".join(chr(int(one)) for one in ids)


class SpecialTokens(Tokenizer):
    """The same with a special token of its own, and one that marks reasoning."""

    all_special_tokens = ("<my_eos>", "<think>")

    def apply_chat_template(self, messages: Any, **_: object) -> str:
        return "".join(str(one["content"]) for one in messages)


SPECIAL = SpecialTokens()
DECODE = Tokenizer().decode


def tokenize(text: str) -> list[int]:
    return [ord(sign) for sign in text]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sample:
    """A completion with its row of the data, as a trainer has it before it calls a reward.

    A call passes it on in the form of its trainer: as a text, as token ids with a mask, or as messages.
    """

    said: Sequence[Turn]
    gold: Any = None
    columns: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """The other columns of the row."""

    prompt: str = "q"
    """The user's message."""

    opening: str = ""
    """The text that the chat template writes behind the header of the assistant's turn."""

    stop: str = ""
    """The stop and padding tokens at the end of the completion."""

    marks: Format = FORMATS["think"]
    """The marks that the policy writes around reasoning."""

    def raw(self, turn: Turn) -> str:
        """The text of a turn as the policy writes it."""
        thought = turn.thought and f"{self.marks.open[0]}{turn.thought}{self.marks.close[0]}"
        return thought + turn.text

    @cached_property
    def text(self) -> str:
        """All turns without any markers: a mask of tokens tells them."""
        return "".join(map(self.raw, self.said)) + self.stop

    @property
    def ids(self) -> list[int]:
        """The tokens of `text`."""
        return tokenize(self.text)

    @property
    def mask(self) -> list[int]:
        """1 for each of `ids` that the policy wrote."""
        written = [int(turn.role == "assistant") for turn in self.said for _ in self.raw(turn)]
        return written + [1] * len(self.stop)

    @property
    def written(self) -> str:
        """All turns as the chat template writes them, for trainers that pass the text alone."""
        whole = "<|im_end|>\n".join(
            self.raw(turn) if number == 0 else f"<|im_start|>{turn.role}\n{self.raw(turn)}"
            for number, turn in enumerate(self.said)
        )
        return whole + self.stop

    @property
    def templated(self) -> str:
        """The prompt as the chat template writes it, up to the completion."""
        return f"<|im_start|>user\n{self.prompt}<|im_end|>\n<|im_start|>assistant\n{self.opening}"

    @property
    def asked(self) -> list[dict[str, str]]:
        """The prompt as messages."""
        return [{"role": "user", "content": self.prompt}]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The completion as messages, with reasoning apart from the content."""
        thoughts = [{"reasoning_content": turn.thought} if turn.thought else {} for turn in self.said]
        found = [
            {"role": turn.role, "content": turn.text, **thought}
            for turn, thought in zip(self.said, thoughts, strict=True)
        ]
        found[-1]["content"] += self.stop
        return found


def samples_of(completions: Sequence[str], golds: Sequence[Any]) -> list[Sample]:
    """Samples of one turn each."""
    return [
        Sample(said=[Turn("assistant", text)], gold=gold)
        for text, gold in zip(completions, golds, strict=True)
    ]


LACKS: Final = {
    "tokens": "token ids are not passed: a recipe of lengths is refused, unless tokenize=... counts them",
    "logprobs": "log-probabilities are not passed: a recipe that reads them is refused",
    "groups": "groups are not passed whole: a recipe that compares them is refused",
    "mask": "no mask of tokens is passed: with decode=..., role markers tell the tokens of tools",
    "last word": "the last message is always the policy's: a tool never has the last word",
    "opening": "the end of the prompt is not passed: think_prefilled=... says if it opens the reasoning",
    "prompt": "the prompt is not passed: Rollout.prompt is empty",
    "none": "there is no missing reward: a row that was not judged is an error, or has a chosen value",
    "components": "there is no place for components: they are logged",
    "rows of components": "components are means over a batch",
    "two recipes": "one recipe scores a run, or each in a process or place of its own",
    "sources": "components have no place by data source: the option `source` is refused",
    "columns": "a row is passed by itself: there are no columns of numpy, Arrow or `datasets`",
    "types": "golds travel as JSON",
    "pickle": "what the trainer keeps is made in the process that scores: it is not pickled",
}
"""Everything that some trainer does not pass or take, each with what adapters then do."""


@dataclasses.dataclass(frozen=True)
class Call:
    """One adapter and the way it is called."""

    name: str
    distribution: str
    """What to look for to see whether the trainer is installed."""

    make: Callable[..., Any]
    call: Callable[..., Any]
    """`await call(made, samples)` gives (values, components by name); `column=` is the type of columns."""

    lacks: frozenset[str] = frozenset()
    """The keys of LACKS: what the trainer does not pass or take."""

    float32: bool = False
    """Whether the hook gives back a tensor, which holds float32."""

    templated: bool = False
    """Whether prompts are passed as the chat template wrote them."""

    needs: tuple[str, ...] = ()
    """Modules without which the call cannot be made."""

    module: str = ""
    """The trainer's module that is used where it is there."""

    masked: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """The settings by which the tokens of tools are told."""

    def __post_init__(self) -> None:
        assert self.lacks <= LACKS.keys(), self.lacks - LACKS.keys()

    @property
    def real(self) -> bool:
        """Whether the trainer's own code makes the call."""
        return bool(self.module) and has(self.module)

    @property
    def version(self) -> str | None:
        try:
            return importlib.metadata.version(self.distribution) if self.real else None
        except importlib.metadata.PackageNotFoundError:
            return None

    @property
    def missing(self) -> str:
        return ", ".join(one for one in self.needs if not has(one))


def has(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def by_name(rows: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    return {name: [row.get(name, float("nan")) for row in rows] for name in (rows[0] if rows else {})}
