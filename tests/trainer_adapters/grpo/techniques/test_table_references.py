"""Losses and techniques have the gradients, token by token, of implementations that are not ours."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from grpo_observed import observed, settings_of
from grpo_processes import SUPPORT, process_environment
from grpo_references import (
    REFERENCES,
    by_verl,
    difference,
    expected_by_trl,
    expected_by_verl,
    rows_of_table,
    verl,
)
from tiny_grpo import tiny_config

from trainer_adapters.grpo.run import build_trainer
from trainer_adapters.grpo.techniques.table import Techniques

if TYPE_CHECKING:
    from grpo_observed import Run

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs" / "trainers" / "grpo_references.md").read_text("utf-8")

BASE = "`loss_type: dapo`"
CLOSE = 1e-5
"""The largest difference of a token's gradient, as a share of the largest gradient.

It is float32's rounding, most of it where the rewards of a group differ by little and are divided by that.
"""

TWO = [
    "`loss_type: grpo`",
    "`advantage: {baseline: batch, scale: tokens}` (REINFORCE++)",
    "`advantage: {baseline: mean, scale: tokens}` (its baseline form)",
    "`advantage: {aggregation: normalize_then_sum, scale: tokens}` (GDPO)",
    "`masking`",
    "`masking`, `loss_type: bnpo`",
    "`prompt_mean`",
    "`dppo`",
    "`clip_cov`",
    "`kl_cov`",
]
"""The references that are held by two processes, too."""


def need_verl() -> None:
    pytest.importorskip("verl", reason="verl is not installed; `make test-integrations` installs it")


def run_of(name: str, folder: Path, out: Path) -> Run:
    settings = {**REFERENCES[name].settings, "checkpoints.output_dir": str(out)}
    return observed(build_trainer(tiny_config(folder, settings_of(settings))))


@pytest.fixture(scope="module")
def base(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_of(BASE, made, tmp_path_factory.mktemp("base"))


def test_references_see_all_kinds_of_rows(base: Run) -> None:
    groups = {frozenset(group) for group in base.right.view(-1, base.size).tolist()}
    assert groups == {frozenset({0.0}), frozenset({1.0}), frozenset({0.0, 1.0})}
    mixed = torch.tensor([len(set(group)) > 1 for group in base.right.view(-1, base.size).tolist()])
    masked = [not bool(mixed[one.rows // base.size].any()) for one in base.passes]
    assert 0 < sum(masked) < len(masked)  # some passes hold no completion to learn from
    assert 0 < int(base.truncated.sum()) < len(base.truncated)
    weights = [(one.logps - base.old[one.rows][:, : one.logps.shape[1]]).exp() for one in base.passes]
    assert all(bool((one - 1).abs().max() < 1e-5) for one in weights[:4])
    assert all(bool((one > 1.2).any()) and bool((one < 0.8).any()) for one in weights[4:])


@pytest.mark.parametrize("name", REFERENCES)
def test_technique_has_the_gradients_of_its_reference(
    name: str, base: Run, made: Path, tmp_path: Path
) -> None:
    reference = REFERENCES[name]
    if reference.loss is not None:
        need_verl()
    run = run_of(name, made, tmp_path / "ours")
    if reference.loss is not None:
        expected = expected_by_verl(reference, run)
    else:
        expected = expected_by_trl(reference, made, tmp_path / "plain")
    assert difference(run, expected) < CLOSE
    if name != BASE:  # and it does something
        assert difference(run, [one.gradients for one in base.passes]) > 1e-3


@pytest.mark.parametrize("name", ["`kl_cov`", "`clip_cov`"])
def test_reference_is_not_met_with_a_clip_where_the_method_has_none(
    name: str, made: Path, tmp_path: Path
) -> None:
    need_verl()
    run = run_of(name, made, tmp_path)
    other = REFERENCES[BASE]
    assert difference(run, expected_by_verl(other, run)) > 1e-2


@pytest.mark.parametrize("name", ["`dppo`", "`dppo: {divergence: kl}`"])
def test_dppo_is_around_the_probabilities_of_a_sampler_that_are_not_the_trainers(
    name: str, made: Path, tmp_path: Path
) -> None:
    need_verl()
    mismatch = {"generation.mismatch": {"noise": 0.2, "importance_sampling_correction": False}}
    changes = {**REFERENCES[name].settings, **mismatch, "checkpoints.output_dir": str(tmp_path)}
    run = observed(build_trainer(tiny_config(made, settings_of(changes))))
    assert run.sampling is not None
    first = [(one.logps - run.sampling[one.rows][:, : one.logps.shape[1]]).exp() for one in run.passes[:4]]
    assert all(bool(((one < 0.9) | (one > 1.1)).any()) for one in first)  # before any update
    assert difference(run, expected_by_verl(REFERENCES[name], run)) < CLOSE


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_clip_cov_of_a_share_leaves_as_many_tokens_a_gradient_as_its_reference(
    share: float, made: Path, tmp_path: Path
) -> None:
    """The tokens are drawn at random, so their number is what can be compared."""
    need_verl()
    settings = {"ratio": share, "low": 0.05, "high": 50.0}
    drawn = {
        "loss_mode": "clip_cov",
        "clip_cov_ratio": share,
        "clip_cov_lb": settings["low"],
        "clip_cov_ub": settings["high"],
    }
    reference = dataclasses.replace(
        REFERENCES["`clip_cov`"],
        settings={
            "techniques.clip_cov": settings,
            # No advantage is 0, or some of the tokens that are drawn would have no gradient anyway.
            "techniques.advantage": {"baseline": "batch", "scale": "tokens"},
        },
        loss=verl("clip_cov", advantages=by_verl("reinforce_plus_plus"), policy_loss=drawn),
    )
    changes = {**reference.settings, "checkpoints.output_dir": str(tmp_path)}
    run = observed(build_trainer(tiny_config(made, settings_of(changes))))
    found = [int((one.gradients[0] != 0).sum()) for one in run.passes]
    assert found == [int((one[0] != 0).sum()) for one in expected_by_verl(reference, run)]
    assert 0 < sum(found) < sum(int(run.sampled[one.rows].sum()) for one in run.passes)


def test_techniques_of_two_processes_have_the_gradients_of_their_references(
    made: Path, tmp_path: Path
) -> None:
    need_verl()
    launch = {"launch": {"strategy": "ddp", "nproc": 2, "device": "cpu"}}
    changes: list[dict[str, Any]] = [
        {**REFERENCES[name].settings, **launch, "checkpoints.output_dir": str(tmp_path)} for name in TWO
    ]
    settings = tmp_path / "changes.json"
    settings.write_text(json.dumps(changes), "utf-8")
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    command = [*start, str(SUPPORT / "grpo_observed.py"), str(made), str(settings), str(tmp_path)]
    done = subprocess.run(command, env=process_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    runs = torch.load(tmp_path / "runs-0.pt", weights_only=False)
    for name, run in zip(TWO, runs, strict=True):
        assert run.processes == 2
        assert len(run.rewards) == 2 * 16
        assert difference(run, expected_by_verl(REFERENCES[name], run)) < CLOSE, name


def test_page_has_the_table_of_references() -> None:
    written = [line for line in PAGE.splitlines() if line.startswith("| `")]
    names = list(REFERENCES)
    assert len(written) == len(names)
    figures = {name: row.split(" | ")[3] for name, row in zip(names, written, strict=True)}
    assert written == rows_of_table(figures)
    assert all(float(figure) < CLOSE for figure in figures.values())


def test_every_technique_has_a_reference_or_a_reason() -> None:
    named = {one.partition(".")[0] for row in REFERENCES.values() for one in techniques_of(row.settings)}
    without = set(re.findall(r"^- `(\w+)`", PAGE.split("## Without")[1], re.MULTILINE))
    assert named | without == set(Techniques.model_fields)
    assert named & without == set()


def techniques_of(settings: Any) -> list[str]:
    return [name.removeprefix("techniques.") for name in settings if name.startswith("techniques.")]
