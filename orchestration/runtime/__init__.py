"""How Dagster is run here: its instance, and how runs start. Besides `dbt/` the one place for private APIs."""
