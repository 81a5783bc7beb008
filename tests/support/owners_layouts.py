"""Rows in the layouts of public data sets and of trainers: their columns and nesting, not their contents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Layout(NamedTuple):
    """The columns of a data set."""

    row: Callable[[str, str], dict[str, Any]]
    """Makes the row of a problem and its answer."""

    flags: tuple[str, ...] = ()
    """The flag that the commands need, if any."""

    settings: Mapping[str, Any] = {}
    """The setting under `data` that a run needs, if any."""

    is_parquet: bool = False


def asked(problem: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": problem}]


AFTER = Layout(
    lambda problem, answer: {"question": problem, "answer": f"One adds <<1+1=2>> them.\n#### {answer}"},
    ("--gold-after", "####"),
    {"gold_after": "####"},
)

LAYOUTS: Mapping[str, Layout] = {
    "openai/gsm8k": AFTER,
    "DAPO-Math-17k": Layout(
        lambda problem, answer: {
            "data_source": "math_dapo",
            "prompt": asked(problem),
            "ability": "MATH",
            "reward_model": {"ground_truth": answer, "style": "rule-lighteval/MATH_v2"},
            "extra_info": {"index": "9a9b6eb4"},
        },
        is_parquet=True,
    ),
    "OpenR1-Math": Layout(
        lambda problem, answer: {
            "problem": problem,
            "solution": f"One adds them, so $\\boxed{{{answer}}}$.",
            "answer": answer,
            "problem_type": "Algebra",
            "source": "olympiads",
            "uuid": "e1",
            "generations": ["<think>", "</think>"],
            "correctness_math_verify": [True, False],
            "finish_reasons": None,
            "messages": asked(problem),
        },
        settings={"columns": {"ground_truth": "answer"}},
    ),
    "NuminaMath-CoT": Layout(
        lambda problem, answer: {
            "source": "cn_k12",
            "problem": problem,
            "solution": f"One adds them, so $\\boxed{{{answer}}}$.",
            "messages": [*asked(problem), {"role": "assistant", "content": "One adds them."}],
        },
    ),
    "DeepScaleR": Layout(
        lambda problem, answer: {"problem": problem, "answer": answer, "solution": "One adds them."},
        settings={"columns": {"ground_truth": "answer"}},
    ),
    "TRL conversational": Layout(
        lambda problem, answer: {"prompt": asked(problem), "solution": f"$\\boxed{{{answer}}}$"}
    ),
    "OpenRLHF": Layout(lambda problem, answer: {"input": problem, "label": answer}),
    "OpenRLHF, messages": Layout(
        lambda problem, answer: {
            "datasource": "math",
            "context_messages": asked(problem),
            "label": answer,
        }
    ),
    "OpenRLHF, answers": Layout(lambda problem, answer: {"input": problem, "answer": answer}),
    "SkyRL": Layout(
        lambda problem, answer: {
            "data_source": "gsm8k",
            "prompt": asked(problem),
            "env_class": "gsm8k",
            "reward_spec": {"method": "rule", "ground_truth": answer},
            "extra_info": {"split": "train"},
        },
        is_parquet=True,
    ),
    "verl, JSON text": Layout(
        lambda problem, answer: {
            "prompt": asked(problem),
            "reward_model": json.dumps({"style": "rule", "ground_truth": answer}),
        }
    ),
}
"""The layouts, by the data set or trainer that has them."""
