"""Apache Spark as the engine of the dbt models: its configuration, its session, and which models it builds.

Nothing here knows Dagster or DuckDB. Spark computes; what it computed comes back into the build file, and is checked,
released and served from there as ever.
"""
