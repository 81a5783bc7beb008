"""Shared core of the adapters: rows to rollouts, a scorer for a trainer, and memoised batches."""
