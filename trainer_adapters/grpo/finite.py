"""Steps whose loss, gradient or logits at sampling are not finite: logged at once, with the true value.

By itself transformers puts the mean of earlier losses in place of a NaN (`logging_nan_inf_filter`, which we
turn off), and looks at the next logged step only, which may come after a checkpoint of broken weights. And
it samples by `torch.multinomial`, which raises for such logits (on CUDA it asserts, and the process is lost).
Left out: the reaction, which is the alarm `not_finite`.
"""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any

import torch
from accelerate.utils import gather
from transformers import LogitsProcessor, LogitsProcessorList, Trainer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transformers import PreTrainedModel

__all__ = ["FiniteLogits", "FiniteSteps", "sampling_finite_logits"]


class FiniteLogits(LogitsProcessor):
    """The last processor of logits: where a row cannot be sampled from, it makes all tokens as likely.

    Args:
        by_row: whether the rows of logits are those of the batch at every token, so that `lost` can be told.
    """

    supports_continuous_batching = True

    lost: torch.Tensor | None = None
    """(B,), True for rows with a token whose logits held NaN or infinity, or left no token to sample."""

    def __init__(self, *, by_row: bool) -> None:
        self.by_row = by_row

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        """Return the logits, (B, V), which transformers has copied for its processors."""
        lost = ~scores.amax(dim=-1).isfinite()  # -inf alone is a token that a processor took out
        if self.by_row:
            self.lost = lost if self.lost is None else self.lost | lost
        return scores.masked_fill_(lost.unsqueeze(-1), 0.0)


@contextlib.contextmanager
def sampling_finite_logits(model: PreTrainedModel, *, by_row: bool) -> Iterator[FiniteLogits]:
    """Let generation by transformers go on where logits are not finite, and remember the rows."""
    processor = FiniteLogits(by_row=by_row)
    made = model._get_logits_processor  # noqa: SLF001  # what `generate` and continuous batching both call

    def with_ours(*args: Any, **kwargs: Any) -> LogitsProcessorList:  # noqa: ANN401  # transformers' signature
        return LogitsProcessorList([*made(*args, **kwargs), processor])

    model._get_logits_processor = with_ours  # noqa: SLF001
    try:
        yield processor
    finally:
        del model._get_logits_processor  # noqa: SLF001


class FiniteSteps(Trainer):
    """A trainer that logs a non-finite loss, gradient or logit in its step, on all processes."""

    _lost: torch.Tensor | None = None
    """True if a loss or a logit since the last optimizer step was not finite."""

    def rows_not_finite(self) -> str:
        """Return a phrase about the completions of this process that made the last step so, if known."""
        return ""

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:  # noqa: ANN401  # transformers' signature
        loss = super().training_step(*args, **kwargs)
        self._note_lost(~torch.isfinite(loss.detach()).all())
        return loss

    def _note_lost(self, lost: torch.Tensor) -> None:
        self._lost = lost if self._lost is None else self._lost | lost

    def _get_grad_norm(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # transformers' signature
        """Return the norm of an optimizer step, and force a log if a process saw a non-finite value."""
        norm = super()._get_grad_norm(*args, **kwargs)
        lost = self._lost if self._lost is not None else torch.zeros((), dtype=torch.bool)
        if norm is not None:
            whole = norm.full_tensor() if hasattr(norm, "full_tensor") else norm  # fsdp2 keeps it in parts
            lost = lost | ~torch.isfinite(torch.as_tensor(whole, device=lost.device))
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
