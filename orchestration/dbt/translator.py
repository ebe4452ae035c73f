"""How dbt's nodes appear in Dagster: their names, groups, tags, owners and descriptions."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings


class EntrepotTranslator(DagsterDbtTranslator):
    """Names of dbt nodes in Dagster: the key is schema and table, the group is the layer."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_code_references=True, enable_source_tests_as_checks=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return str(dbt_resource_props["schema"])

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        return {"layer": dbt_resource_props["schema"], **dict.fromkeys(dbt_resource_props.get("tags", []), "")}

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        owner = dbt_resource_props.get("meta", {}).get("owner")
        return [owner] if owner else []

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        warnings = dbt_resource_props.get("meta", {}).get("usage_warnings", [])
        return "\n\n".join(
            [
                dbt_resource_props.get("description", ""),
                *([f"**Usage warnings:** {', '.join(warnings)}"] if warnings else []),
            ]
        )
