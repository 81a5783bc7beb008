"""The techniques that TRL lacks: one per file, each a function of tensors with its formula and source.

Shapes: B completions of one process, N of all processes together, T tokens; groups of G completions of
one prompt lie one after the other. A reward of NaN is one that was not judged. Left out: the calls of
these functions, in :mod:`trainer_adapters.grpo.trainer`.
"""
