"""Judging an answer against its golds."""
