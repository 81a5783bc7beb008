"""Stress tests of a recipe: rewards of cheats, of a policy that solves nothing, and penalties of honest work.

Problems and honest solutions are in :mod:`.problems`, the cheats in :mod:`.cheats`, and what they came to
in :mod:`.findings`.
"""
