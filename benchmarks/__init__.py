"""Measurements that are too long for a test: side-by-side comparisons and throughput."""
