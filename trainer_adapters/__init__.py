"""Thin adapters that hand a recipe's scores to reinforcement-learning trainers, one file per trainer."""

import rewards

if not hasattr(rewards, "__path__"):
    # Reward functions often live in a file of this name beside the training script.
    _message = f"{rewards.__file__} hides Touchstone's own package `rewards`; give the file another name"
    raise ImportError(_message)
