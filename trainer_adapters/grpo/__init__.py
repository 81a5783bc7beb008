"""The bundled GRPO trainer: TRL's `GRPOTrainer` underneath, what the field learned on top.

::

    touchstone train config.yaml

What is where:

- `config.py`, `algorithm.py`: the YAML file, section by section; `presets/`: published settings by name;
  `exclusions.py`: which settings contradict one another.
- `arguments.py`: from that file to TRL's `GRPOConfig`; fields that TRL has keep TRL's names.
- `data.py`, `model.py`: prompts and the policy. `recipe.py`: the recipe as TRL's reward functions.
- `techniques/`: one technique a file, as functions of tensors with formula and source.
- `trainer.py`: the subclass that calls them. It calls `super()` and works on what comes back; it copies
  no method of TRL's. `rounds.py`: dynamic sampling's further rounds. `order.py`: the
  order of the prompts.
- `watch/`: what is watched while training, and what is done about it.
- `launch.py`: processes, and the guard that they are as many as asked for. `cli.py`: the command.

Left out: models with images, tools and environments (plain TRL trains those, with
:mod:`trainer_adapters.trl`), and reward models.
"""
