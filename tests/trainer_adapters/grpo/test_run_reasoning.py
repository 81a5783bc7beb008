"""Runs whose chat template opens the reasoning or not, with its marks as special tokens or not."""

from __future__ import annotations

import dataclasses
import json
import math
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

import pyarrow.parquet as pq
from click.testing import CliRunner
from tiny_grpo import make_folder, tiny_config
from training_rows import told

from rewards.cli.main import main
from trainer_adapters.grpo.run import build_trainer, train

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations

CONTENTS = "{% for message in messages %}{{ message['content'] }}{% endfor %}"
BY_ROW = "{% if '?' in messages[-1]['content'] %}<think>{% else %}<think></think>{% endif %}"
OPENED = "opens the reasoning"
CLOSED = "opens and closes the reasoning"


@dataclasses.dataclass(frozen=True)
class Case:
    """A template, and completions that end their reasoning (`whole`), or do not (`cut`); `%` is an answer."""

    ends: str
    """The generation prompt."""

    whole: str
    cut: str
    marks: tuple[str, ...]
    special: bool = False
    says: tuple[str, ...] = ()
    without: float = 0.0
    """Reward of a right answer without any reasoning: none, where the template has opened it."""


HARMONY = (
    "<|start|>",
    "<|end|>",
    "<|return|>",
    "<|channel|>",
    "<|message|>",
    "assistant",
    "analysis",
    "final",
)

CASES = {
    "think": Case("<think>", "1</think>%", "1%", ("<think>", "</think>"), says=(OPENED,)),
    "special think": Case(
        "<think>", "1</think>%", "1%", ("<think>", "</think>"), special=True, says=(OPENED,)
    ),
    "think by the policy": Case("", "<think>1</think>%", "<think>1%", ("<think>", "</think>"), without=1.0),
    "magistral": Case("[THINK]", "1[/THINK]%", "1%", ("[THINK]", "[/THINK]"), special=True, says=(OPENED,)),
    "magistral by the policy": Case(
        "", "[THINK]1[/THINK]%", "[THINK]1%", ("[THINK]", "[/THINK]"), special=True, without=1.0
    ),
    "command": Case(
        "<|START_THINKING|>",
        "1<|END_THINKING|>%",
        "1%",
        ("<|START_THINKING|>", "<|END_THINKING|>"),
        special=True,
        says=(OPENED,),
    ),
    "gemma": Case(
        "",
        "<|channel>thought1<channel|>%",
        "<|channel>thought1%",
        ("<|channel>", "thought", "<channel|>"),
        special=True,
        without=1.0,
    ),
    "harmony": Case(
        "<|start|>assistant",
        "<|channel|>analysis<|message|>1<|end|><|start|>assistant<|channel|>final<|message|>%<|return|>",
        "<|channel|>analysis<|message|>1%",
        HARMONY,
        special=True,
        without=1.0,
    ),
    "seed": Case("<seed:think>", "1</seed:think>%", "1%", ("<seed:think>", "</seed:think>"), says=(OPENED,)),
}


class Written:
    """Completes each prompt of a group in four ways, whatever the policy would say."""

    case: Case

    def _generate_single_turn(self, prompt_ids: Any, *_: Any, **__: Any) -> tuple[Any, None]:
        tokenizer = self._tokenizer  # type: ignore[attr-defined]
        found = []
        for at, ids in enumerate(prompt_ids):
            a, b = (int(sign) for sign in tokenizer.decode(ids) if sign in "0123456789")
            form = (self.case.whole, self.case.whole, self.case.cut, "%")[at % 4]
            answer = a + b + (at % 4 == 1)
            text = form.replace("%", rf"\boxed{{{answer}}}")
            found.append(tokenizer(f"{text}<eos>")["input_ids"])
        return found, None


def ran(
    folder: Path,
    case: Case,
    template: str,
    rows: list[dict[str, str]],
    kwargs: dict[str, Any] | None = None,
    **reward: Any,
) -> Any:
    special = [mark for mark in case.marks if not mark.isalpha()] if case.special else []
    make_folder(folder, marks=[*case.marks, "!"], special=special)
    (folder / "template.jinja").write_text(template, "utf-8")
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    config = tiny_config(
        folder,
        {
            "reward": {"recipe": "r1-zero", **reward},
            "data.chat_template": str(folder / "template.jinja"),
            "data.chat_template_kwargs": kwargs or {},
            "data.shuffle": False,
            "generation.max_completion_length": 24,
            "training.max_steps": 1,
            "logging.completions": True,
        },
    )
    trainer = build_trainer(config)
    trainer.__class__ = type("WrittenTrainer", (Written, type(trainer)), {"case": case})
    return train(trainer, config)


def scored_again(folder: Path) -> list[float]:
    """The totals of the table of completions that the run wrote, by the command."""
    command = ["score", str(folder / "out" / "completions"), "--recipe", "r1-zero", "--format", "trl"]
    scored = CliRunner().invoke(main, [*command, "--output", str(folder / "scored.jsonl")])
    assert scored.exit_code == 0, scored.output
    return [json.loads(line)["total"] for line in (folder / "scored.jsonl").read_text("utf-8").splitlines()]


ROWS = [{"prompt": f"{a}+{a}?", "answer": str(2 * a)} for a in range(4)]


@pytest.mark.parametrize("name", CASES)
def test_run_pays_reasoning_of_every_template(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    case = CASES[name]
    trainer = ran(tmp_path, case, f"{CONTENTS}{{% if add_generation_prompt %}}{case.ends}{{% endif %}}", ROWS)
    assert trainer.recipe.last.totals.tolist() == [1.5, 0.5, 0.0, case.without] * 4
    said = [line for line in told(caplog) if "of a row" in line]
    assert len(said) == len(case.says)
    assert all(part in line for part, line in zip(case.says, said, strict=True))
    assert scored_again(tmp_path) == trainer.recipe.last.totals.tolist()
    (entry,) = (entry for entry in trainer.state.log_history if "reward" in entry)
    assert math.isclose(entry["rewards/format/mean"], 0.5, abs_tol=1e-6)


def test_run_finds_out_row_by_row_if_the_template_opens_the_reasoning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As Qwen3's template does with thinking on and off."""
    rows = [{"prompt": f"{a}+{a}{'?!'[a % 2]}", "answer": str(2 * a)} for a in range(4)]
    case = Case("", "1</think>%", "1%", ("<think>", "</think>"))
    trainer = ran(tmp_path, case, CONTENTS + BY_ROW, rows)
    thinking, not_thinking = [1.5, 0.5, 0.0, 0.0], [1.0, 0.0, 1.5, 1.5]
    totals = trainer.recipe.last.totals.tolist()
    assert totals[:4] == totals[8:12] == thinking
    assert totals[4:8] == totals[12:] == not_thinking
    assert [OPENED in line or CLOSED in line for line in told(caplog) if "of a row" in line] == [True] * 2


OPEN, SHUT, FREE = [1.5, 0.5, 0.0, 0.0], [1.0, 0.0, 1.5, 1.5], [1.0, 0.0, 1.0, 1.0]
"""Totals where the template opens the reasoning, opens and closes it, and leaves it to the policy."""

SHIPPED = [
    ("qwen3", {}, FREE),
    ("qwen3", {"enable_thinking": False}, SHUT),
    ("qwen3_5_think", {}, OPEN),
    ("qwen3_5_think", {"enable_thinking": False}, SHUT),
    ("qwen3_5_nothink", {}, SHUT),
    ("deepseek_r1_distill", {}, OPEN),
    ("nemotron_3_nano", {}, OPEN),
    ("nemotron_3_nano", {"enable_thinking": False}, SHUT),
    ("glm4moe", {}, FREE),
    ("glm4moe", {"enable_thinking": False}, SHUT),
]


@pytest.mark.parametrize(("template", "kwargs", "totals"), SHIPPED)
def test_run_reads_the_templates_that_trl_ships(
    template: str, kwargs: dict[str, Any], totals: list[float], tmp_path: Path
) -> None:
    text = (files("trl") / "chat_templates" / f"{template}.jinja").read_text("utf-8")
    case = Case("", "1</think>%", "1%", ("<think>", "</think>"))
    trainer = ran(tmp_path, case, text, ROWS, kwargs)
    assert trainer.recipe.last.totals.tolist() == totals * 4


def test_run_takes_the_setting_for_every_row(tmp_path: Path) -> None:
    case = CASES["think"]
    trainer = ran(tmp_path, case, f"{CONTENTS}<think>", ROWS, think_prefilled=False)
    assert trainer.recipe.last.components["format"].tolist() == [0.0] * 16


def test_run_of_the_command_tells_that_the_template_opens_the_reasoning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With nothing told beforehand: the policy samples, and the file says nothing of reasoning."""
    make_folder(tmp_path, marks=["<think>", "</think>"])
    (tmp_path / "template.jinja").write_text(f"{CONTENTS}<think>", "utf-8")
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    changes = {
        "reward.recipe": "r1-zero",
        "data.chat_template": str(tmp_path / "template.jinja"),
        "logging.completions": True,
        "training.max_steps": 1,
    }
    written = tiny_config(tmp_path, changes).model_dump_json(exclude_unset=True)
    (tmp_path / "file.yaml").write_text(written, "utf-8")
    ran_once = CliRunner().invoke(main, ["train", str(tmp_path / "file.yaml")])
    assert ran_once.exit_code == 0, ran_once.output
    assert [line for line in told(caplog) if OPENED in line and "said once" in line] != []
    (table,) = (tmp_path / "out" / "completions").glob("*.parquet")
    assert pq.read_table(table)["think_prefilled"].to_pylist() == [True] * 16
    assert len(scored_again(tmp_path)) == 16
