from __future__ import annotations

import base64
import gzip
import json
import math
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from rewards.analysis.report.looks import LOW_WINDOW, CompletionChecks
from rewards.analysis.report.page import SCRIPTS, asset, policy_for
from rewards.cli.exit_codes import SOME_WITHOUT_SCORE
from rewards.cli.report import report
from rewards.rollout import Rollout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Page(HTMLParser):
    """What a browser would see: scripts by their ids, and everything else that loads or runs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.data: dict[str, Any] = {}
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._id: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.elements.append((tag, found))
        self._id = found.get("id") if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._id:
            self.data[self._id] = json.loads(gzip.decompress(base64.b64decode(data)))
            self._id = None

    @property
    def index(self) -> dict[str, Any]:
        return self.data["index"]

    @property
    def texts(self) -> list[dict[str, Any]]:
        blocks = sorted(int(name[6:]) for name in self.data if name.startswith("block-"))
        return [texts for block in blocks for texts in self.data[f"block-{block}"]]


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Page]:
    def make(*rows: object, flags: tuple[str, ...] = (), exit_code: int = 0) -> Page:
        file, out = tmp_path / "rollouts.jsonl", tmp_path / "report.html"
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        ran = CliRunner().invoke(report, [str(file), "-o", str(out), *flags])
        assert ran.exit_code == exit_code, ran.output
        return Page(out.read_text("utf-8"))

    return make


def row(completion: str, **fields: object) -> dict[str, object]:
    return {"completion": completion, "ground_truth": "4", "prompt": "2+2?", **fields}


def test_every_rollout_is_on_the_page_with_its_verdict(made: Callable[..., Page]) -> None:
    page = made(row(r"so \boxed{4}"), row(r"\boxed{5}"), row("no idea", prompt="other"))
    assert page.index["rows"] == 3
    columns = page.index["columns"]
    assert columns["status"] == ["CORRECT", "INCORRECT", "NO_ANSWER"]
    assert columns["total"] == [1, 0, 0]
    assert columns["group"] == [0, 0, 1]
    assert columns["extracted"] == ["4", "5", ""]
    assert page.index["components"] == {"correctness": [1, 0, 0]}
    assert page.index["facts"]["recipe"] == "boxed@1"
    first = page.texts[0]
    assert (first["prompt"], first["completion"], first["golds"]) == ("2+2?", r"so \boxed{4}", ["4"])
    assert first["reason"]
    ((start, end, kind, _),) = first["stretches"]
    assert (kind, first["completion"][start:end]) == ("answer", "4")


def test_repetition_and_other_languages_stand_out_whatever_the_recipe(made: Callable[..., Page]) -> None:
    again = "the same words over and over again " * 3
    page = made(row(f"{again}好的 \\boxed{{4}}"), flags=("--ngram", "3"))
    (repeated,), (language,) = page.index["columns"]["repeated"], page.index["columns"]["language"]
    assert repeated > 0.5
    assert 0.8 < language < 1
    (texts,) = page.texts
    kinds = {kind: texts["completion"][start:end] for start, end, kind, _ in texts["stretches"]}
    assert "over and over" in kinds["repeated"]
    assert kinds["language"] == "好的"


def test_positions_count_as_browsers_do(made: Callable[..., Page]) -> None:
    (texts,) = made(row("\U0001f600\U0001f600 \\boxed{4}")).texts
    units = texts["completion"].encode("utf-16-le")
    ((start, end, _, _),) = texts["stretches"]
    assert units[2 * start : 2 * end].decode("utf-16-le") == "4"


def test_what_is_not_judged_is_null_and_never_0(made: Callable[..., Page]) -> None:
    page = made(row(r"\boxed{4}", ground_truth="{{"), row(r"\boxed{4}", ground_truth=None))
    assert page.index["columns"]["total"] == [None, None]
    assert page.index["columns"]["status"] == ["UNPARSEABLE_GOLD", "BAD"]
    assert "ground_truth" in page.texts[1]["error"]


def test_rows_that_cannot_be_read_are_named(made: Callable[..., Page]) -> None:
    page = made(row(r"\boxed{4}"), "[]", {"prompt": "?"}, exit_code=SOME_WITHOUT_SCORE)
    assert page.index["rows"] == 1
    assert [place for place, _ in page.index["bad"]] == ["rollouts.jsonl:2", "rollouts.jsonl:3"]


def test_a_score_that_is_carried_is_the_total(made: Callable[..., Page]) -> None:
    page = made({"input": "?", "output": "x", "score": 0.5, "step": 1})
    assert page.index["columns"]["total"] == [0.5]
    assert page.index["facts"]["recipe"] == "the score in score"


def test_texts_are_never_markup(made: Callable[..., Page]) -> None:
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\ud800"
    page = made(row(hostile, id=hostile, prompt=hostile, ground_truth=hostile), flags=("--title", "<b>&</b>"))
    assert page.texts[0]["completion"].startswith("</script>")
    assert {tag for tag, _ in page.elements if tag in {"img", "b", "iframe", "object", "link"}} == set()
    code = [found for tag, found in page.elements if tag == "script" and "type" not in found]
    assert len(code) == 1
    assert not any(name.startswith("on") for _, found in page.elements for name in found)


def test_the_page_loads_nothing() -> None:
    html = asset("page.html") + "".join(asset(name) for name in SCRIPTS) + asset("page.css")
    links = set(re.findall(r"https?://[^\s\"']+", html))
    assert links == {"http://www.w3.org/2000/svg"}  # a name, not a place
    assert policy_for("a", "b").startswith("default-src 'none';")
    assert "innerHTML" not in html


def test_long_texts_are_cut_and_say_so(made: Callable[..., Page]) -> None:
    page = made(row("x" * 50 + r" \boxed{4}"), flags=("--most-characters", "20"))
    (texts,) = page.texts
    assert texts["completion"] == "x" * 20 + "\n[cut here: 40 more characters]"
    assert texts["stretches"] == []
    assert page.index["columns"]["characters"] == [60]


def test_more_rows_than_wanted(made: Callable[..., Page]) -> None:
    assert made(*(row(str(n)) for n in range(5)), flags=("--most-rows", "3")).index["rows"] == 3


def test_stretches_of_low_probability_where_tokens_are_known() -> None:
    tokens = [f"t{n} " for n in range(40)]
    logprobs = [-0.1] * 10 + [-5.0] * 12 + [-0.1] * 18
    rollout = Rollout(completion="".join(tokens), logprobs=logprobs)
    look, unknown = CompletionChecks()([rollout, rollout], [tokens, None])
    ((start, end, kind, _),) = look.stretches
    assert kind == "logprob"
    covered = rollout.completion[start:end].split()
    assert {f"t{n}" for n in range(10, 22)} <= set(covered)
    assert len(covered) <= 12 + 2 * LOW_WINDOW
    assert unknown.stretches == ()
    assert look.mean_logprob is not None
    assert math.isclose(look.mean_logprob, sum(logprobs) / len(logprobs), rel_tol=1e-6)
    assert min(look.curve) == -5.0
