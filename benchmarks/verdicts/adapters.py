"""One small adapter per grader, loaded inside that grader's own process.

An adapter is made once (imports, warm-up) and then called as ``adapter(gold, text)``, where `text` is
either a full response or an answer that the harness has already cut out and dressed the way that
serves this grader best (:func:`dress`). It returns True, False, or None for 'could not judge'.

Every gold is handed over the way that serves the grader: in dollars where its parser wants LaTeX
delimiters, bare where it compares strings. A real run with bare golds is worse for the graders that
need dollars; ``trl-bare`` is there to show by how much.

This file runs in the peers' environment, so it imports nothing of ours at the top.
"""

# ruff: noqa: PLC0415, SLF001  (each grader is imported only in its own process, and used as it is)

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from collections.abc import Callable

__all__ = ["ADAPTERS", "Adapter", "dress"]

Adapter = Callable[[str, str], "bool | None"]


def dress(grader: str, answer: str) -> str:
    """An answer without its surroundings, as the text that `grader` reads best."""
    if grader == "verl-math-dapo":
        return f"Answer: {answer}"
    bare = _bare(answer)
    # a backslash at the end would escape the brace that closes the box
    return (
        f"The answer is \\boxed{{{bare} }}." if bare.endswith("\\") else f"The answer is \\boxed{{{bare}}}."
    )


def _bare(text: str) -> str:
    """`text` without the dollars around it, if they are one pair around all of it."""
    inner = text.strip()
    for mark in ("$$", "$"):
        if inner.startswith(mark) and inner.endswith(mark) and len(inner) > 2 * len(mark):
            candidate = inner[len(mark) : -len(mark)]
            if "$" not in candidate:
                return candidate.strip()
    return inner


def _dollars(gold: str) -> str:
    return gold if "$" in gold.replace("\\$", "") or "\\boxed" in gold else f"${gold}$"


def _skip_package_start(name: str) -> None:
    """Let `name`'s modules be imported without running its ``__init__``, which would pull in a trainer."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        message = f"{name} is not installed"
        raise ModuleNotFoundError(message)
    package = types.ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules[name] = package


def _verl(module: str) -> types.ModuleType:
    for package in ("verl", "verl.utils", "verl.utils.reward_score"):
        if package not in sys.modules:
            _skip_package_start(package)
    return importlib.import_module(f"verl.utils.reward_score.{module}")


def _math_verify() -> Adapter:
    from math_verify import parse, verify

    def grade(gold: str, text: str) -> bool | None:
        target = parse(_dollars(gold))
        return bool(verify(target, parse(text))) if target else None

    return grade


def _trl(gold_form: Callable[[str], str]) -> Adapter:
    from trl.rewards.accuracy_rewards import accuracy_reward

    def grade(gold: str, text: str) -> bool | None:
        reward = accuracy_reward([[{"role": "assistant", "content": text}]], [gold_form(gold)])[0]
        return None if reward is None else reward > 0

    return grade


def _verl_math_verify() -> Adapter:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    grader = _verl("math_verify")
    # four spawned workers are its default; one is enough for answers that come one at a time
    one_worker = ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("fork"))
    setattr(grader, "_pool", one_worker)  # noqa: B010
    return lambda gold, text: grader.compute_score(text, _bare(gold)) > 0


def _verl_math_reward() -> Adapter:
    grader = _verl("math_reward")
    return lambda gold, text: grader.compute_score(text, _bare(gold)) > 0


def _verl_math_dapo() -> Adapter:
    grader = _verl("math_dapo")
    return lambda gold, text: grader.compute_score(text, _bare(gold))["score"] > 0


def _verl_prime_module() -> types.ModuleType:
    """prime_math with verl's own time limits; ``Metric``, which needs torch and is never used, is empty."""
    for package in ("verl", "verl.utils"):
        _skip_package_start(package)
    metric = types.ModuleType("verl.utils.metric")
    metric.Metric = type("Metric", (), {})  # type: ignore[attr-defined]
    sys.modules["verl.utils.metric"] = metric
    return _verl("prime_math")


def _verl_prime_math() -> Adapter:
    grader = _verl_prime_module()
    return lambda gold, text: bool(grader.compute_score(text, _bare(gold))[0])


def _prm800k() -> Adapter:
    """PRM800K's grade_answer, as verl carries it; it grades an answer, so the last box is cut out first."""
    grader = _verl_prime_module()

    def grade(gold: str, text: str) -> bool:
        box = grader._last_boxed_only_string(text)
        return box is not None and bool(grader.grade_answer(box, _bare(gold)))

    return grade


def _qwen_math_equal() -> Adapter:
    for package in ("evalscope", "evalscope.metrics"):
        _skip_package_start(package)
    grader = importlib.import_module("evalscope.metrics.math_parser")

    def grade(gold: str, text: str) -> bool:
        answer = grader.extract_answer(text)
        return bool(
            grader.math_equal(grader.strip_answer_string(answer), grader.strip_answer_string(_bare(gold)))
        )

    return grade


def _touchstone() -> Adapter:
    from rewards import BoxedCorrectness, Rollout

    reward = BoxedCorrectness()

    def grade(gold: str, text: str) -> bool | None:
        value = float(reward([Rollout(id="0", completion=text, ground_truth=gold)])[0])
        return None if value != value else value > 0  # noqa: PLR0124  (NaN: not judged)

    return grade


ADAPTERS: dict[str, Callable[[], Adapter]] = {
    "touchstone": _touchstone,
    "math-verify": _math_verify,
    "trl": lambda: _trl(_dollars),
    "trl-bare": lambda: _trl(_bare),
    "verl-math-verify": _verl_math_verify,
    "verl-prime-math": _verl_prime_math,
    "verl-math-reward": _verl_math_reward,
    "verl-math-dapo": _verl_math_dapo,
    "prm800k": _prm800k,
    "qwen-math-equal": _qwen_math_equal,
}
"""Every grader by name; the value makes its adapter."""
