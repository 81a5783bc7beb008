"""Weights from a trainer to a vLLM server by way of a file: what stands for NCCL where there is no GPU.

vLLM takes engines of others by name (`--weight-transfer-config '{"backend": "file"}'`), and TRL's clients are
made to send to it; both halves are here. Left out: several servers, shards, machines that share no disk.
"""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.torch import load_file, save_file
from trl.experimental.async_grpo.weight_transfer import WeightTransferClient
from trl.generation.vllm_client import VLLMClient
from vllm.distributed.weight_transfer.base import (
    WeightTransferEngine,
    WeightTransferInitInfo,
    WeightTransferUpdateInfo,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import torch

__all__ = ["FileTransferClient", "FileTransferEngine", "send_by_file"]


@contextlib.contextmanager
def written(weights: Iterable[tuple[str, torch.Tensor]]) -> Iterator[dict[str, str]]:
    """What to tell the server of weights that lie in a file for as long as this lasts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.safetensors"
        save_file({name: weight.contiguous() for name, weight in weights}, path)
        yield {"path": str(path)}


def send_by_file() -> None:
    """Let `GRPOTrainer` in its server mode send weights by a file."""

    def update_named_params(
        self: VLLMClient, _: object, named_params: Iterable[tuple[str, torch.Tensor]]
    ) -> None:
        with written(named_params) as where:
            self._start_weight_update()
            self._post(f"{self.base_url}/update_weights", json={"update_info": where})
            self._finish_weight_update()

    VLLMClient.init_communicator = lambda *_, **__: None
    VLLMClient.update_named_params = update_named_params


@dataclasses.dataclass
class Nothing(WeightTransferInitInfo):
    """There is nothing to set up."""


@dataclasses.dataclass
class Written(WeightTransferUpdateInfo):
    """Where the weights are."""

    path: str


class FileTransferEngine(WeightTransferEngine[Nothing, Written]):
    """The half inside vLLM."""

    init_info_cls = Nothing
    update_info_cls = Written

    def init_transfer_engine(self, init_info: Nothing) -> None:
        """Nothing to do."""

    def start_weight_update(self) -> None:
        """Nothing to do."""

    def finish_weight_update(self) -> None:
        """Nothing to do."""

    def shutdown(self) -> None:
        """Nothing to do."""

    def update_weights(self, update_info: dict[str, Any]) -> None:
        """vLLM's own waits for an accelerator, which is not there."""
        self.receive_weights(self.parse_update_info(update_info))

    def receive_weights(self, update_info: Written) -> None:
        """Load them as those of a checkpoint are loaded."""
        self.model.load_weights(load_file(update_info.path).items())


class FileTransferClient(WeightTransferClient):
    """The half inside the trainer, which pauses and resumes the server as TRL's does."""

    def init_weight_transfer(self) -> None:
        """Wait for the server."""
        self.vllm.wait_for_server_ready()
        self.vllm.init_weight_transfer_engine({})

    def send_weights(self, iterator: Iterable[tuple[str, torch.Tensor]]) -> None:
        """Write them down and say where."""
        with written(iterator) as where:
            self.vllm.start_weight_update()
            self.vllm.update_weights(where)
            self.vllm.finish_weight_update()

    def destroy(self) -> None:
        """Nothing to do."""
