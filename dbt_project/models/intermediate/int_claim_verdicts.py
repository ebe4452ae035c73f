"""One row per registered claim: its verdict by the figures of this build."""

import pandas as pd

from orchestration.claims import record, table


def model(dbt, session):
    dbt.config(materialized="table")
    dbt.ref("fct_observations")
    dbt.ref("dim_partner")
    dbt.ref("dim_category")
    rows = list(table.registered(record.read(session)))
    return pd.DataFrame(rows, columns=list(table.REGISTERED_COLUMNS), dtype="string")
