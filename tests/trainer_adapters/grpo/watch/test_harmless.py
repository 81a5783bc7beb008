"""What watches a run never ends it: where it really fails there is one line, and all steps are made."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("trl", reason="TRL is not installed; `make test` installs it")

from grpo_pages import ALL_ON, checked_page, made_all_steps
from grpo_processes import commanded, finished
from tiny_grpo import tiny_config, with_told_completions
from transformers import TrainerCallback

from trainer_adapters.grpo.run import build_trainer
from trainer_adapters.grpo.watch import alarms, callbacks, watcher
from trainer_adapters.grpo.watch.alarms import ALARMS, Alarm
from trainer_adapters.grpo.watch.harmless import harmless
from trainer_adapters.grpo.watch.log import read_log

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


pytestmark = pytest.mark.filterwarnings("ignore")  # torch and transformers warn of their own deprecations


def test_harmless_are_a_log_and_a_report_that_cannot_be_written(made: Path, tmp_path: Path) -> None:
    for name in ("log.jsonl", "report.html"):
        (tmp_path / "out" / name).mkdir(parents=True)
    said = made_all_steps(commanded(made, tmp_path, ALL_ON))
    for what in ("logging.jsonl", "logging.report"):
        lines = [line for line in said.splitlines() if line.startswith(f"{what} failed")]
        assert len(lines) == 1, said
        assert "training goes on without it: IsADirectoryError" in lines[0]
    assert (tmp_path / "out" / "model.safetensors").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here, which is a full disk")
@pytest.mark.parametrize(
    ("full", "report", "failing"),
    [
        # Nothing may read the log here: /dev/full has no end.
        (("log.jsonl", "log.tmp"), False, ["logging.jsonl", "watch.no_signal"]),
        (("report.html",), True, ["logging.report"]),
    ],
    ids=["log", "report"],
)
def test_harmless_is_a_full_disk(
    made: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    full: tuple[str, ...],
    report: bool,  # noqa: FBT001  # a parameter of the test
    failing: list[str],
) -> None:
    for name in full:
        (tmp_path / name).symlink_to("/dev/full")
    changes: dict[str, Any] = {
        "watch": {"no_signal": {"threshold": -1.0, "patience": 2}},
        "training.max_steps": 4,
        "checkpoints.output_dir": str(tmp_path),
        "logging.report": report,
    }
    trainer = with_told_completions(build_trainer(tiny_config(made, changes)))
    trainer.train()
    assert trainer.state.global_step == 4
    said = [record.getMessage() for record in caplog.records if " failed, " in record.getMessage()]
    assert sorted(line.partition(" failed")[0] for line in said) == failing
    assert all("No space left on device" in line for line in said)
    assert any("no_signal (log)" in record.getMessage() for record in caplog.records)  # heard all the same


@pytest.mark.slow
def test_harmless_is_an_output_folder_that_vanishes(made: Path, tmp_path: Path) -> None:
    done = finished(made, tmp_path / "out", {}, 1, script="grpo_vanishing.py")
    said = made_all_steps(done)
    assert 'RESULT {"steps": 4}' in done.stdout
    assert sum(line.startswith("logging.completions failed") for line in said.splitlines()) == 1
    assert [line["step"] for line in read_log(tmp_path / "out" / "log.jsonl") if "reward" in line] == [
        3,
        4,
    ] or [line["step"] for line in read_log(tmp_path / "out" / "log.jsonl") if "reward" in line] == [2, 3, 4]
    checked_page(tmp_path / "out" / "report.html")


def broken(lines: Sequence[Mapping[str, float]], threshold: float, patience: int) -> bool:
    return bool(lines[0]["absent"] > threshold + patience)


def test_harmless_is_an_alarm_with_a_defect(
    made: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    defect = Alarm(name="all_right", says="", advice=(), threshold=0.0, detect=broken)
    rest = tuple(
        dataclasses.replace(one, threshold=-1.0, patience=2) for one in ALARMS if one.name == "no_signal"
    )
    monkeypatch.setattr(watcher, "ALARMS", (defect, *rest))
    trainer = with_told_completions(
        build_trainer(tiny_config(made, {"checkpoints.output_dir": str(tmp_path)}))
    )
    trainer.train()
    assert trainer.state.global_step == 3
    said = [record.getMessage() for record in caplog.records]
    assert sum(line.startswith("watch.all_right failed") for line in said) == 1
    assert any("no_signal (log)" in line for line in said)
    assert alarms.ALARMS is ALARMS


class Defect(TrainerCallback):
    """Fails where it logs, and is interrupted where it ends."""

    def on_log(self, *args: Any, **kwargs: Any) -> None:
        message = f"{len(args)} of\n{len(kwargs)}"
        raise ValueError(message)

    def on_save(self, *args: Any, **kwargs: Any) -> None:
        self.on_log(*args, **kwargs)

    def on_train_end(self, *_: Any, **__: Any) -> None:
        raise KeyboardInterrupt


def test_every_event_is_guarded_and_an_interruption_is_not(caplog: pytest.LogCaptureFixture) -> None:
    guarded = harmless(Defect(), "logging.wandb")
    events = [name for name in dir(TrainerCallback) if name.startswith("on_")]
    assert len(events) > 10
    assert all(name in vars(guarded) for name in events)
    for _ in range(3):
        guarded.on_log(1, model=1)
        guarded.on_save(1)
    assert [record.getMessage() for record in caplog.records] == [
        "logging.wandb failed, and training goes on without it: ValueError: 1 of 1"
    ]
    with pytest.raises(KeyboardInterrupt):
        guarded.on_train_end()


def test_all_that_watches_is_guarded(made: Path, tmp_path: Path) -> None:
    changes = {**ALL_ON, "checkpoints.output_dir": str(tmp_path)}
    trainer = build_trainer(tiny_config(made, changes))
    ours = callbacks(tiny_config(made, changes), trainer.recipe)
    assert len(ours) == 4
    for callback in ours:
        assert "on_log" in vars(callback)


@pytest.mark.parametrize("name", ["wandb", pytest.param("tensorboard", marks=pytest.mark.slow)])
def test_guarded_tracker_that_is_not_installed_is_one_line_at_the_start(
    made: Path, tmp_path: Path, name: str
) -> None:
    absent = {"wandb": ["wandb"], "tensorboard": ["tensorboard", "tensorboardX"]}[name]
    done = commanded(made, tmp_path, {f"logging.{name}": True}, without=absent)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert f"logging.{name}: {name} is not installed" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()
