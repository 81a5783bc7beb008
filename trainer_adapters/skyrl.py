r"""SkyRL: a recipe as a text environment of skyrl-gym.

Register it where the trainer starts its workers, and name it in the data set's `env_class`::

    import skyrl_gym

    skyrl_gym.register(
        id="touchstone",
        entry_point="trainer_adapters.skyrl:TouchstoneEnv",
        kwargs={"recipe": "r1-zero", "server": "reward-host:50051"},
    )

One step ends an episode. The components are the episode's metrics, which SkyRL averages. It passes
the response as text, with `reward_spec.ground_truth` of the row; token ids (`tokenize` counts them
anew), log-probabilities and groups are left out, since an environment is not given them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rewards.analysis.cells import as_object
from rewards.errors import InvalidCallError
from rewards.text.stop_tokens import without_stop_tokens
from trainer_adapters.scoring.rows import cell
from trainer_adapters.scoring.scorer import Trainer, TrainerScorer, all_but, shared_scorer

__all__ = ["Episode"]

TRAINER = Trainer(
    name="SkyRL",
    missing_fields=all_but(),
    workaround="lengths can be had with tokenize=..., log-probabilities and whole groups only in `touchstone "
    "train` and in slime",
)


class Episode:
    """The logic of the environment: one step, one reward.

    Args:
        env_config: `recipe`, and the settings of :class:`trainer_adapters.scoring.scorer.Options`.
        extras: the columns of the row, `reward_spec` among them, the keys of which `gold` may name too.

    Raises:
        InvalidParameterError: the recipe needs fields that SkyRL does not pass.
        InvalidCallError: the row has no `reward_spec`.
    """

    def __init__(self, env_config: Mapping[str, Any], extras: Mapping[str, Any]) -> None:
        settings = dict(env_config)
        recipe = settings.pop("recipe")
        self.scorer = (
            shared_scorer(recipe, TRAINER, settings)
            if isinstance(recipe, str)
            else TrainerScorer(recipe, TRAINER, settings)  # type: ignore[arg-type]  # it checks them
        )
        if "reward_spec" not in extras:
            message = f"a row has no reward_spec; it has {', '.join(sorted(extras)) or 'nothing'}"
            raise InvalidCallError(message)
        self.row = dict(extras)
        self.prompt: object = None
        """The conversation that the episode began with, where the trainer says it."""

        self.logs: dict[str, float] = {}

    def step(self, action: str) -> dict[str, Any]:
        """Return the reward of `action`, with no further observation."""
        inner = (as_object(self.row.get(name)) or {} for name in ("reward_spec", "extra_info"))
        row = {name: value for one in (*inner, self.row) for name, value in one.items()}
        gold = self.scorer.gold_in(row, cell(self.row, "reward_spec.ground_truth"))
        prompt = self.prompt if self.prompt is not None else self.row.get("prompt")
        rollout = self.scorer.rollout(without_stop_tokens(action), gold=gold, row=row, prompt=prompt)
        scores = self.scorer.scores([rollout])
        self.logs = self.scorer.logs(scores, 0)
        reward = self.scorer.values(scores)[0]
        return {"observations": [], "reward": reward, "done": True, "metadata": dict(self.logs)}


def _environment() -> type:
    from skyrl_gym.envs.base_text_env import BaseTextEnv  # noqa: PLC0415

    class TouchstoneEnv(BaseTextEnv):  # type: ignore[misc]  # untyped where skyrl-gym is not installed
        """An :class:`Episode` behind skyrl-gym's own base class."""

        def __init__(
            self, env_config: object = None, extras: Mapping[str, Any] | None = None, **settings: object
        ) -> None:
            super().__init__()
            given = env_config if isinstance(env_config, Mapping) else {}
            self.episode = Episode({**given, **settings}, extras or {})

        def init(self, prompt: Any) -> Any:  # noqa: ANN401  # skyrl-gym's signature
            self.episode.prompt = list(prompt)
            return super().init(prompt)

        def step(self, action: str) -> dict[str, Any]:
            self.turns += 1
            return self.episode.step(action)

        def get_metrics(self) -> dict[str, float]:
            return self.episode.logs

    TouchstoneEnv.__module__, TouchstoneEnv.__qualname__ = __name__, "TouchstoneEnv"
    return TouchstoneEnv


def __getattr__(name: str) -> object:
    if name != "TouchstoneEnv":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = _environment()
    return globals()[name]
