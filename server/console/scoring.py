"""Scorer process of the console: an ordinary client of the server.

It scores over gRPC, so that the console sees what clients get and cannot bypass any limit, and analyses the
completion as the report does. Text is parsed here and not in the supervisor, under a memory limit, in a
process that the supervisor kills on a timeout.

It reads JSON lines from standard input: first the server to connect to, then one line per completion; it
answers each with an HTTP status and a line of JSON.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import resource
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rewards.analysis.columns import Columns
from rewards.analysis.report.gather import ReportData, ScoredByRecipe
from rewards.analysis.report.looks import CompletionChecks
from rewards.analysis.rows import Row
from rewards.answers.comparing.compare import trace
from rewards.answers.limits import Limits
from rewards.client.remote import RemoteScorer, Tls
from rewards.errors import ScorerError, TouchstoneError
from rewards.rollout import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from rewards.analysis.report.gather import Shown
    from rewards.rollout import Rollout
    from rewards.scores import Scores

__all__ = ["REQUEST_FIELDS", "main"]

_MEMORY_BYTES: Final = 4 << 30
_NICENESS: Final = 5
_SCORE_SECONDS: Final = 60.0
_PATIENCE_SECONDS: Final = 5.0
_SHOWN_CHARACTERS: Final = 50_000
"""Maximum characters of a completion that are shown; all of it is scored."""

_SHOWN_STRETCHES: Final = 2000
"""Maximum number of highlighted ranges, as the browser compares them pairwise."""

_TRACED_GOLDS: Final = 8
_MOST_TOKENS: Final = 1_000_000

REQUEST_FIELDS: Final[Mapping[str, type]] = {
    "recipe": str,
    **{name: field.kind.json for name, field in FIELDS.items()},
    "tokens": list,
    "num_tokens": int,
}
"""Allowed fields of a request with their types; the rollout validates the items of lists and objects."""


def main() -> None:
    """Answer requests until end of input."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints, prints to the log
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's reaches us all; the supervisor acts on it
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    os.nice(_NICENESS)
    asking = _Asking(json.loads(sys.stdin.readline() or "{}"))
    for line in sys.stdin:
        status, said = asking.answer(json.loads(line))
        out.write(b"%d %s\n" % (status, json.dumps(said, allow_nan=False).encode()))
        out.flush()


class _Asking:
    def __init__(self, server: Mapping[str, Any]) -> None:
        self._target: str = server["target"]
        self._tls = None
        if server["certificate"]:
            self._tls = Tls(
                root_certificates=Path(server["certificate"]), server_name=server["server_name"] or None
            )
        self._looks = CompletionChecks()

    def answer(self, line: Mapping[str, Any]) -> tuple[int, Mapping[str, object]]:
        """Return the HTTP status and the JSON object of the response."""
        try:
            asked = _asked(line["body"])
            remote = RemoteScorer(
                self._target,
                str(asked.pop("recipe")),
                token=line["token"],
                tls=self._tls,
                timeout=_SCORE_SECONDS,
                patience=_PATIENCE_SECONDS,
            )
            with remote:
                return 200, self._scored(_Remembering(remote), asked)
        except ScorerError as error:
            return 502, {"error": f"the server says: {error}"}
        except (TouchstoneError, ValueError, RecursionError) as error:
            return 400, {"error": str(error) or type(error).__name__}
        except MemoryError:
            return 413, {"error": "that took more memory than the console has"}

    def _scored(self, scorer: _Remembering, asked: dict[str, object]) -> dict[str, object]:
        columns = Columns()
        columns.rollout(asked)  # what is none need not go to the server
        report_data = ReportData(columns, ScoredByRecipe(scorer), self._looks, _SHOWN_CHARACTERS)
        (found,) = report_data([Row(1, asked, "", Path("console"), 1, 0)])
        return _result(found, scorer.scores)


class _Remembering:
    """Scorer wrapper that keeps the full result of the last call."""

    def __init__(self, scorer: RemoteScorer) -> None:
        self._scorer = scorer
        self.scores: Scores

    def score(
        self, rollouts: Sequence[Rollout], *, timeout: float | None = None, lenient: bool = False
    ) -> Scores:
        """See :meth:`rewards.Scorer.score`."""
        self.scores = self._scorer.score(rollouts, timeout=timeout, lenient=lenient)
        return self.scores

    def close(self) -> None:
        """See :meth:`rewards.Scorer.close`."""
        self._scorer.close()


def _asked(body: str) -> dict[str, object]:
    """Parse and validate the fields of a request body.

    Raises:
        ValueError: the body is not JSON, or holds an invalid field.
    """
    try:
        asked = json.loads(body)
    except ValueError as error:
        message = f"the body is no JSON: {error}"
        raise ValueError(message) from error
    if not isinstance(asked, dict):
        message = "the body is no JSON object"
        raise ValueError(message)  # noqa: TRY004  # what is wrong is the text, not a type of ours
    for name, value in asked.items():
        if name not in REQUEST_FIELDS:
            message = f"{name[:60]!r} is no field; fields are {', '.join(REQUEST_FIELDS)}"
            raise ValueError(message)
        if not isinstance(value, wanted := REQUEST_FIELDS[name]):
            message = f"{name} is of type {type(value).__name__}; it must be a {wanted.__name__}"
            raise ValueError(message)  # noqa: TRY004  # as above
    for name in ("recipe", "completion"):
        if not asked.get(name):
            message = f"{name} is empty; a {name} is needed"
            raise ValueError(message)
    if num_tokens := asked.pop("num_tokens", 0):
        if not 0 <= num_tokens <= _MOST_TOKENS:
            message = f"num_tokens is {num_tokens}; it must be between 0 and {_MOST_TOKENS}"
            raise ValueError(message)
        asked["completion_mask"] = [True] * num_tokens  # says how many there are, and nothing else of them
    return {name: value for name, value in asked.items() if value not in ("", [])}


def _result(shown: Shown, scores: Scores) -> dict[str, object]:
    verdict = shown.judged.verdict
    extracted = verdict.extracted if verdict else None
    return {
        "total": _json_number(shown.judged.total),
        "components": _first_row(scores.components),
        "nodes": _first_row(scores.nodes),
        "parts": _first_row(scores.parts),
        "verdict": None if verdict is None else dataclasses.asdict(verdict),
        "look": {
            "repeated n-grams": _json_number(shown.look.repeated),
            "words in en": _json_number(shown.look.in_language),
            "mean log-probability": _json_number(shown.look.mean_logprob),
            "characters": shown.characters,
            "tokens": shown.tokens,
        },
        "texts": {
            "prompt": shown.prompt,
            "completion": shown.completion,
            "golds": shown.golds,
            "extracted": extracted,
            "reason": verdict.reason if verdict else "",
            "error": shown.judged.error,
            "stretches": shown.stretches[:_SHOWN_STRETCHES],
            "curve": shown.look.curve,
        },
        "trace": []
        if extracted is None
        else [_traced(extracted, gold) for gold in shown.golds[:_TRACED_GOLDS]],
        "recipe": scores.recipe,
        "recipe_digest": scores.recipe_digest,
        "environment_digest": scores.environment_digest,
    }


def _traced(answer: str, gold: str) -> list[str]:
    """Return how the judging tiers compare the two; the recipe's verdict, by the server, may be stricter."""
    if len(answer) > Limits().answer_chars or len(gold) > Limits().gold_chars:
        return ["too long to be read"]
    return trace(answer, gold)


def _first_row(columns: Mapping[str, NDArray[np.float64]]) -> dict[str, float | None]:
    return {name: _json_number(float(values[0])) for name, values in columns.items()}


def _json_number(value: float | None) -> float | None:
    """Return None for a missing or non-finite value, as JSON has no NaN."""
    return None if value is None or not math.isfinite(value) else value
