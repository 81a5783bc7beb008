"""The symbolic tier: whether two expressions are one, in bounded steps."""
