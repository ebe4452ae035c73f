"""One module a publisher: request -> bytes, bytes -> DataFrame. No Dagster and no DuckDB in here."""
