r"""OpenRLHF: a recipe as the `reward_func` of a Python file, and over HTTP.

The file that `--reward.remote_url rewards_for_openrlhf.py` names::

    from trainer_adapters.openrlhf import reward_function

    reward_func = reward_function("r1-zero", response_start="<|im_start|>assistant\n")

Or a server of its own, and `--reward.remote_url http://127.0.0.1:5000/score`::

    python -m trainer_adapters.openrlhf r1-zero --response-start '<|im_start|>assistant\n'

OpenRLHF passes prompt and response in one text, special tokens included; the completion is the text
after the prompt. An exception here is logged by OpenRLHF, and training then stops for want of a reward.
Left out: token ids (`tokenize=` counts them anew), log-probabilities, groups: none is passed.
"""

from __future__ import annotations

import argparse
import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from rewards.analysis.cells import as_object
from rewards.errors import InvalidCallError, TouchstoneError
from rewards.text.stop_tokens import without_stop_tokens
from trainer_adapters.scoring.rows import cell
from trainer_adapters.scoring.scorer import Options, Trainer, TrainerScorer, all_but

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Unpack

    from rewards import Recipe, Reward, Rollout

__all__ = ["RewardFunction", "reward_function", "serve"]

TRAINER = Trainer(
    name="OpenRLHF",
    missing_fields=all_but(),
    workaround="take lengths by tokenize=..., and log-probabilities and groups in `touchstone train` or "
    "slime",
    keeps_special_tokens=True,
)
MAX_BODY = 64 * 1024 * 1024
"""Max bytes of one HTTP request; OpenRLHF sends one sample in each."""


def reward_function(
    recipe: Recipe | Reward | str | Path, *, response_start: str | None = None, **options: Unpack[Options]
) -> RewardFunction:
    """Return a recipe as OpenRLHF's `reward_func`.

    Args:
        recipe: a recipe, a reward, or the name or path of a recipe.
        response_start: the text that the chat template writes before a response; only needed if the
            prompt is not found unchanged in the decoded text.
        **options: see :class:`trainer_adapters.scoring.scorer.Options`.

    Raises:
        InvalidParameterError: the recipe needs fields that OpenRLHF does not pass.
    """
    return RewardFunction(TrainerScorer(recipe, TRAINER, options), response_start)


class RewardFunction:
    """A reward function that OpenRLHF calls in a thread, with lists of one."""

    def __init__(self, scorer: TrainerScorer, response_start: str | None) -> None:
        self.scorer = scorer
        self._response_start = response_start

    def __call__(
        self, queries: Sequence[str], prompts: Sequence[str], labels: Sequence[object]
    ) -> dict[str, object]:
        """Return rewards, scores for OpenRLHF's dynamic filtering, and every component to be logged."""
        rollouts = [
            self._rollout(*self._parted(query, prompt), prompt, label)
            for query, prompt, label in zip(queries, prompts, labels, strict=True)
        ]
        scores = self.scorer.scores(rollouts)
        values = self.scorer.values(scores)
        rows = [self.scorer.logs(scores, row) for row in range(len(values))]
        logs = {name: _batch_of_one([row[name] for row in rows]) for name in (rows[0] if rows else ())}
        return {"rewards": _batch_of_one(values), "scores": _batch_of_one(values), "extra_logs": logs}

    def _rollout(self, before: str, completion: str, prompt: str, label: object) -> Rollout:
        """Return a rollout with the label as gold, or with gold and metadata of a label that is a row.

        Raises:
            InvalidCallError: the recipe reads metadata, and the label is a gold alone.
        """
        row = as_object(label)
        if row is None:
            named = self.scorer.options.get("gold")
            reads = [*self.scorer.metadata_keys, *([f"the gold in {named!r}"] if named else [])]
            if not reads or (label is None and not self.scorer.metadata_keys):
                return self.scorer.rollout(completion, gold=label, prompt=prompt, before=before)
            message = (
                f"recipe {self.scorer.summary.title} reads {', '.join(reads)} of a row, "
                "and OpenRLHF passes its label alone: let --data.label_key name a column of mappings (or of "
                'their JSON), such as {"answer": "4", "task": "math"}'
            )
            raise InvalidCallError(message)
        gold = self.scorer.gold_column(row)
        return self.scorer.rollout(completion, gold=cell(row, gold), row=row, prompt=prompt, before=before)

    def _parted(self, query: str, prompt: str) -> tuple[str, str]:
        """Return the text before the response, and the response."""
        _, found, response = query.partition(prompt)
        if self._response_start:
            # As often as the prompt has it: a response may well write it again.
            response = query.split(self._response_start, max(prompt.count(self._response_start), 1))[-1]
            found = self._response_start if self._response_start in query else ""
        if not found:
            message = (
                "the prompt is not in the decoded text as it was; say with response_start=... what the chat "
                "template writes before a response"
            )
            raise InvalidCallError(message)
        return query.removesuffix(response), without_stop_tokens(response)


def _batch_of_one(values: list[float]) -> float | list[float]:
    """Return the value of a batch of one, which OpenRLHF makes a tensor of; a list otherwise."""
    return values[0] if len(values) == 1 else values


def serve(function: RewardFunction, host: str = "127.0.0.1", port: int = 5000) -> ThreadingHTTPServer:
    """Return an HTTP server for OpenRLHF's requests; call `serve_forever` on it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 < length <= MAX_BODY:
                self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                return
            try:
                answer = function(*_fields(json.loads(self.rfile.read(length))))
            except (TouchstoneError, ValueError, TypeError) as error:
                wrong = HTTPStatus.BAD_REQUEST if isinstance(error, ValueError) else HTTPStatus.BAD_GATEWAY
                self._send(wrong, {"error": f"{type(error).__name__}: {error}"})
                return
            self._send(HTTPStatus.OK, answer)

        def do_GET(self) -> None:
            if self.path in ("/", "/health"):
                self._send(HTTPStatus.OK, {"status": "ok", "recipe": function.scorer.summary.title})
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def _send(self, status: HTTPStatus, answer: object) -> None:
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name it has there
            """Log nothing: a line per sample would flood the log."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.socket.listen(1024)  # samples are posted all at once, and one that is not let in waits for seconds
    return server


def _fields(body: object) -> list[Sequence[str]]:
    """Return the lists of a request, in the order in which a reward function takes them.

    Raises:
        InvalidCallError: one is not there.
    """
    if not isinstance(body, dict) or (missing := [name for name in _FIELDS if name not in body]):
        lacks = f"lacks {', '.join(missing)}" if isinstance(body, dict) else f"is a {type(body).__name__}"
        message = f"the request {lacks}; OpenRLHF sends query, prompts and labels, a list of texts each"
        raise InvalidCallError(message)
    return [body[name] for name in _FIELDS]


_FIELDS = ("query", "prompts", "labels")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve a recipe over HTTP to OpenRLHF.")
    parser.add_argument("recipe")
    parser.add_argument("--server", help="HOST:PORT of a Touchstone server; without it, score here")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--response-start", type=lambda text: text.replace("\\n", "\n"))
    given = vars(parser.parse_args())
    where = given.pop("host"), given.pop("port")
    serve(reward_function(**given), *where).serve_forever()
