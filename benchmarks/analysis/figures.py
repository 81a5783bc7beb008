"""The tables of docs/analysis.md: `python benchmarks/analysis/figures.py FOLDER` with golds and rollouts.

Each row is one run of the command that heads its table, over one file of the folder.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

COMMAND = "from rewards.cli.main import main; main()"


def touchstone(*arguments: object) -> dict[str, object]:
    """What a command prints as JSON."""
    command = [sys.executable, "-c", COMMAND, *map(str, arguments), "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    if ran.returncode > 1:
        raise SystemExit(ran.stderr)
    found: dict[str, object] = json.loads(ran.stdout)
    return found


def table(title: str, headings: list[str], rows: list[list[object]]) -> None:
    """A table in Markdown."""
    print(f"\n{title}\n\n| {' | '.join(headings)} |\n|{'---|' * len(headings)}")
    for row in rows:
        print(f"| {' | '.join(map(str, row))} |")


def percent(part: object, whole: object) -> str:
    """A share with one decimal place."""
    return f"{100 * float(str(part)) / (float(str(whole)) or 1):.1f} %"


def audits(folder: Path) -> None:
    """Every file of golds."""
    rows: list[list[object]] = []
    for file in sorted(folder.glob("gold_*.jsonl")):
        found = touchstone("audit", file)
        golds, judged = found["golds"], found["judged"]
        assert isinstance(judged, dict)
        kinds = {(kind["kind"], kind["judged"]): kind["golds"] for kind in found["kinds"]}  # type: ignore[union-attr]
        worst = [
            f"{kind} {count}" for (kind, how), count in kinds.items() if how != "by value" and kind != "word"
        ]
        wrong = [f"{one['suspicion']} {one['golds']}" for one in found["suspicions"]]  # type: ignore[union-attr]
        shares = [percent(judged[how], golds) for how in ("by value", "as text", "not")]
        rows.append(
            [file.stem, golds, *shares, found["rejected"], ", ".join(worst) or "-", ", ".join(wrong) or "-"]
        )
    headings = ["file", "golds", "by value", "as text", "not", "rejected", "of these", "suspicious"]
    table("`touchstone audit FILE`", headings, rows)


def filters(folder: Path) -> None:
    """Every file of labelled rollouts, by its labels."""
    rows: list[list[object]] = []
    for file in sorted(folder.glob("labelled_*.jsonl")):
        if file.stem == "labelled_grader_unittests":  # bare answers to no problem
            continue
        found = touchstone("filter", file, "--score", "label")
        prompts, fates = found["prompts"], found["fates"]
        assert isinstance(fates, dict)
        shares = [percent(found[which], prompts) for which in ("all_right", "all_wrong")]
        rows.append(
            [
                file.stem,
                prompts,
                found["rollouts"],
                percent(found["passed"], found["judged"]),
                *shares,
                fates["kept"],
            ]
        )
    headings = ["file", "prompts", "rollouts", "passed", "all right", "all wrong", "kept"]
    table("`touchstone filter FILE --score label`", headings, rows)


def stresses(folder: Path) -> None:
    """Every recipe that ships, and what it takes from long honest reasoning."""
    rows: list[list[object]] = []
    for name in (
        "boxed",
        "dapo",
        "gsm8k-layered",
        "gsm8k-three-part",
        "light-r1",
        "logp-modulated",
        "r1-gated",
        "r1-zero",
    ):
        traces = folder / "traces_long_en.jsonl"
        honest = ("--honest", traces, "--map", "completion=reasoning")
        found = touchstone("stress", name, *honest)
        cheats = {cheat["name"]: cheat for cheat in found["cheats"]}  # type: ignore[union-attr]
        best = float(str(found["best"]))
        unsolved = max(float(cheat["earns"]) for cheat in cheats.values() if not cheat["judged_right"])
        taken = [
            f"{one['component']} {-one['mean']:.2f} from {percent(one['share'], 1)}"
            for one in found["honest"]["punished"]  # type: ignore[index]
        ]
        alone = cheats["format only"]["earns"]
        rows.append(
            [
                name,
                "holds" if found["holds"] else "**trap**",
                f"{best:.2f}",
                f"{unsolved:.2f}",
                f"{alone:.2f}",
                "; ".join(taken) or "-",
            ]
        )
    headings = ["recipe", "", "best", "unsolved, at most", "format only", "takes from long honest traces"]
    table(
        "`touchstone stress RECIPE --honest traces_long_en.jsonl --map completion=reasoning`", headings, rows
    )


if __name__ == "__main__":
    data = Path(sys.argv[1])
    audits(data)
    filters(data)
    stresses(data)
