"""What tests and benchmarks share: the replay server, servers of test, generated data. Rows made here are synthetic."""
