"""The schema of the file that `touchstone train` reads, section by section; an unknown name is an error.

Left out: the settings of the algorithm, which stand in :mod:`trainer_adapters.grpo.algorithm`; reading a file
and its preset, in :mod:`trainer_adapters.grpo.reading`; and which settings contradict one another, in
:mod:`trainer_adapters.grpo.validation`.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # pydantic reads annotations
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from trainer_adapters.grpo.algorithm import Algorithm, Techniques

if TYPE_CHECKING:
    from typing import Self

__all__ = ["TrainConfig"]

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A part of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Lora(Section):
    """Train low-rank adapters instead of all weights (needs peft)."""

    r: Count = 16
    alpha: Count = 32
    dropout: Share = 0.0
    target_modules: list[str] | Literal["all-linear"] = "all-linear"


class Model(Section):
    """The policy."""

    path: str
    """A folder, or a name on the Hugging Face Hub."""

    revision: str | None = None
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "float32"
    """What the weights are kept in; `training.precision` is what is computed in. At the learning rates of
    GRPO most updates of a bfloat16 weight are rounded away."""

    attn_implementation: str | None = None
    trust_remote_code: bool = False
    lora: Lora | None = None


class Columns(Section):
    """Which columns of the data hold what."""

    prompt: str = "prompt"
    """Text, or a list of messages."""

    ground_truth: str | None = None
    """By default the first of `ground_truth`, `solution` and `answer` that is there."""

    keep: list[str] = []
    """Further columns, which the recipe routes by."""


class Data(Section):
    """The prompts and their gold answers."""

    path: str | None = None
    """A `.jsonl`, `.json` or `.parquet` file, or several by a pattern; relative to where the command runs."""

    dataset: str | None = None
    """Instead: a data set on the Hugging Face Hub, or a folder that `datasets` can load."""

    configuration: str | None = None
    """Which configuration of that data set."""

    split: str = "train"
    columns: Columns = Columns()

    gold_after: str | None = Field(default=None, min_length=1)
    """The text that stands before the gold in its column, where that holds a worked solution: `"####"` for
    GSM8K. What follows its last occurrence, up to the end of that line, is the gold."""

    system_prompt: str | None = None
    """Put before every prompt, which then is a conversation."""

    conversational: bool | None = None
    """Whether a text prompt becomes a user's message; by default, if the tokenizer has a chat template."""

    chat_template: Path | None = None
    """A Jinja file instead of the tokenizer's own template."""

    chat_template_kwargs: dict[str, Any] = {}
    """Passed to the template (`enable_thinking: false`, say)."""

    limit: Count | None = None
    """Only the first so many rows."""

    max_prompt_tokens: Count | None = None
    """Longer prompts are left out, and how many is said."""

    shuffle: bool = True

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.path is None) == (self.dataset is None):
            message = "name the data by exactly one of path and dataset"
            raise ValueError(message)
        return self


class Reward(Section):
    """Which recipe scores, and where."""

    recipe: str
    """The name or the path of a recipe."""

    server: list[str] = []
    """`host:port` of verification servers; without one, every rank scores in its own process."""

    timeout: float | None = Field(default=None, gt=0)
    """Seconds for one call; what is not judged by then is left out of the step."""

    patience: float = Field(default=1800.0, ge=0)
    """Seconds to wait for a server that does not answer, before the run ends with an error."""

    token_file: Path | None = None
    """A bearer token for the servers."""

    on_failure: Literal["raise", "mark"] = "raise"
    """When no scores can be had at all: stop, or leave the whole batch out."""

    think_prefilled: bool = False
    """The chat template already opened `<think>`."""


class Vllm(Section):
    """Generation by vLLM."""

    mode: Literal["colocate", "server"] = "colocate"
    gpu_memory_utilization: float = Field(default=0.3, gt=0, le=1)
    tensor_parallel_size: Count = 1
    max_model_length: Count | None = None
    enable_sleep_mode: bool = False
    server_base_url: str | None = None
    server_timeout: float = Field(default=240.0, gt=0)

    importance_sampling_correction: bool = True
    """Weigh by the trainer's against vLLM's probabilities (truncated or masked importance sampling)."""

    importance_sampling_mode: Literal[
        "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"
    ] = "sequence_mask"
    importance_sampling_clip_max: float | None = Field(default=3.0, gt=0)
    importance_sampling_clip_min: float | None = Field(default=None, gt=0)


class PartialRollouts(Section):
    """Sampling that goes on while the policy is trained, and across its updates: TRL's AsyncGRPO."""

    max_staleness: Annotated[int, Field(ge=0)] = 4
    """How many updates of the sampler a completion may have begun before, until it is thrown away."""

    weight_sync_steps: Count = 1
    """Optimizer steps from one update of the sampler to the next."""

    max_inflight_tasks: Count | None = None
    """Completions that are sampled at a time; by default as many as `max_staleness` lets be used."""


class Generation(Section):
    """How completions are sampled."""

    num_generations: Annotated[int, Field(ge=2)] = 8
    """G: completions per prompt."""

    max_completion_length: Count = 1024
    temperature: float = Field(default=1.0, gt=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    top_k: Annotated[int, Field(ge=0)] = 0
    min_p: float | None = Field(default=None, ge=0, le=1)
    repetition_penalty: float = Field(default=1.0, gt=0)
    continuous_batching: bool = False
    """transformers' own engine for it, instead of padded batches."""

    vllm: Vllm | None = None

    partial_rollouts: PartialRollouts | None = None
    """Do not wait for completions; needs `vllm.mode: server`, and carries few settings of the algorithm."""


class Training(Section):
    """Batches, steps and the optimizer."""

    max_steps: int = -1
    """Optimizer steps; -1 for `num_train_epochs`."""

    num_train_epochs: float = Field(default=1.0, gt=0)
    learning_rate: float = Field(default=1e-6, gt=0)
    lr_scheduler_type: str = "constant_with_warmup"
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    weight_decay: float = Field(default=0.0, ge=0)
    adam_beta1: float = Field(default=0.9, ge=0, lt=1)
    adam_beta2: float = Field(default=0.999, ge=0, lt=1)
    max_grad_norm: float = Field(default=1.0, gt=0)
    per_device_train_batch_size: Count = 8
    """Completions, not prompts, of one process in one forward and backward pass."""

    gradient_accumulation_steps: Count = 1
    steps_per_generation: Count | None = None
    """How many such passes share one generation; by default `gradient_accumulation_steps`."""

    num_iterations: Count = 1
    """μ: optimizer passes over one generation."""

    gradient_checkpointing: bool = True
    precision: Literal["bf16", "fp16", "fp32"] = "bf16"
    """fp16 brings the trainer's probabilities closer to the sampler's (arXiv:2510.26788)."""

    seed: Annotated[int, Field(ge=0)] = 42


class Launch(Section):
    """Processes and how they share the model."""

    strategy: Literal["single", "ddp", "fsdp2", "zero2", "zero3"] = "single"
    nproc: Count = 1
    """Processes of one node."""

    nodes: Count = 1
    device: Literal["auto", "cpu"] = "auto"


class Logging(Section):
    """What is written down."""

    steps: Count = 1
    jsonl: bool = True
    """`log.jsonl` in the output folder: one line a logged step."""

    dashboard: bool = True
    """A live table, where the output is a terminal."""

    report: bool = True
    """`report.html` in the output folder at the end."""

    wandb: bool = False
    tensorboard: bool = False
    run_name: str | None = None
    completions: bool = False
    """Keep samples of prompts and completions, in Parquet files."""


class Alarm(Section):
    """What is changed about an alarm of :mod:`trainer_adapters.grpo.watch.alarms`."""

    threshold: float | None = None
    patience: Count | None = None
    action: Literal["log", "lower_rate", "stop", "off"] | None = None


class Checkpoints(Section):
    """Where results go, and from where a run goes on."""

    output_dir: Path
    save_steps: Count = 100
    save_total_limit: Count | None = 2
    resume: bool = True
    """Go on from the last checkpoint in `output_dir`, if there is one."""


class TrainConfig(Section):
    """The whole file."""

    preset: str | None = None
    """What the other settings start from; see :func:`preset_names`."""

    model: Model
    data: Data
    reward: Reward
    algorithm: Algorithm = Algorithm()
    techniques: Techniques = Techniques()
    generation: Generation = Generation()
    training: Training = Training()
    launch: Launch = Launch()
    logging: Logging = Logging()
    watch: dict[str, Alarm] = {}
    """Alarms by name whose threshold, patience or action is to be another.

    `not_finite` stops the run, `reward_before_length` is off, and all others log.
    """

    checkpoints: Checkpoints

    trl: dict[str, Any] = {}
    """Any field of TRL's `GRPOConfig` that no section has; one without an effect is refused."""

    @property
    def world_size(self) -> int:
        """How many processes train together."""
        return self.launch.nproc * self.launch.nodes

    @property
    def longest_completion(self) -> int:
        """The largest window of any stage, in tokens."""
        stages = self.techniques.length_stages
        return max(
            (stage.max_completion_length for stage in stages), default=self.generation.max_completion_length
        )
