"""The example that learns: its task, its language and its training file. `make arithmetic` runs all of it."""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")


from rewards import LocalScorer, Rollout
from trainer_adapters.grpo.cli import read_changed

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "arithmetic"

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delitem(sys.modules, "task", raising=False)
    import task

    return task


def test_arithmetic_held_out_sums_are_not_trained_on(task: object) -> None:
    known, held_out = task.split()  # type: ignore[attr-defined]
    assert not set(known) & set(held_out)
    assert len(set(known) | set(held_out)) == 10_000


def test_arithmetic_worked_sum_earns_all_there_is_and_survives_its_tokens(task: object) -> None:
    tokenizer = task.tokenizer()  # type: ignore[attr-defined]
    draw = random.Random(0)  # noqa: S311  # which filler word
    rollouts = []
    for one, other in [(0, 0), (7, 8), (99, 99), (58, 67), (5, 90)]:
        ids = tokenizer(task.worked(one, other, draw))["input_ids"]  # type: ignore[attr-defined]
        assert tokenizer.unk_token_id is None
        assert tokenizer.pad_token_id not in ids
        assert len(ids) <= 48
        text = tokenizer.decode(ids, skip_special_tokens=True)
        assert re.search(r"\\boxed\{\d+\}$", text)
        rollouts.append(Rollout(completion=text, ground_truth=str(one + other), completion_ids=ids))
    totals = LocalScorer(FOLDER / "recipe.yaml").score(rollouts).totals
    assert all(totals > 2.2)  # sums like 0 + 0 repeat themselves


def test_arithmetic_model_has_the_size_that_is_said(task: object) -> None:
    model = task.model()  # type: ignore[attr-defined]
    assert 340_000 < sum(one.numel() for one in model.parameters()) < 350_000


def test_arithmetic_training_file_reads() -> None:
    config = read_changed(FOLDER / "config.yaml", ["training.seed=3"])
    assert (config.training.seed, config.launch.device) == (3, "cpu")
