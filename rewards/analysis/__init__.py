"""Analysis before training: files of rollouts and golds read, audited, filtered, stressed and compared.

Everything here streams: memory is bounded by a batch of rows, never by a file. The commands are in
:mod:`rewards.cli`; what is here can be called from Python or from the workers of another engine.
"""
