"""The techniques that TRL lacks, one a file: settings, contradictions, hooks, the formula with its source.

`table.py` names them all, `technique.py` is their base class. Formulas are functions of tensors. Shapes: B
completions of one process, N of all processes together, T tokens; groups of G completions of one prompt lie
one after the other. A reward of NaN is one that was not judged. Left out: the calls of the hooks, in
:mod:`trainer_adapters.grpo.trainer`.
"""
