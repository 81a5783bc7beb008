"""The judge against the graders in use, over labelled answers, hostile answers and golds.

``python -m benchmarks.verdicts`` runs everything; each suite is also a module of its own
(``python -m benchmarks.verdicts.mutations``). Every grader runs in a process of its own that can be
killed, so a grader that hangs is counted, never suffered. Peers live in a virtual environment that
the command makes under ``build/``; nothing of theirs is imported by the product.

Left out: graders that are models, and graders that pip cannot install.
"""
