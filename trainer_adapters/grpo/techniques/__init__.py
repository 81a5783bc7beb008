"""The techniques that TRL leaves out: one a file, each a function of tensors with its formula and source.

Shapes: B completions of one process, N of all processes together, T tokens; groups of G completions of
one prompt lie one after the other. A reward of NaN is one that was not judged. Left out: where the
functions are called, which is :mod:`trainer_adapters.grpo.trainer`.
"""
