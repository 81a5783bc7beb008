"""Stressing a recipe: what cheats earn, what a policy that never solves anything can earn, whom it punishes.

Problems and honest solutions are in :mod:`.problems`, the cheats in :mod:`.cheats`, and what they came to
in :mod:`.findings`.
"""
