"""OpenRLHF 0.11.2: `SingleTurnAgentExecutor` of `openrlhf/utils/agent.py`."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from trainer_adapters import openrlhf
from trainer_calls.call import Call, by_name, has

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trainer_calls.call import Kinds

PROMPT = "<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n"


def _openrlhf_labels(golds: Sequence[str], kinds: Kinds) -> list[Any]:
    """Golds, or rows where there is more than golds: one of them as a mapping, the others as JSON."""
    if kinds is None:
        return list(golds)
    rows = [{"answer": gold, "kind": kind} for gold, kind in zip(golds, kinds, strict=True)]
    return [rows[0], *(json.dumps(row) for row in rows[1:])]


async def call_openrlhf(
    function: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As SingleTurnAgentExecutor._fetch_rewards_via_func does: in a thread, one sample at a time."""
    queries = [f"{PROMPT}{text}<|im_end|>" for text in completions]
    prompts = [PROMPT] * len(queries)
    golds = _openrlhf_labels(golds, kinds)
    if has("openrlhf.utils.agent"):
        from openrlhf.utils.agent import SingleTurnAgentExecutor

        executor = SingleTurnAgentExecutor(None)
        executor.reward_func = function
        found = await executor._fetch_rewards_via_func(queries, prompts, list(golds))
    else:
        found = await asyncio.gather(
            *(
                asyncio.to_thread(function, [query], [prompt], [gold])
                for query, prompt, gold in zip(queries, prompts, golds, strict=True)
            )
        )
    return [one["rewards"] for one in found], by_name([one["extra_logs"] for one in found])


async def call_openrlhf_http(
    function: Any, completions: Sequence[str], golds: Sequence[str], kinds: Kinds = None
) -> Any:
    """As SingleTurnAgentExecutor._fetch_rewards_via_http does: one POST a sample."""
    server = openrlhf.serve(function, port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/score"

    pairs = list(zip(completions, _openrlhf_labels(golds, kinds), strict=True))
    try:
        if has("openrlhf.utils.agent"):
            found = await _openrlhf_posts(url, pairs)
        else:
            with ThreadPoolExecutor(4) as threads:
                posts = [threads.submit(_openrlhf_post, url, *pair) for pair in pairs]
                found = [await asyncio.wrap_future(one) for one in posts]
    finally:
        server.shutdown()
        server.server_close()
    return [one["rewards"] for one in found], by_name([one["extra_logs"] for one in found])


def _openrlhf_post(url: str, text: str, gold: str) -> Any:
    body = {"query": [f"{PROMPT}{text}<|im_end|>"], "prompts": [PROMPT], "labels": [gold]}
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=180) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise RuntimeError(error.read().decode()) from None


async def _openrlhf_posts(url: str, pairs: list[tuple[str, str]]) -> list[Any]:
    """By its own executor, as many at once as one would let it."""
    from openrlhf.utils.agent import SingleTurnAgentExecutor

    executor, at_once = SingleTurnAgentExecutor(url), asyncio.Semaphore(64)

    async def post(text: str, gold: str) -> Any:
        async with at_once:
            try:
                (found,) = await executor._fetch_rewards_via_http(
                    [f"{PROMPT}{text}<|im_end|>"], [PROMPT], [gold]
                )
            except RuntimeError:  # it has asked five times and keeps no reason
                return await asyncio.to_thread(_openrlhf_post, url, text, gold)
        return found

    return await asyncio.gather(*(post(*pair) for pair in pairs))


CALLS = [
    Call("openrlhf", "openrlhf", openrlhf.reward_function, call_openrlhf, module="openrlhf.utils.agent"),
    Call(
        "openrlhf-http",
        "openrlhf",
        openrlhf.reward_function,
        call_openrlhf_http,
        module="openrlhf.utils.agent",
    ),
]
