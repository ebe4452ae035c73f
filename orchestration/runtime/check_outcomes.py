"""How checks ended last, in one query: Dagster's public way asks once for each of some hundred checks."""

from collections.abc import Mapping, Sequence

import dagster as dg


def latest(
    instance: dg.DagsterInstance, checks: Sequence[dg.AssetCheckKey]
) -> Mapping[dg.AssetCheckKey, dg.AssetCheckEvaluation | None]:
    """Return the last evaluation of each check; None for one that never ran to its end."""
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(checks)
    return {key: records[key].evaluation if key in records else None for key in checks}
