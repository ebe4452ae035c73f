"""How dbt is run: its project, its events in Dagster, the process that runs it, and Apache Spark as an engine."""
