"""Apache Spark as the engine of the dbt models: its configuration, its session, and which models it builds.

Spark computes intermediate models and marts; the results come back into the build file, and are checked, released and
served from there as with DuckDB.
"""
