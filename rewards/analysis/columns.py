"""The mapping of a row's columns to the fields of a rollout.

Trainers' dumps are known by their columns. What each writes was read from its source:

- TRL 1.16 (`GRPOTrainer.log`): `step`, `prompt`, `completion` (texts or lists of messages), one column for
  each reward function, whatever a reward logged, `advantage`;
- verl 0.10 (`_dump_generations`): `input`, `output`, `gts`, `score`, `step`, and whatever a reward returned;
- OpenRLHF 0.11 (`batch_inference`): `input`, `output`, and `reward` where a reward model ran.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Final

from rewards.analysis.cells import at
from rewards.analysis.file_formats import Format
from rewards.analysis.gold_text import gold_of
from rewards.analysis.text_settings import DEFAULT, TextSettings
from rewards.analysis.turns import text_of, was_parsed
from rewards.errors import InvalidCallError, InvalidParameterError, InvalidRolloutError
from rewards.messages import did_you_mean
from rewards.rollout import FIELDS, FreeText, Name, Rollout
from rewards.text.reasoning import Opening

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from rewards.analysis.sample import Sample

__all__ = ["SYNONYMS", "Columns", "boxed", "parse_mapping"]

_NAMES: Final[Mapping[Format, Mapping[str, str]]] = {
    Format.TRL: {"score": ""},  # one column a reward function: of several, which one counts must be said
    Format.VERL: {"prompt": "input", "completion": "output", "ground_truth": "gts", "score": "score"},
    Format.OPENRLHF: {"prompt": "input", "completion": "output", "score": "reward"},
}

SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    "prompt": ("problem", "question", "context_messages", "input", "query"),
    "completion": ("response",),
    "ground_truth": (
        "gold",
        "reward_model.ground_truth",
        "reward_spec.ground_truth",
        "expected_answer",
        "gold_answer",
        "reference_answer",
        "correct_answer",
        "gt",
        "gt_answer",
    ),
}
"""Taken where the field's own name holds nothing, in a whole file or in a row of it; shown to the user.

Of prompts, `context_messages` and `input` are the names in OpenRLHF's data.
"""

_GOLD_OR_ANOTHER: Final[Mapping[str, tuple[type, ...]]] = {
    "Answer": (str, int, float, list),
    "final_answer": (str, int, float, list),
    "target": (str, list),
    "label": (str, list),
}
"""Names of golds and of other things too, each with what it holds where it is a gold.

Taken for a whole file that has no better one, and only where just one of them qualifies.
"""

_WORKED: Final = "solution"
"""Column of worked solutions, in which the gold is; taken where a file has no other gold."""

_ROLES: Final = ("prompt", "completion", "ground_truth", "score")
"""Fields of which no two are ever read from one column."""

_NAMES_OF_FIELDS: Final = {field: field for field in (*FIELDS, "score")}
"""The column of each field unless something else is known; `score` is one that somebody gave already."""

_BARE_ANSWER: Final = "answer"
_KEYS_SHOWN: Final = 12
_SHOWN: Final = 60

_MISSING: Final = {
    "completion": "completion",
    "ground_truth": "gold",
    "score": "score",
    "prompt": "prompt",
}
"""The name in messages of each field that a file may lack."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Columns:
    """The column of each field; a dot reaches into a column of objects (`reward_model.ground_truth`)."""

    names: Mapping[str, str] = dataclasses.field(default_factory=_NAMES_OF_FIELDS.copy)
    """The column of each field of a rollout, and of `score`; empty where there is none."""
    bare_answer: str = ""
    """Bare answers, each of which stands in for a missing completion. Empty where there are none."""
    instead: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Of some fields, further columns: a row that holds nothing in the field's own one is read from these."""
    rewards: tuple[str, ...] = ()
    """The columns of rewards in a dump of TRL's trainers, where there are several."""
    texts: TextSettings = DEFAULT
    """Settings by which golds and completions are read."""

    def __getitem__(self, field: str) -> str:
        return self.names[field]

    @classmethod
    def check(cls, mapping: Mapping[str, str]) -> None:
        """Raise for a mapping of fields that do not exist.

        Raises:
            InvalidParameterError: naming the nearest field; or two fields of one column.
        """
        known = list(_NAMES_OF_FIELDS)
        for field in mapping:
            if field not in known:
                message = f"{field!r} is no field{did_you_mean(field, known)}; fields are {', '.join(known)}"
                raise InvalidParameterError(message)
        _refuse_shared({field: column for field, column in mapping.items() if field in _ROLES})

    @classmethod
    def found(
        cls,
        sample: Sample,
        given: Format | None,
        mapping: Mapping[str, str],
        bare_answer: str | None = None,
        texts: TextSettings = DEFAULT,
    ) -> Self:
        """Find the columns of a file from a sample of it.

        Args:
            sample: its first rows.
            given: what wrote it; by default seen from its columns.
            mapping: the columns of fields, where they are said.
            bare_answer: the column of bare answers, where they are asked for; `answer` is one only where
                it is not the gold.
            texts: settings by which golds and completions are read.

        Raises:
            InvalidParameterError: a mapping to a column that is not there, or of two fields to one column.

        >>> from rewards.analysis.sample import Sample
        >>> rows = [{"problem": "1+1?", "gold": None}, {"problem": "1+2?", "gold": "3"}]
        >>> Columns.found(Sample.of(rows), None, {})["ground_truth"]
        'gold'
        """
        cls.check(mapping)
        said = dict(mapping)
        if bare_answer not in {None, _BARE_ANSWER}:
            said["bare_answer"] = str(bare_answer)
        _refuse_shared({role: said[role] for role in (*_ROLES, "bare_answer") if role in said})
        for field, column in said.items():
            sample.check(column, field)
        writer = given or _writer_of(sample)
        names = _NAMES_OF_FIELDS | dict(_NAMES.get(writer, {}) if writer is not None else {})
        rewards = _reward_columns(sample) if writer is Format.TRL else []
        if len(rewards) == 1:
            names["score"] = rewards[0]
        taken = {column for role, column in said.items() if role in {*_ROLES, "bare_answer"}}
        instead = {}
        for field in _ROLES:
            if field in mapping:
                continue
            columns = [column for column in (names[field], *_synonyms(field)) if column not in taken]
            holding = [column for column in columns if sample.holds(column)]
            if field == "ground_truth" and not holding:
                holding = [column for column in _unsure_golds(sample) if column not in taken]
            names[field] = next(iter((*holding, *columns)), "")
            taken.add(names[field])
            instead[field] = [column for column in columns if column != names[field]]
        names |= said
        if bare_answer == _BARE_ANSWER and _BARE_ANSWER not in {*said.values(), *names.values()}:
            names["bare_answer"] = _BARE_ANSWER
        return cls(
            bare_answer=names.pop("bare_answer", ""),
            names=names,
            instead=tuple((field, tuple(columns)) for field, columns in instead.items() if columns),
            rewards=tuple(rewards if len(rewards) > 1 else ()),
            texts=texts,
        )

    def of(self, field: str) -> tuple[str, ...]:
        """Return the columns that a field is read from, in order of preference."""
        bare = (self.bare_answer,) if field == "completion" and self.bare_answer else ()
        return (self[field], *self._instead(field), *bare)

    def missing(self, field: str, sample: Sample) -> str:
        """Return the message for a field that none of the sampled rows holds."""
        column = self[field]
        names = (
            self.of(field) if field != "ground_truth" else (*self.of(field), *_GOLD_OR_ANOTHER, _BARE_ANSWER)
        )
        others = {
            name: role for role in _ROLES if role != field for name in self.of(role) if sample.holds(name)
        }
        reason = (
            f"{column!r} is null in all of the first {sample.rows} rows; "
            if sample.has(column) and column
            else ""
        )
        used = ", ".join(f"{name!r} as {role}" for name, role in others.items() if name != role)
        used = f" (read are {used})" if used else ""
        near = sample.near([name for name in names if not sample.has(name)])
        unsure = [name for name in _GOLD_OR_ANOTHER if field == "ground_truth" and sample.holds(name)]
        near = f" (it may be in {' or '.join(map(repr, unsure))})" if unsure else near
        columns = f"columns are {sample.listed()}{used}{near}"
        return f"no {_MISSING[field]} here: {reason}{columns}; say --map {field}=COLUMN"

    def _instead(self, field: str) -> tuple[str, ...]:
        return next((columns for name, columns in self.instead if name == field), ())

    def renamed(self) -> dict[str, str]:
        """Return the fields that are read from columns of other names."""
        return {field: column for field, column in self.names.items() if column not in {field, ""}}

    def value(self, row: Mapping[str, object], field: str) -> object:
        """Return a row's value of a field, as it is; None where it holds nothing."""
        value = at(row, self[field])
        if value is None and field in SYNONYMS:
            return next((held for name in self._instead(field) if (held := at(row, name)) is not None), None)
        return value

    def gold(self, row: Mapping[str, object]) -> str | list[str] | None:
        """Return the gold of a row as text, see :func:`rewards.analysis.gold_text.gold_of`.

        >>> Columns().gold({"ground_truth": [5, "6", None]}), Columns().gold({"ground_truth": float("nan")})
        (['5', '6'], None)

        Raises:
            InvalidCallError: the row holds what is no gold.
        """
        return gold_of(self.value(row, "ground_truth"), after=self.texts.gold_after)

    def _gold(self, row: Mapping[str, object]) -> str | list[str] | None:
        try:
            return self.gold(row)
        except InvalidCallError as error:
            raise InvalidRolloutError(str(error), field="ground_truth") from None

    def text(self, row: Mapping[str, object], field: str) -> str | None:
        """Return a row's value of a field as text: messages are joined; None where it holds no text."""
        value = self.value(row, field)
        if isinstance(value, str):  # which nearly all are, in files of millions of rows
            return value
        try:
            text = _digits(text_of(value, field))
        except InvalidRolloutError:
            return None
        return text if isinstance(text, str) else None

    def rollout(self, row: Mapping[str, object]) -> Rollout:
        """Return the rollout of a row.

        Raises:
            InvalidRolloutError: a field is missing or of the wrong type.
        """
        given: dict[str, object] = {}
        try:
            for name, field in FIELDS.items():
                value = self._gold(row) if name == "ground_truth" else self.value(row, name)
                if value is None:
                    continue
                if isinstance(field.kind, Name):
                    value = _digits(value)
                elif isinstance(field.kind, FreeText) and name != "completion":
                    value = text_of(value, name)
                given[name] = value
            if "completion" in given:
                prompt = self.value(row, "prompt")
                given |= self.texts.completion_fields(given["completion"], prompt, given)
            else:
                given["completion"] = self._boxed(row)
            return Rollout(**given)  # type: ignore[arg-type]  # it checks each field itself
        except InvalidRolloutError as error:
            raise InvalidRolloutError(self._with_column(error, row), field=error.field) from error

    def opening(self, row: Mapping[str, object]) -> Opening:
        """Return the reasoning that a row's prompt opens; none where the row itself says whether it does."""
        if self.value(row, "think_prefilled") is not None or was_parsed(self.value(row, "completion")):
            return Opening()
        return self.texts.opening(self.value(row, "prompt"))

    def _boxed(self, row: Mapping[str, object]) -> str:
        """Return the completion made from the bare answer of a row.

        Raises:
            InvalidRolloutError: there is none, or it is of the wrong type.
        """
        bare = at(row, self.bare_answer)
        if bare is None:
            raise InvalidRolloutError(self._without_completion(row), field="completion")
        if isinstance(bare, (list, tuple)) and len(bare) == 1:
            (bare,) = bare
        bare = _digits(bare)
        if not isinstance(bare, str):
            found = (
                f"a list of {len(bare)}"
                if isinstance(bare, (list, tuple))
                else f"of type {type(bare).__name__}"
            )
            message = f"{self.bare_answer!r} is {found}; it must be a string"
            raise InvalidRolloutError(message)
        return boxed(bare)

    def _without_completion(self, row: Mapping[str, object]) -> str:
        if not row:
            return "the object is empty"
        completion = self["completion"]
        if completion in row:
            return f"{completion!r} is null"
        wanted = (
            f"neither {completion!r} nor {self.bare_answer!r}" if self.bare_answer else f"no {completion!r}"
        )
        shown = ", ".join(repr(_cut(key)) for key in list(row)[:_KEYS_SHOWN])
        more = ", ..." if len(row) > _KEYS_SHOWN else ""
        return f"there is {wanted} here, but {shown}{more}; say --map completion=COLUMN"

    def _with_column(self, error: InvalidRolloutError, row: Mapping[str, object]) -> str:
        """Return an error's message, with the column that the field was read from where that is another."""
        if error.field not in FIELDS:
            return str(error)
        columns = [column for column in self.of(error.field) if at(row, column) is not None]
        if not columns or columns[0] == error.field:
            return str(error)
        return f"{error} (read from {_cut(columns[0])!r})"


def boxed(answer: str) -> str:
    r"""Return a bare answer as a completion; one whose braces do not match is none, and must not end our box.

    >>> boxed(r"\{1, 2\}"), boxed(r"6} or \boxed{5")
    ('\\boxed{\\{1, 2\\}}', '')
    """
    depth = 0
    for brace in re.findall(r"\\.|[{}]", answer, re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        if depth < 0:
            return ""
    return rf"\boxed{{{answer}}}" if depth == 0 and not answer.endswith("\\") else ""


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


def _refuse_shared(columns: Mapping[str, str]) -> None:
    """Raise for a column that two fields are mapped to."""
    seen: dict[str, str] = {}
    for field, column in columns.items():
        if (other := seen.setdefault(column, field)) != field:
            message = f"{column!r} cannot be both {other} and {field}; a column is one thing"
            raise InvalidParameterError(message)


def _synonyms(field: str) -> tuple[str, ...]:
    return (field, *SYNONYMS[field]) if field in SYNONYMS else ()


def _unsure_golds(sample: Sample) -> list[str]:
    """Return the column of ambiguous name that holds the golds of a file, as a list of at most one."""
    if sample.holds(_BARE_ANSWER):
        return [_BARE_ANSWER]
    found = [
        column
        for column, types in _GOLD_OR_ANOTHER.items()
        if sample.holds_only(column, types) and not sample.grades(column)
    ]
    if found or not sample.holds(_WORKED):
        return found if len(found) == 1 else []
    return [_WORKED]


def _writer_of(sample: Sample) -> Format | None:
    if all(map(sample.has_own, ("step", "prompt", "completion", "advantage"))):
        return Format.TRL
    if sample.has_own("input") and sample.has_own("output"):
        return Format.VERL if sample.has_own("score") or sample.has_own("gts") else Format.OPENRLHF
    return None


def _reward_columns(sample: Sample) -> list[str]:
    """Return the columns that TRL made of reward functions, or a reward logged as a number."""
    own = {"step", "advantage"}
    return [
        name
        for name in sample.own
        if name not in own and sample.holds_only(name, (float, int)) and not sample.holds_only(name, (int,))
    ]


def _digits(value: object) -> object:
    """A whole number as text: it has one spelling, and a float has many."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
