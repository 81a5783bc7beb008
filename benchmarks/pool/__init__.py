"""What the pool of workers costs, beside what others use for the same."""
