"""Which column of a row holds which field of a rollout, and the rollout that a row makes.

Trainers' dumps are known by their columns. What each writes was read from its source:

- TRL 1.16 (`GRPOTrainer.log`): `step`, `prompt`, `completion` (texts or lists of messages), one column for
  each reward function, whatever a reward logged, `advantage`;
- verl 0.10 (`_dump_generations`): `input`, `output`, `gts`, `score`, `step`, and whatever a reward returned;
- OpenRLHF 0.11 (`batch_inference`): `input`, `output`, and `reward` where a reward model ran.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Final

from rewards.analysis.file_formats import Format
from rewards.errors import InvalidParameterError, InvalidRolloutError
from rewards.kinds import nearest
from rewards.rollout import Rollout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

__all__ = ["Columns", "parse_mapping"]

_NAMES: Final[Mapping[Format, Mapping[str, str]]] = {
    Format.TRL: {"score": ""},  # one column a reward function: of several, which one counts must be said
    Format.VERL: {"prompt": "input", "completion": "output", "ground_truth": "gts", "score": "score"},
    Format.OPENRLHF: {"prompt": "input", "completion": "output", "score": "reward"},
}

_SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "prompt": ("problem", "question"),
    "completion": ("response",),
    "ground_truth": ("gold", "answer", "reward_model.ground_truth"),
}
"""Taken where the field's own name is no column, and shown to the user when they are."""

_WHOLE_NUMBERS_AS_TEXT: Final = ("id", "group_id", "ground_truth")
_KEYS_SHOWN: Final = 12


@dataclasses.dataclass(frozen=True, kw_only=True)
class Columns:
    """The column of each field; a dot reaches into a column of objects (`reward_model.ground_truth`)."""

    completion: str = "completion"
    ground_truth: str = "ground_truth"
    prompt: str = "prompt"
    id: str = "id"
    group_id: str = "group_id"
    completion_ids: str = "completion_ids"
    logprobs: str = "logprobs"
    completion_mask: str = "completion_mask"
    finish_reason: str = "finish_reason"
    think_prefilled: str = "think_prefilled"
    metadata: str = "metadata"
    score: str = "score"
    """A score that somebody gave already; not a field of the rollout. Empty where there is none."""

    @classmethod
    def check(cls, mapping: Mapping[str, str]) -> None:
        """Refuse a mapping of fields that there are not.

        Raises:
            InvalidParameterError: naming the nearest field.
        """
        known = [field.name for field in dataclasses.fields(cls)]
        for field in mapping:
            if field not in known:
                message = f"{field!r} is no field{nearest(field, known)}; fields are {', '.join(known)}"
                raise InvalidParameterError(message)

    @classmethod
    def found(cls, row: Mapping[str, object], given: Format | None, mapping: Mapping[str, str]) -> Self:
        """The columns of a file whose first row this is.

        >>> Columns.found({"problem": "1+1?", "gold": "2"}, None, {}).ground_truth
        'gold'
        """
        cls.check(mapping)
        writer = given or _writer_of(row)
        names = dict(_NAMES.get(writer, {})) if writer is not None else {}
        for field, synonyms in _SYNONYMS.items():
            if _at(row, names.get(field, field)) is None:
                there = [name for name in synonyms if _at(row, name) is not None]
                names |= {field: there[0]} if there else {}
        if writer is Format.TRL and len(paying := _reward_columns(row)) == 1:
            names["score"] = paying[0]
        return cls(**(names | dict(mapping)))

    def renamed(self) -> dict[str, str]:
        """The fields that are read from columns of other names."""
        return {
            field: column for field, column in dataclasses.asdict(self).items() if column not in {field, ""}
        }

    def value(self, row: Mapping[str, object], field: str) -> object:
        """What a row holds of a field, as it is; None where it holds nothing."""
        return _at(row, getattr(self, field))

    def text(self, row: Mapping[str, object], field: str) -> str | None:
        """What a row holds of a field, as text: messages are joined; None where it holds no text."""
        text = _text(self.value(row, field), only_assistant=field == "completion")
        if isinstance(text, int) and not isinstance(text, bool):
            return str(text)  # a whole number has one spelling; a float has many
        return text if isinstance(text, str) else None

    def rollout(self, row: Mapping[str, object]) -> Rollout:
        """The rollout on a row.

        Raises:
            InvalidRolloutError: a field is missing or of the wrong type.
        """
        given: dict[str, object] = {}
        for field in dataclasses.fields(Rollout):
            if (value := self.value(row, field.name)) is None:
                continue
            if (
                field.name in _WHOLE_NUMBERS_AS_TEXT
                and isinstance(value, int)
                and not isinstance(value, bool)
            ):
                value = str(value)  # a whole number has one spelling; a float has many
            elif field.name in {"prompt", "completion"}:
                value = _text(value, only_assistant=field.name == "completion")
            given[field.name] = value
        if "completion" not in given:
            shown = ", ".join(repr(key[:60]) for key in list(row)[:_KEYS_SHOWN]) or "nothing"
            message = f"there is no {self.completion!r} here, but {shown}; say --map completion=COLUMN"
            raise InvalidRolloutError(message, field="completion")
        return Rollout(**given)  # type: ignore[arg-type]  # it checks each field itself


def parse_mapping(texts: tuple[str, ...]) -> dict[str, str]:
    """`field=column` pairs, each text one or several by comma.

    Raises:
        InvalidParameterError: something that is no pair.

    >>> parse_mapping(("completion=output,ground_truth=gts",))
    {'completion': 'output', 'ground_truth': 'gts'}
    """
    mapping = {}
    for pair in (pair for text in texts for pair in text.split(",")):
        field, equals, column = (part.strip() for part in pair.partition("="))
        if not (field and equals and column):
            message = f"{pair!r} maps nothing; write field=column, as in completion=output"
            raise InvalidParameterError(message)
        mapping[field] = column
    Columns.check(mapping)
    return mapping


def _writer_of(row: Mapping[str, object]) -> Format | None:
    if {"step", "prompt", "completion", "advantage"} <= row.keys():
        return Format.TRL
    if {"input", "output"} <= row.keys():
        return Format.VERL if "score" in row or "gts" in row else Format.OPENRLHF
    return None


def _reward_columns(row: Mapping[str, object]) -> list[str]:
    """The columns that TRL made of reward functions, or a reward logged as a number."""
    own = {"step", "advantage"}
    return [name for name, value in row.items() if isinstance(value, float) and name not in own]


def _at(row: Mapping[str, object], column: str) -> object:
    if column in row or "." not in column:
        return row.get(column)
    head, _, rest = column.partition(".")
    inner = row.get(head)
    return _at(inner, rest) if isinstance(inner, dict) else None


def _text(value: object, *, only_assistant: bool) -> object:
    """Text as it is, a conversation as what was said in it, and anything else for the rollout to refuse."""
    if not isinstance(value, list) or not all(isinstance(turn, dict) for turn in value):
        return value
    turns = [turn for turn in value if not only_assistant or turn.get("role", "assistant") == "assistant"]
    return "\n".join(_said(turn.get("content")) for turn in turns)


def _said(content: object) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(isinstance(block, dict) for block in content):
        return "".join(str(block.get("text") or "") for block in content)
    return json.dumps(content, default=str)
