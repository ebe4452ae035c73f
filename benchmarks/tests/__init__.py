"""Tests of the benchmarks themselves, on little data: `make bench-test`."""
