"""DuckDB: the private build file, its raw tables, and the releases that users read."""
