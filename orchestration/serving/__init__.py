"""The current release elsewhere: in PostgreSQL, in Superset, and copied to a URL."""
