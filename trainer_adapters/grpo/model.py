"""The policy and its tokenizer, as the training file names them.

Left out: the reference policy, which TRL makes from the policy's own path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trainer_adapters.grpo.errors import ConfigError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from trainer_adapters.grpo.schema import TrainConfig

__all__ = ["load_tokenizer", "lora_config", "model_init_arguments"]


def load_tokenizer(config: TrainConfig) -> PreTrainedTokenizerBase:
    """Return the tokenizer of the model, with the file's chat template if it names one.

    Raises:
        ConfigError: no model at that path, no end-of-sequence token or one that the model lacks, or an
            unreadable template.
    """
    from transformers import AutoTokenizer  # noqa: PLC0415  # it takes seconds

    model = config.model
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            model.path,
            revision=model.revision,
            trust_remote_code=model.trust_remote_code,
            padding_side="left",
        )
    except (OSError, ValueError) as error:
        message = f"model.path: {model.path} cannot be loaded: {str(error).splitlines()[0]}"
        raise ConfigError(message) from error
    if tokenizer.eos_token_id is None:
        message = f"model.path: the tokenizer of {model.path} has no end-of-sequence token"
        raise ConfigError(message)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    _check_ids(tokenizer, config)
    if config.data.chat_template is not None:
        try:
            tokenizer.chat_template = config.data.chat_template.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = f"data.chat_template: {error}"
            raise ConfigError(message) from error
    return tokenizer


def _check_ids(tokenizer: PreTrainedTokenizerBase, config: TrainConfig) -> None:
    """Raise unless the model has the tokens that end and pad, which transformers may make up."""
    from transformers import AutoConfig  # noqa: PLC0415  # it takes seconds

    model = config.model
    try:
        made = AutoConfig.from_pretrained(
            model.path, revision=model.revision, trust_remote_code=model.trust_remote_code
        )
    except (OSError, ValueError):
        return  # loading the model says why
    size = getattr(made.get_text_config(), "vocab_size", None)
    for name in ("eos_token", "pad_token"):
        number = getattr(tokenizer, f"{name}_id")
        if size is not None and number >= size:
            message = (
                f"model.path: the {name} of the tokenizer of {model.path}, {getattr(tokenizer, name)!r}, has "
                f"the id {number}, and the model has {size} tokens; name one of them in tokenizer_config.json"
            )
            raise ConfigError(message)


def model_init_arguments(config: TrainConfig) -> dict[str, Any]:
    """Return the arguments of `from_pretrained`, which TRL passes for the policy and the reference alike."""
    model = config.model
    found: dict[str, Any] = dict(config.trl.get("model_init_kwargs") or {})
    found |= {"dtype": model.dtype, "trust_remote_code": model.trust_remote_code}
    if model.revision is not None:
        found["revision"] = model.revision
    if model.attn_implementation is not None:
        found["attn_implementation"] = model.attn_implementation
    return found


def lora_config(config: TrainConfig) -> object | None:
    """Return peft's configuration of the adapter, or None without one.

    Raises:
        ConfigError: the file configures an adapter, and peft is not installed.
    """
    lora = config.model.lora
    if lora is None:
        return None
    try:
        from peft import LoraConfig  # noqa: PLC0415  # an extra that few need
    except ImportError:
        message = "model.lora: peft is not installed; install it with pip install peft"
        raise ConfigError(message) from None
    return LoraConfig(
        r=lora.r,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.target_modules,
        task_type="CAUSAL_LM",
    )
