"""Everything that adapters share: rows to rollouts, a scorer for a trainer, and memoised batches."""
