"""The same real responses through every adapter, here and through a server, must get the same bits.

Each adapter is called as its trainer calls it, by the trainer's own code where it is installed. Prints a
table and writes `build/adapters.json`; exits with 1 unless every adapter is equal to `LocalScorer`.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
warnings.simplefilter("ignore")  # trainers warn of their own deprecations

import numpy as np  # noqa: E402  # the paths come first
from trainer_calls import CALLS, Call, samples_of, tokenize  # noqa: E402

from rewards import LocalScorer, Rollout  # noqa: E402

if TYPE_CHECKING:
    from numpy.typing import NDArray

DATA = Path(os.environ.get("TOUCHSTONE_DATA", ROOT.parent / "shared" / "data"))
SOURCES = ("labelled_rho_math500", "labelled_gsm8k_model_solutions", "labelled_qwen_math_cot100")
SIZE = 500


def responses() -> list[tuple[str, str]]:
    """Responses of models with golds that can be read, evenly from three sources."""
    found: list[tuple[str, str]] = []
    for number, source in enumerate(SOURCES):
        wanted = SIZE * (number + 1) // len(SOURCES) - len(found)
        with (DATA / f"{source}.jsonl").open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        rows = [row for row in rows if row["kind"] == "response"]
        step = len(rows) // (2 * wanted) or 1
        judged = LocalScorer("boxed").score(
            [Rollout(completion=row["response"], ground_truth=row["gold"]) for row in rows[::step]]
        )
        kept = [row for row, total in zip(rows[::step], judged.totals, strict=True) if total == total]  # noqa: PLR0124  # NaN
        found += [(row["response"], row["gold"]) for row in kept[:wanted]]
    return found


def recipe_for(adapter: Call) -> str:
    return "r1-zero" if "tokens" in adapter.lacks else "dapo"


def measured(
    adapter: Call, server: str | None, pairs: list[tuple[str, str]], totals: NDArray[np.float64]
) -> dict[str, object]:
    completions, golds = [text for text, _ in pairs], [gold for _, gold in pairs]
    recipe = recipe_for(adapter)
    started = time.perf_counter()
    made = adapter.make(recipe, **({"server": server} if server else {}))
    values, _ = asyncio.run(adapter.call(made, samples_of(completions, golds)))
    seconds = time.perf_counter() - started
    wanted = totals.astype(np.float32) if adapter.float32 else totals
    return {
        "adapter": adapter.name,
        "framework_version": adapter.version,
        "equal": values == wanted.tolist(),
        "server": server is not None,
        "seconds": round(seconds, 3),
    }


def main() -> int:
    if not DATA.exists():
        print(f"no shared data at {DATA}; name its folder in TOUCHSTONE_DATA")
        return 1
    pairs = responses()
    rollouts = [
        Rollout(completion=text, ground_truth=gold, completion_ids=tokenize(text)) for text, gold in pairs
    ]
    totals = {recipe: LocalScorer(recipe).score(rollouts).totals for recipe in ("dapo", "r1-zero")}
    means = ", ".join(f"{values.mean():.4f} ({recipe})" for recipe, values in totals.items())
    print(f"{len(pairs)} responses; mean total {means}")
    command = [sys.executable, "-c", "from server.cli import serve; serve()", "--address", "127.0.0.1:0"]
    command += ["--recipe", "dapo", "--recipe", "r1-zero"]
    rows: list[dict[str, object]] = []
    print(f"{'adapter':18} {'called by':19} {'scored':7} {'equal':6} {'seconds':>8}")
    with subprocess.Popen(  # noqa: S603  # our own server
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as serving:
        try:
            address = json.loads(serving.stdout.readline())["address"]  # type: ignore[union-attr]  # it is a pipe
            for adapter in CALLS:
                if adapter.missing:
                    print(f"{adapter.name:19} left out: it needs {adapter.missing}")
                    continue
                for server in (None, address):
                    row = measured(adapter, server, pairs, totals[recipe_for(adapter)])
                    rows.append(row)
                    made_by = row["framework_version"] or "a copy of the call"
                    where = "server" if server else "here"
                    print(
                        f"{adapter.name:18} {made_by:19} {where:7} {row['equal']!s:6} {row['seconds']:8.3f} s"
                    )
        finally:
            serving.terminate()
    target = ROOT / "build" / "adapters.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    print(f"wrote {target.relative_to(ROOT)}")
    return int(not all(row["equal"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
