"""Steps whose loss or gradient is not finite: logged at once, with the true value.

By itself transformers puts the mean of earlier losses in place of a NaN (`logging_nan_inf_filter`, which we
turn off), and looks at the next logged step only, which may come after a checkpoint of broken weights. Left
out: the reaction, which is the alarm `not_finite`.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from accelerate.utils import gather
from transformers import Trainer

__all__ = ["FiniteSteps"]


class FiniteSteps(Trainer):
    """A trainer that logs a non-finite loss or gradient in the step where it occurs, on all processes."""

    _lost: torch.Tensor | None = None
    """True if a loss since the last optimizer step was not finite."""

    def rows_not_finite(self) -> str:
        """Return a phrase about the completions of this process that made the last step so, if known."""
        return ""

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:  # noqa: ANN401  # transformers' signature
        loss = super().training_step(*args, **kwargs)
        lost = ~torch.isfinite(loss.detach()).all()
        self._lost = lost if self._lost is None else self._lost | lost
        return loss

    def _get_grad_norm(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # transformers' signature
        """Return the norm of an optimizer step, and force a log if a process saw a non-finite value."""
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
        """Log, and reset the sum of losses to 0 if it is not finite, since NaN minus NaN is NaN."""
        if "loss" in logs and self.accelerator.optimizer_step_was_skipped:
            logs["step_skipped"] = 1.0  # fp16's scaler, which then tries a smaller scale
        super().log(logs, start_time)
        if not math.isfinite(logs.get("loss", 0.0)):
            self._tr_loss.zero_()
