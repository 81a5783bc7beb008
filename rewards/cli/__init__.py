"""The command `touchstone`: files of rollouts in, scores and verdicts out.

:mod:`rewards.cli.main` is the group; each subcommand has a module of its own, found through the
entry-point group `touchstone.commands` and loaded only when it is called.
"""
