"""Admission, memory budget and fair scheduling of calls."""
