"""The schema of the file that `touchstone train` reads, section by section; an unknown name is an error.

Left out: the settings of the algorithm, in :mod:`trainer_adapters.grpo.algorithm`; those of techniques, in
:mod:`trainer_adapters.grpo.techniques`; reading a file and its preset, in
:mod:`trainer_adapters.grpo.reading`; and contradictions between settings, in
:mod:`trainer_adapters.grpo.validation`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, model_validator

from trainer_adapters.grpo.algorithm import Algorithm
from trainer_adapters.grpo.layout import lay_out
from trainer_adapters.grpo.section import Count, Section, Share
from trainer_adapters.grpo.techniques.table import Techniques

if TYPE_CHECKING:
    from typing import Self

    from trainer_adapters.grpo.layout import Layout

__all__ = ["TrainConfig"]


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
    """Data type of the stored weights; `training.precision` is that of the computation. At the learning rates
    of GRPO most updates of a bfloat16 weight are rounded away."""

    attn_implementation: str | None = None
    trust_remote_code: bool = False
    lora: Lora | None = None


class ColumnsSection(Section):
    """Names of the data's columns."""

    prompt: str = "prompt"
    """Column of prompts: text, or lists of messages; if there is no `prompt`, a synonym that `touchstone
    audit` knows, as `problem`, `question` and OpenRLHF's `input`."""

    ground_truth: str | None = None
    """Column of golds; by default the one of `ground_truth`, `solution` and `answer` that exists, or else a
    synonym that `touchstone audit` knows. A dot reaches into an object: `reward_model.ground_truth`."""

    keep: list[str] = []
    """Further columns to keep, for the recipe to route by."""

    source: str | None = None
    """Column of data sources, by which components are logged too; by default the first of `data_source`,
    `source` and `task` that exists."""


class Data(Section):
    """The prompts and their gold answers."""

    path: str | None = None
    """A `.jsonl`, `.json` or `.parquet` file, or a pattern for several; relative to the working directory."""

    dataset: str | None = None
    """A data set on the Hugging Face Hub, or a folder that `datasets` can load; instead of `path`."""

    configuration: str | None = None
    """Name of a configuration of that data set."""

    split: str = "train"
    columns: ColumnsSection = ColumnsSection()

    gold_after: str | None = Field(default=None, min_length=1)
    """Text that precedes the gold in a column of worked solutions: `"####"` for GSM8K. The gold is the
    rest of the line after its last occurrence; of `'\\boxed'`, what is in the last box."""

    bad_golds: Literal["warn", "stop"] = "warn"
    """Action where rows have no gold, or one that cannot be judged: leave them out and say so, or end with
    an error before the model is trained."""

    system_prompt: str | None = None
    """System prompt of every prompt, which then is a conversation."""

    conversational: bool | None = None
    """True to make a text prompt a user message; by default, if the tokenizer has a chat template."""

    chat_template: Path | None = None
    """Jinja file that replaces the tokenizer's chat template."""

    chat_template_kwargs: dict[str, Any] = {}
    """Arguments of the chat template (`enable_thinking: false`, for example)."""

    limit: Count | None = None
    """Number of rows to use, from the first."""

    max_prompt_tokens: Count | None = None
    """Max prompt length, in tokens; longer prompts are dropped, and their number is logged."""

    shuffle: bool = True

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.path is None) == (self.dataset is None):
            message = "name the data by exactly one of path and dataset"
            raise ValueError(message)
        return self


class RewardSection(Section):
    """The recipe, and the servers that score by it."""

    recipe: str
    """Name or path of a recipe."""

    recipe_digest: str | None = None
    """SHA-256 of that recipe, as `touchstone recipes digests` prints it, or as `log.jsonl` has it; the run
    refuses any other one before a model is loaded."""

    server: list[str] = []
    """Addresses (`host:port`) of verification servers; without one, every rank scores in its own process."""

    timeout: float | None = Field(default=None, gt=0)
    """Deadline of one call, in seconds; rollouts not judged by then are left out of the step."""

    patience: float = Field(default=1800.0, ge=0)
    """Seconds to wait for a server that does not answer, before the run ends with an error."""

    token_file: Path | None = None
    """File that holds the bearer token for the servers."""

    on_failure: Literal["raise", "mark"] = "raise"
    """Action when no scores can be had at all: stop the run, or leave the whole batch out."""

    think_prefilled: bool | None = None
    """True if the chat template opens the reasoning, False if not; found out for each prompt by default."""

    reasoning: str | dict[str, str] | None = None
    """Format of the reasoning, for rewards that leave theirs open: `think`, `magistral`, `harmony`, …, or own
    tags as `{open: ..., close: ...}`; any of the known ones by default."""


class ImportanceSampling(Section):
    """Weights of tokens or completions by the trainer's probabilities over the sampler's."""

    importance_sampling_correction: bool = True
    """Importance sampling between the trainer's and the sampler's probabilities, truncated or masked."""

    importance_sampling_mode: Literal[
        "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"
    ] = "sequence_mask"
    importance_sampling_clip_max: float | None = Field(default=3.0, gt=0)
    importance_sampling_clip_min: float | None = Field(default=None, gt=0)


class Vllm(ImportanceSampling):
    """Generation by vLLM."""

    mode: Literal["colocate", "server"] = "colocate"
    gpu_memory_utilization: float = Field(default=0.3, gt=0, le=1)
    tensor_parallel_size: Count = 1
    max_model_length: Count | None = None
    enable_sleep_mode: bool = False
    server_base_url: str | None = None
    server_timeout: float = Field(default=240.0, gt=0)


class Mismatch(ImportanceSampling):
    """Generation by a copy of the policy that differs from it by these settings."""

    noise: Share = 0.0
    """Standard deviation of the noise on the copy's weights, as a share of each tensor's root mean square."""

    precision: Literal["bf16", "fp16", "fp32"] | None = None
    """Precision of the copy's weights and of its computation; by default `training.precision`."""

    weight_sync_steps: Count = 1
    """Optimizer steps between weight updates of the copy."""


class PartialRollouts(Section):
    """Sampling concurrent with training and across weight updates: TRL's AsyncGRPO."""

    max_staleness: Annotated[int, Field(ge=0)] = 4
    """Max number of weight updates of the sampler since a completion began; older ones are discarded."""

    weight_sync_steps: Count = 1
    """Optimizer steps between weight updates of the sampler."""

    max_inflight_tasks: Count | None = None
    """Max number of completions sampled at a time; by default as many as `max_staleness` allows."""


class Generation(Section):
    """Sampling of completions."""

    num_generations: Annotated[int, Field(ge=2)] = 8
    """Completions per prompt (G)."""

    max_completion_length: Count = 1024
    temperature: float = Field(default=1.0, gt=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    top_k: Annotated[int, Field(ge=0)] = 0
    min_p: float | None = Field(default=None, ge=0, le=1)
    repetition_penalty: float = Field(default=1.0, gt=0)
    continuous_batching: bool = False
    """Generate by transformers' continuous batching, instead of padded batches."""

    vllm: Vllm | None = None

    mismatch: Mismatch | None = None
    """Sample with a mismatch of this size between sampler and trainer, without vLLM."""

    partial_rollouts: PartialRollouts | None = None
    """Sample while training; needs `vllm.mode: server`, and supports few settings of the algorithm."""


Size = Annotated[int, Field(ge=1, le=10_000_000)]


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
    prompts_per_generation: Size | None = None
    """Prompts, of `num_generations` completions each, that are sampled together on all processes; the sizes
    for one process follow from it, on any number of them (:mod:`trainer_adapters.grpo.layout`)."""

    updates_per_generation: Size | None = None
    """Optimizer steps that share these prompts, with `num_iterations` of 1; one by default."""

    tokens_per_pass: Size | None = None
    """Max tokens on one process in one forward and backward pass, padding included: of prompts
    (`data.max_prompt_tokens`, or 1,024 each) and completions of the full length; at least one of them."""

    per_device_train_batch_size: Count | None = None
    """Completions (not prompts) per process in one forward and backward pass; 8 by default, and at most 8
    with `prompts_per_generation`."""

    gradient_accumulation_steps: Count | None = None
    """Number of such passes in one optimizer step; one by default."""

    steps_per_generation: Count | None = None
    """Number of such passes that share one generation; by default `gradient_accumulation_steps`."""

    num_iterations: Count = 1
    """Optimizer passes over one generation (μ)."""

    gradient_checkpointing: bool = True
    precision: Literal["bf16", "fp16", "fp32"] = "bf16"
    """Precision of the computation, of colocated vLLM too; fp16 on both sides brings their probabilities
    closer together (arXiv:2510.26788)."""

    seed: Annotated[int, Field(ge=0)] = 42


class Launch(Section):
    """Number of processes, and the strategy by which they share the model."""

    strategy: Literal["single", "ddp", "fsdp2", "zero2", "zero3"] = "single"
    nproc: Count = 1
    """Processes per node."""

    nodes: Count = 1
    device: Literal["auto", "cpu"] = "auto"
    offload: Literal["optimizer", "parameters"] | None = None
    """Keep the optimizer's state in the memory of the host (`zero2`, `zero3`), or all parameters, gradients
    and state (`zero3`, `fsdp2`)."""

    deepspeed: Path | dict[str, Any] | None = None
    """DeepSpeed's configuration, in the place of that for `zero2` or `zero3`: a JSON file or a mapping."""

    fsdp: Path | dict[str, Any] | None = None
    """Accelerate's FSDP settings in the place of those for `fsdp2`, by the names of transformers'
    `fsdp_config`: a JSON file or a mapping."""


class Logging(Section):
    """Logs and reports of a run."""

    steps: Count = 1
    jsonl: bool = True
    """Write `log.jsonl` in the output folder: one line per logged step."""

    dashboard: bool = True
    """Show a live table if the output is a terminal."""

    report: bool = True
    """Write `report.html` in the output folder at the end."""

    wandb: bool = False
    tensorboard: bool = False
    trackers: list[str] = []
    """Further trackers, by transformers' names: `mlflow`, `trackio`, `swanlab`, `comet_ml`, …"""

    run_name: str | None = None
    completions: bool = False
    """Save samples of prompts and completions, in Parquet files."""

    @property
    def reports(self) -> dict[str, str]:
        """The trackers to report to, each with the setting that asks for it."""
        own = {name: f"logging.{name}" for name in ("wandb", "tensorboard") if getattr(self, name)}
        return dict.fromkeys(self.trackers, "logging.trackers") | own


class AlarmSection(Section):
    """Overrides of an alarm of :mod:`trainer_adapters.grpo.watch.alarms`."""

    threshold: float | None = None
    patience: Count | None = None
    action: Literal["log", "lower_rate", "stop", "off"] | None = None


class Checkpoints(Section):
    """Output folder, checkpoints, and resumption."""

    output_dir: Path
    save_steps: Count = 100
    save_total_limit: Count | None = 2
    resume: bool = True
    """Resume from the last checkpoint in `output_dir`, if there is one."""


class TrainConfig(Section):
    """The whole training file."""

    preset: str | None = None
    """Preset that the other settings start from; see :func:`trainer_adapters.grpo.reading.preset_names`."""

    model: Model
    data: Data
    reward: RewardSection
    algorithm: Algorithm = Algorithm()
    techniques: Techniques = Techniques()
    generation: Generation = Generation()
    training: Training = Training()
    launch: Launch = Launch()
    logging: Logging = Logging()
    watch: dict[str, AlarmSection] = {}
    """Overrides of alarms by name: another threshold, patience or action.

    `not_finite` stops the run, and all others log.
    """

    checkpoints: Checkpoints

    trl: dict[str, Any] = {}
    """Further fields of TRL's `GRPOConfig`, those that no section has; one without an effect is refused."""

    @property
    def world_size(self) -> int:
        """The number of processes that train together."""
        return self.launch.nproc * self.launch.nodes

    @property
    def layout(self) -> Layout:
        """The sizes of batches on each of these processes."""
        return lay_out(self)

    @property
    def off_policy(self) -> bool:
        """True if some optimizer steps use completions of an earlier policy, vLLM's mismatch aside."""
        layout = self.layout
        repeated = self.training.num_iterations > 1
        return repeated or layout.steps_per_generation > layout.gradient_accumulation_steps

    @property
    def sampler_section(self) -> str:
        """The name of the section that sets importance sampling."""
        return "generation.vllm" if self.generation.vllm is not None else "generation.mismatch"

    @property
    def importance_sampling(self) -> ImportanceSampling | None:
        """The correction between sampler and trainer, if they are two."""
        return self.generation.vllm or self.generation.mismatch

    @property
    def completion_lengths(self) -> list[int]:
        """The max completion length of each stage, in tokens; one without stages."""
        stages = self.techniques.length_stages.root
        return [stage.max_completion_length for stage in stages] or [self.generation.max_completion_length]

    @property
    def longest_completion(self) -> int:
        """The largest max completion length of any stage, in tokens."""
        return max(self.completion_lengths)
