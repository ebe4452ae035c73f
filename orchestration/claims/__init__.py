"""Somebody's numbers about the trade, held against the record: register, evidence, verdict. No Dagster in here."""
