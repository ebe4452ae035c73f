"""One or more modules for each publisher: requests -> payloads -> DataFrames. No Dagster and no DuckDB here."""
