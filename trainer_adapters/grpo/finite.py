"""Steps whose loss or gradient is no finite number: told at once, and told as what they are.

By itself transformers puts the mean of earlier losses in place of a NaN (`logging_nan_inf_filter`, which we
turn off), and looks at the next logged step only, which may come after a checkpoint of broken weights. Left
out: what is done about it, which is the alarm `not_finite`.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from accelerate.utils import gather
from transformers import Trainer

__all__ = ["FiniteSteps"]


class FiniteSteps(Trainer):
    """A trainer that logs a step without a finite loss and gradient in that very step, on all processes."""

    _lost: torch.Tensor | None = None
    """Whether a loss since the last optimizer step was not finite."""

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:  # noqa: ANN401  # transformers' signature
        loss = super().training_step(*args, **kwargs)
        lost = ~torch.isfinite(loss.detach()).all()
        self._lost = lost if self._lost is None else self._lost | lost
        return loss

    def _get_grad_norm(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # transformers' signature
        """The norm of each optimizer step, at which all processes agree on whether all was finite."""
        norm = super()._get_grad_norm(*args, **kwargs)
        lost = self._lost if self._lost is not None else torch.zeros((), dtype=torch.bool)
        if norm is not None:
            lost = lost | ~torch.isfinite(torch.as_tensor(norm, device=lost.device))
        self._lost = None
        # Logging gathers the loss, so all processes log or none does.
        if bool(gather(lost.reshape(1).to(self.accelerator.device)).any()):
            self.control.should_log = True
        return norm

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log, and let the sum of the losses begin at 0 again, since NaN less NaN is NaN."""
        if "loss" in logs and self.accelerator.optimizer_step_was_skipped:
            logs["step_skipped"] = 1.0  # fp16's scaler, which then tries a smaller scale
        super().log(logs, start_time)
        if not math.isfinite(logs.get("loss", 0.0)):
            self._tr_loss.zero_()
