"""The data dictionary: what each table and column of a release means."""
