"""Automation conditions: when a raw table changes, its models, their checks and the release are built in one run.

A run of everything already builds what its own raw tables changed, so it must not trigger another run.
"""

import dagster as dg

from orchestration.periods import HONG_KONG
from orchestration.settings import Settings

# The tag of the main job's runs. Runs of "Materialize all" are recognised by the list of their assets instead.
EVERYTHING = {"entrepot/builds": "everything"}
REPLICAS = {dg.AssetKey("postgres"), dg.AssetKey("releases_mirror")}
RETRIES = "0 1,7,13,19 * * *"

changed_by_another_run = (
    dg.AutomationCondition.data_version_changed()
    & ~dg.AutomationCondition.executed_with_root_target()
    & ~dg.AutomationCondition.executed_with_tags(tag_values=EVERYTHING)
).with_label("changed by a run that does not build this")
# Such as a run that was killed with the machine. Everything is built again, because the release also needs the checks
# that did not run.
last_release_failed = (
    dg.AutomationCondition.asset_matches("release", dg.AutomationCondition.execution_failed())
    & dg.AutomationCondition.cron_tick_passed(RETRIES, str(HONG_KONG))
).with_label("the last release failed, and it is time to retry")
# No `since_last_handled`: a change is handled at the tick that sees it, and is not lost if a run ended in between.
FOLLOWS = (
    (
        dg.AutomationCondition.any_deps_match(changed_by_another_run | dg.AutomationCondition.will_be_requested())
        | last_release_failed
    )
    & ~dg.AutomationCondition.any_deps_missing()
).with_label("follows changes of raw tables")
# A replica that was down when the release was published gets it at the next of these times, without a new release.
REPLICA_FOLLOWS = (
    FOLLOWS
    | (dg.AutomationCondition.execution_failed() & dg.AutomationCondition.cron_tick_passed(RETRIES, str(HONG_KONG)))
).with_label("follows the release, and retries if copying it failed")


def following(spec: dg.AssetSpec) -> dg.AssetSpec:
    """Return the spec with a condition to build it when its inputs changed; a replica also when its last run failed."""
    return spec.replace_attributes(automation_condition=REPLICA_FOLLOWS if spec.key in REPLICAS else FOLLOWS)


def sensor(settings: Settings) -> dg.AutomationConditionSensorDefinition:
    """Return the sensor that evaluates the conditions; it runs if a publisher is enabled."""
    status = dg.DefaultSensorStatus
    return dg.AutomationConditionSensorDefinition(
        "follow_changes",
        target=dg.AssetSelection.all(),
        default_status=status.RUNNING if settings.live_sources else status.STOPPED,
        minimum_interval_seconds=60,
        description="Builds and releases what depends on raw tables that changed.",
    )
