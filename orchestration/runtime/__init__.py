"""How Dagster is run: its instance, and how runs start. Private APIs are used here and in `dbt/` only."""
