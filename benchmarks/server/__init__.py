"""What the server costs, beside an echo of the same messages and beside what people use today.

``python -m benchmarks.server`` measures and writes tables; each part is a module of its own.
"""
