"""Fuzzing of every parser that reads bytes from outside: `python -m benchmarks.fuzzing`."""
