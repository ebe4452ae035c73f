"""One row per registered claim: its verdict by the figures of this build."""

import json

from orchestration.claims import record, table

COLUMNS = json.dumps([dict.fromkeys(table.REGISTERED_COLUMNS, "VARCHAR")])


def model(dbt, session):
    dbt.config(materialized="table")
    dbt.ref("fct_observations")
    dbt.ref("dim_partner")
    dbt.ref("dim_category")
    rows = json.dumps(list(table.registered(record.read(session))))
    return session.sql(f"select unnest(from_json($rows, '{COLUMNS}'), recursive := true)", params={"rows": rows})
