"""Code shared by tests and benchmarks: the replay server, test servers, generated data. All rows here are synthetic."""
