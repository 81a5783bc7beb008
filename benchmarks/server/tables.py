"""The measurements as Markdown tables."""

from __future__ import annotations

from typing import Any

__all__ = ["markdown"]


def markdown(result: dict[str, Any]) -> str:
    figures = {(one["server"], one["size"], one["kind"], one["processes"]): one for one in result["figures"]}
    lines = [
        "| completions | call | processes | rollouts/s | of the echo's | p50 ms | p99 ms | CPU us | echo |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (server, size, kind, processes), one in figures.items():
        if server != "ours":
            continue
        ceiling = figures["echo", size, kind, processes]
        lines.append(
            f"| {size} | {kind} | {processes} | {one['rollouts_per_second']:,.0f} | {one['share']:.0%} | "
            f"{one['p50_ms']:.1f} | {one['p99_ms']:.1f} | {one['cpu_us']:.1f} | {ceiling['cpu_us']:.1f} |"
        )
    if result["trainer"]:
        lines += [
            "",
            "| completions | ours, stream | JSON server | times | in the trainer | times |",
            "|---|---|---|---|---|---|",
        ]
        for size, alone in result["trainer"].items():
            mine = figures["ours", size, "stream", 1]["rollouts_per_second"]
            json_server = figures["json", size, "json", 1]["rollouts_per_second"]
            lines.append(
                f"| {size} | {mine:,.0f} | {json_server:,.0f} | {mine / json_server:.0f} | {alone:,.0f} | "
                f"{mine / alone:.0f} |"
            )
    return "\n".join(lines) + "\n"
