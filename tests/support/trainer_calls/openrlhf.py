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

    from trainer_calls.call import Sample


def _sample(one: Sample) -> tuple[str, str, Any]:
    """The decoded text, the prompt, and the label."""
    return f"{one.templated}{one.written}<|im_end|>", one.templated, _label(one)


def _label(one: Sample) -> Any:
    """The gold; where there are more columns, a row: a mapping, or the JSON of one where it can be."""
    if not one.columns:
        return one.gold
    row = {"answer": one.gold, **one.columns}
    try:
        return json.dumps(row) if len(one.written) % 2 else row
    except TypeError:
        return row


async def call_openrlhf(function: Any, samples: Sequence[Sample]) -> Any:
    """As SingleTurnAgentExecutor._fetch_rewards_via_func does: in a thread, one sample at a time."""
    made = list(map(_sample, samples))
    if has("openrlhf.utils.agent"):
        from openrlhf.utils.agent import SingleTurnAgentExecutor

        executor = SingleTurnAgentExecutor(None)
        executor.reward_func = function
        queries, prompts, labels = (list(column) for column in zip(*made, strict=True))
        found = await executor._fetch_rewards_via_func(queries, prompts, labels)
    else:
        found = await asyncio.gather(
            *(asyncio.to_thread(function, [query], [prompt], [label]) for query, prompt, label in made)
        )
    return [one["rewards"] for one in found], by_name([one["extra_logs"] for one in found])


async def call_openrlhf_http(function: Any, samples: Sequence[Sample]) -> Any:
    """As SingleTurnAgentExecutor._fetch_rewards_via_http does: one POST a sample."""
    server = openrlhf.serve(function, port=0)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/score"
    made = list(map(_sample, samples))
    try:
        if has("openrlhf.utils.agent"):
            found = await _openrlhf_posts(url, made)
        else:
            with ThreadPoolExecutor(4) as threads:
                posts = [threads.submit(_openrlhf_post, url, one) for one in made]
                found = [await asyncio.wrap_future(one) for one in posts]
    finally:
        server.shutdown()
        server.server_close()
    return [one["rewards"] for one in found], by_name([one["extra_logs"] for one in found])


def _openrlhf_post(url: str, sample: tuple[str, str, Any]) -> Any:
    body = dict(zip(("query", "prompts", "labels"), ([one] for one in sample), strict=True))
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=180) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise RuntimeError(error.read().decode()) from None


async def _openrlhf_posts(url: str, made: list[tuple[str, str, Any]]) -> list[Any]:
    """By its own executor, as many at once as one would let it."""
    from openrlhf.utils.agent import SingleTurnAgentExecutor

    executor, at_once = SingleTurnAgentExecutor(url), asyncio.Semaphore(64)

    async def post(sample: tuple[str, str, Any]) -> Any:
        async with at_once:
            try:
                (found,) = await executor._fetch_rewards_via_http(*([one] for one in sample))
            except RuntimeError:  # it has asked five times and keeps no reason
                return await asyncio.to_thread(_openrlhf_post, url, sample)
        return found

    return await asyncio.gather(*map(post, made))


LACKING = frozenset({"tokens", "logprobs", "groups", "mask", "none", "two recipes", "sources", "columns"})

CALLS = [
    Call(
        "openrlhf",
        "openrlhf",
        openrlhf.reward_function,
        call_openrlhf,
        lacks=LACKING,
        templated=True,
        module="openrlhf.utils.agent",
    ),
    Call(
        "openrlhf-http",
        "openrlhf",
        openrlhf.reward_function,
        call_openrlhf_http,
        lacks=LACKING | {"types"},
        templated=True,
        module="openrlhf.utils.agent",
    ),
]
