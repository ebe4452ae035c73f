"""All that is Dagster's: assets, checks, automation, resources, partitions."""
