"""The metrics of all processes together."""

from __future__ import annotations

from functools import partial

import pytest
from running import eventually, hanging, right
from scraping import value_at

from rewards import LocalScorer, RemoteScorer, Rollout
from rewards.errors import UnknownRecipeError
from server.telemetry import definitions as of

Start = "Callable[..., ServerProcess]"

METRICS = ("--metrics-address", "127.0.0.1:0")


def test_aggregator_adds_up_the_metrics_of_all_processes(start_server: Start) -> None:
    server = start_server("--recipe", "gsm8k-three-part", "--processes", "2", "--workers", "2", *METRICS)
    value = partial(value_at, server.metrics)
    rollouts = [
        *[right(n) for n in range(600)],
        *[Rollout(completion=rf"<think>x</think> \boxed{{{n}\%}}", ground_truth="-1") for n in range(300)],
        Rollout(completion="no gold"),
    ]
    with RemoteScorer(server.address, "gsm8k-three-part", connections=6) as remote:
        scores = remote.score(rollouts, lenient=True)
        remote.recipes()
    with RemoteScorer(server.address, "gsm8k", patience=5) as remote, pytest.raises(UnknownRecipeError):
        remote.score(rollouts[:1])
    assert scores == LocalScorer("gsm8k-three-part").score(rollouts, lenient=True)
    recipe = "gsm8k-three-part@1"
    assert eventually(lambda: value("touchstone_calls_total", code="INVALID_ARGUMENT") == 1)
    # Each process reports on its own: what one has counted says nothing about another one's.
    assert eventually(lambda: value("touchstone_rollouts_total", recipe=recipe) == len(rollouts))
    assert eventually(lambda: value("touchstone_calls_total", method="ListRecipes", code="OK") == 1)
    assert value("touchstone_rollouts_total", outcome="invalid") == 1
    for status in ("CORRECT", "INCORRECT"):
        expected = sum(one is not None and one.status == status for one in scores.verdicts)
        assert value("touchstone_verdicts_total", status=status) == expected > 0
    for name, values in {of.TOTAL: scores.totals, **scores.components}.items():
        labels = {"recipe": recipe, "component": name}
        found = values[values == values]  # noqa: PLR0124  # no NaN is
        assert value("touchstone_component_values_total", **labels) == len(found)
        assert value("touchstone_component_nans_total", **labels) == len(values) - len(found) - 1
        gain, loss = (
            value("touchstone_component_gain_total", **labels),
            value("touchstone_component_loss_total", **labels),
        )
        assert gain - loss == pytest.approx(found.sum())
        assert gain == pytest.approx(found[found > 0].sum())
    assert value("touchstone_answers_total") == 300  # the others are plain at sight
    assert value("touchstone_judging_seconds_count", method="number") > 0
    assert value("touchstone_pending_bytes") == value("touchstone_pending_rollouts") == 0
    assert value("touchstone_frame_seconds_count") == value("touchstone_frame_seconds_bucket", le="+Inf") > 0
    assert value("touchstone_recipe_info") == 1
    assert value("touchstone_process_resident_memory_bytes", process="1") > 1 << 20

    assert value("touchstone_workers", lane="quick") >= 1

    # A worker is killed when nobody waits for its task any more.
    endless = [hanging(700 + n) for n in range(20)]  # more than can be ended in the time
    with RemoteScorer(server.address, "gsm8k-three-part", timeout=2) as remote:
        verdicts = remote.score(endless).verdicts
    late = sum(verdict is not None and verdict.status == "NOT_JUDGED" for verdict in verdicts)
    assert late > 0
    rollouts += endless
    assert eventually(lambda: value("touchstone_rollouts_total", outcome="not_judged") == late)
    assert eventually(lambda: value("touchstone_worker_kills_total", reason="cancelled") >= 1)

    # Of a process that dies, what it counted stays and its gauges go.
    before = value("touchstone_process_start_time_seconds", process="0")
    first = server.children
    for pid in first:
        server.kill_child(pid)
    assert eventually(lambda: value("touchstone_process_restarts_total") == 2)
    assert eventually(lambda: value("touchstone_processes") == 2)
    assert value("touchstone_rollouts_total", recipe=recipe) == len(rollouts)
    assert value("touchstone_process_start_time_seconds", process="0") > before
    with RemoteScorer(server.address, "gsm8k-three-part") as remote:
        remote.score(rollouts[:10])
    assert eventually(lambda: value("touchstone_rollouts_total") == len(rollouts) + 10)
    assert server.stop() == 0
