"""A page about a finished run: its alarms, its curves and its settings, in one HTML file without scripts."""

from __future__ import annotations

import html
import io
import logging
import math
from typing import TYPE_CHECKING, Any

import yaml
from transformers import TrainerCallback

from trainer_adapters.grpo.watch.log import NAME, read_log

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import TrainerControl, TrainerState, TrainingArguments

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["Report", "write_report"]

logger = logging.getLogger(__name__)

PANELS = (
    ("reward", "reward_std"),
    ("accuracy", "sampled/accuracy"),
    ("groups/all_right", "groups/all_wrong", "groups/informative"),
    ("sampled/groups/all_right", "sampled/groups/all_wrong", "sampled/groups/informative"),
    ("length/mean", "length/p95"),
    ("completions/clipped_ratio", "repetition", "mixing", "gibberish"),
    ("entropy",),
    ("logprob",),
    ("loss", "grad_norm"),
    ("learning_rate",),
)
"""Metrics of each plot."""

STYLE = (
    "body{font:15px sans-serif;max-width:70em;margin:2em auto}"
    "td,th{text-align:left;padding:.2em .8em}pre{background:#f4f4f4;padding:1em}"
)


class Report(TrainerCallback):
    """Write `report.html` from the log when training ends."""

    def __init__(self, config: TrainConfig) -> None:
        self._config = config

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        if state.is_world_process_zero:
            folder = self._config.checkpoints.output_dir
            write_report(
                read_log(folder / NAME), self._config.model_dump(mode="json"), folder / "report.html"
            )


def write_report(lines: list[dict[str, Any]], settings: dict[str, Any], path: Path) -> None:
    """Write the page of a run with this log and these settings."""
    steps = [line for line in lines if "reward" in line]
    rows = "".join(
        f"<tr><td>{line['step']}<td>{html.escape(line['alarm'])}<td>{html.escape(line['action'])}"
        f"<td>{html.escape(line['says'])}"
        for line in lines
        if "alarm" in line
    )
    alarms = (
        f"<table><tr><th>step<th>alarm<th>action<th>what it says{rows}</table>"
        if rows
        else "<p>No alarm.</p>"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    page = (
        f"<!doctype html><meta charset=utf-8><title>GRPO run</title><style>{STYLE}</style><h1>GRPO run</h1>"
        f"<p>{len(steps)} logged steps.</p><h2>Alarms</h2>{alarms}<h2>Curves</h2>"
        f"{_not_finite(steps)}{_curves(steps)}"
        f"<h2>Settings</h2><pre>{html.escape(yaml.safe_dump(settings, sort_keys=False))}</pre>"
    )
    path.write_text(page, "utf-8")


def _not_finite(steps: list[dict[str, Any]]) -> str:
    """Return a sentence for each metric that was NaN or infinite, which no curve can show."""
    found: dict[str, list[str]] = {}
    for line in steps:
        for name, value in line.items():
            if isinstance(value, float) and not math.isfinite(value):
                found.setdefault(name, []).append(f"{value} at step {line['step']}")
    return "".join(
        f"<p>{html.escape(name)} was {html.escape(values[0])}"
        f"{f' and not finite in {len(values) - 1} later steps' if values[1:] else ''}."
        for name, values in found.items()
    )


def _curves(steps: list[dict[str, Any]]) -> str:
    panels = [[name for name in panel if any(_has_value(line, name) for line in steps)] for panel in PANELS]
    panels = [panel for panel in panels if panel]
    if not panels:
        return "<p>Nothing was logged."
    try:
        return _drawn(steps, panels)
    except Exception as error:  # noqa: BLE001  # matplotlib is absent or broken; the rest of the page stands
        logger.warning("logging.report: the page has no curves: %s", error)
        return f"<p>No curves: {html.escape(str(error))}. The numbers are in {NAME}."


def _has_value(line: dict[str, Any], name: str) -> bool:
    return name in line and math.isfinite(line[name])


def _drawn(steps: list[dict[str, Any]], panels: list[list[str]]) -> str:
    from matplotlib.figure import Figure  # noqa: PLC0415  # only at the end of a run

    height = -(-len(panels) // 2)
    figure = Figure(figsize=(11, 2.6 * height), layout="constrained")
    for panel, axes in zip(panels, figure.subplots(height, 2, squeeze=False).flat, strict=False):
        for name in panel:
            known = [(line["step"], line[name]) for line in steps if _has_value(line, name)]
            axes.plot(*zip(*known, strict=True), label=name)
        axes.legend(fontsize="small")
        axes.grid(visible=True, alpha=0.3)
    for axes in figure.axes[len(panels) :]:
        axes.set_visible(False)
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg")
    return drawn.getvalue().partition("<svg")[1] + drawn.getvalue().partition("<svg")[2]
