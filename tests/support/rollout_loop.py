"""The loop of AsyncGRPO's rollout worker, made in this process instead of one of its own."""

from __future__ import annotations

import queue
import threading
import types
from typing import Any

from tiny_trl import made_tokenizer


def made_loop(kind: type[Any], functions: list[Any], **more: Any) -> Any:  # noqa: ANN401
    """A loop of this kind with these reward functions; it shares nothing with another process."""
    loop = kind(
        model_name="tiny",
        dataset=[],
        reward_funcs=functions,
        processing_class=made_tokenizer(),
        eos_token_ids=[1],
        rollout_buffer=queue.Queue(),
        model_version_value=types.SimpleNamespace(value=0),
        heartbeat_value=types.SimpleNamespace(value=0.0),
        failed_event=threading.Event(),
        exception_info_queue=queue.Queue(),
        metrics_queue=queue.Queue(),
        **more,
    )
    loop._loop.close()  # noqa: SLF001  # its own, for a process of its own
    return loop
