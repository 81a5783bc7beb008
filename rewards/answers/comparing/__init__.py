"""Comparison of two readings, cheapest tier first."""
