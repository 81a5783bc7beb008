"""The bundled GRPO trainer: TRL's `GRPOTrainer`, extended by published techniques.

::

    touchstone train config.yaml

Modules:

- `schema.py`, `algorithm.py`: the YAML file, section by section; `section.py`: their base class; `presets/`:
  published settings by name; `reading.py`: the file and its preset; `validation.py`: contradictions.
- `arguments.py`: from that file to TRL's `GRPOConfig`; fields that TRL has keep TRL's names.
- `data.py`, `model.py`: prompts and the policy. `recipe.py`: the recipe as TRL's reward functions.
- `techniques/`: one technique a file, with settings, contradictions, hooks, formula and source; `table.py`
  names all of them.
- `trainer.py`: the subclass that calls them. It calls `super()` and works on what comes back; it copies
  no method of TRL's. `sampler.py`: the order of the prompts.
- `watch/`: monitoring of a run, and the actions of its alarms.
- `launch.py`: start the processes, and verify their number. `cli.py`: the command.

Left out: models with images, tools and environments (TRL itself trains those, with
:mod:`trainer_adapters.trl`), and reward models.
"""
