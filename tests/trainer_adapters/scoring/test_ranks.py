"""Groups that lie across ranks, scored as a whole by real processes that speak gloo."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rewards import Evaluation, LocalScorer, Rollout
from rewards.errors import IncompleteGroupError
from rewards.reward import Batch, GroupReward
from trainer_adapters.scoring.ranks import score_groups
from trainer_adapters.trl import reward_funcs

if TYPE_CHECKING:
    from rewards.evaluation import Context

ROOT = Path(__file__).resolve().parents[3]


@dataclasses.dataclass(frozen=True, kw_only=True)
class LongestOfGroup(GroupReward):
    """1 for the longest completion of a group."""

    def evaluate(self, batch: Batch, context: Context) -> Evaluation:
        del context
        values = np.zeros(len(batch))
        for rows in self.groups(batch):
            values[max(rows, key=lambda row: len(batch[int(row)].completion))] = 1.0
        return Evaluation(values=values)


COMPLETIONS = ["a", "aa", "aaaa", "aaa", "bbb", "b", "bb", "bbbb"]
PROMPTS = ["x"] * 4 + ["y"] * 4


def rollouts() -> list[Rollout]:
    return [
        Rollout(completion=text, prompt=prompt) for text, prompt in zip(COMPLETIONS, PROMPTS, strict=True)
    ]


def test_groups_are_stretches_of_the_batch() -> None:
    scorer = LocalScorer(LongestOfGroup(group_size=4))
    assert score_groups(rollouts(), 4, scorer.score).totals.tolist() == [0, 0, 1, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("size", "rows"), [(3, slice(0, 8)), (8, slice(0, 8))], ids=["torn group", "two prompts"]
)
def test_a_group_that_is_none_is_refused(size: int, rows: slice) -> None:
    scorer = LocalScorer(LongestOfGroup(group_size=size))
    with pytest.raises(IncompleteGroupError, match="num_generations"):
        score_groups(rollouts()[rows], size, scorer.score)


def test_trl_functions_compare_groups() -> None:
    (function,) = reward_funcs(LongestOfGroup(group_size=4))
    assert function(completions=COMPLETIONS, prompts=PROMPTS) == [0, 0, 1, 0, 0, 0, 0, 1]


RANK = """
import json, sys
import torch.distributed as distributed
from test_ranks import COMPLETIONS, PROMPTS, LongestOfGroup
from trainer_adapters.trl import reward_funcs
rank, store = int(sys.argv[1]), sys.argv[2]
distributed.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
mine = slice(0, 3) if rank == 0 else slice(3, 8)
(function,) = reward_funcs(LongestOfGroup(group_size=4))
print(json.dumps(function(completions=COMPLETIONS[mine], prompts=PROMPTS[mine])))
distributed.destroy_process_group()
"""


def test_a_group_across_two_ranks_is_scored_as_one(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="torch is not installed; `make test` installs it")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])}
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", RANK, str(rank), str(tmp_path / "store")],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for rank in range(2)
    ]
    said = [rank.communicate(timeout=100)[0] for rank in ranks]
    assert [json.loads(one.splitlines()[-1]) for one in said] == [[0, 0, 1], [0, 0, 0, 0, 1]]
