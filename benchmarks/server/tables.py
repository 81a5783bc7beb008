"""The measurements as Markdown tables."""

from __future__ import annotations

from typing import Any

__all__ = ["markdown"]

_Lines = list[dict[str, Any]]


def markdown(result: dict[str, _Lines]) -> str:
    tables = [
        _shares({1: result["echo, one process"], 2: result["echo, two processes"]}),
        _growth(result["two against one"]),
    ]
    if result["peers"]:
        tables.append(_peers(result["peers"]))
    return "\n".join(tables)


def _table(head: str, rows: list[str]) -> str:
    columns = head.count("|") - 1
    return "\n".join([head, "|" + "---|" * columns, *rows]) + "\n"


def _shares(by_processes: dict[int, _Lines]) -> str:
    rows = []
    for processes, lines in by_processes.items():
        for line in lines:
            ours, echo = line["figures"]["ours"], line["figures"]["echo"]
            rows.append(
                f"| {line['size']} | {line['kind']} | {processes} | {ours['rollouts_per_second']:,.0f} | "
                f"{line['ratios']['share']:.0%} | {ours['p50_ms']:.1f} | {ours['p99_ms']:.1f} | "
                f"{ours['cpu_us']:.1f} | {echo['cpu_us']:.1f} |"
            )
    return _table(
        "| completions | call | processes | rollouts/s | of the echo's | p50 ms | p99 ms | CPU us | echo |",
        rows,
    )


def _growth(lines: _Lines) -> str:
    rows = []
    for line in lines:
        one, two = line["figures"]["ours 1"], line["figures"]["ours 2"]
        ratios = line["ratios"]
        rows.append(
            f"| {line['size']} | {line['kind']} | {one['rollouts_per_second']:,.0f} | "
            f"{two['rollouts_per_second']:,.0f} | {one['cpu_us']:.1f} | {two['cpu_us']:.1f} | "
            f"{ratios['ours'] - 1:+.0%} | {ratios['echo'] - 1:+.0%} |"
        )
    return _table(
        "| completions | call | rollouts/s, one | two | CPU us, one | two | growth | of the echo's |",
        rows,
    )


def _peers(lines: _Lines) -> str:
    rows = []
    for line in lines:
        ours, json, trainer = (
            f"{line['figures'][name]['rollouts_per_second']:,.0f}" for name in ("ours", "json", "trainer")
        )
        times, alone = (f"{line['ratios'][name]:.0f}" for name in ("json", "trainer"))
        rows.append(f"| {line['size']} | {ours} | {json} | {times} | {trainer} | {alone} |")
    return _table("| completions | ours, stream | JSON server | times | in the trainer | times |", rows)
