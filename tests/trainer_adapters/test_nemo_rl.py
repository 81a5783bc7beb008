"""The registration of the NeMo-RL environment, by modules of the names that NeMo-RL has."""

from __future__ import annotations

import importlib
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from trainer_adapters.nemo_rl import register

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def create_env(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, dict[str, Any]], Any]:
    """NeMo-RL's two registries, and the way in which `create_env` looks an environment up in them.

    Read from main, `nemo_rl/environments/utils.py`: NeMo-RL is on no index, and needs Python 3.13.
    """
    environments: dict[str, dict[str, str]] = {"math": {"actor_class_fqn": "nemo_rl.math.MathEnvironment"}}
    pythons = {"nemo_rl.math.MathEnvironment": sys.executable}

    def register_env(env_name: str, actor_class_fqn: str) -> None:
        if env_name in environments:
            message = f"Env name {env_name} already registered"
            raise ValueError(message)
        environments[env_name] = {"actor_class_fqn": actor_class_fqn}

    def made(env_name: str, env_config: dict[str, Any]) -> Any:
        name = environments[env_name]["actor_class_fqn"]
        module, _, actor = name.rpartition(".")
        assert pythons[name] == sys.executable
        return getattr(importlib.import_module(module), actor).remote(env_config)

    held: dict[str, dict[str, Any]] = {
        "nemo_rl": {},
        "nemo_rl.distributed": {},
        "nemo_rl.distributed.ray_actor_environment_registry": {"ACTOR_ENVIRONMENT_REGISTRY": pythons},
        "nemo_rl.distributed.virtual_cluster": {
            "PY_EXECUTABLES": types.SimpleNamespace(SYSTEM=sys.executable)
        },
        "nemo_rl.environments": {},
        "nemo_rl.environments.utils": {"register_env": register_env},
    }
    for name, members in held.items():
        module = types.ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    return made


@pytest.mark.parametrize("name", ["touchstone", "math_by_touchstone"])
def test_nemo_rl_makes_the_environment_that_was_registered(
    create_env: Callable[[str, dict[str, Any]], Any], name: str
) -> None:
    ray = pytest.importorskip("ray", reason="Ray is not installed; `make test-integrations` installs it")
    register(name)
    environment = create_env(name, {"recipe": "r1-zero"})
    assert isinstance(environment, ray.actor.ActorHandle)
    ray.shutdown()


def test_nemo_rl_refuses_a_name_that_it_has(create_env: object) -> None:
    del create_env
    with pytest.raises(ValueError, match="already registered"):
        register("math")
