"""What follows when a raw table says something new: its models, their checks and the release, in one run.

A run of everything builds what its own raw tables changed, and must not set off another.
"""

import dagster as dg

from orchestration.periods import HONG_KONG
from orchestration.settings import Settings

EVERYTHING = {
    "entrepot/builds": "everything"
}  # the main job's runs say so; those of "Materialize all" list their assets
SERVING = {dg.AssetKey("postgres"), dg.AssetKey("releases_mirror")}
RETRIES = "0 1,7,13,19 * * *"

changed_by_another_run = (
    dg.AutomationCondition.data_version_changed()
    & ~dg.AutomationCondition.executed_with_root_target()
    & ~dg.AutomationCondition.executed_with_tags(tag_values=EVERYTHING)
).with_label("changed by a run that does not build this")
# Such as a run that was killed with the machine. All is built again: checks that did not run gate the release too.
last_release_failed = (
    dg.AutomationCondition.asset_matches("release", dg.AutomationCondition.execution_failed())
    & dg.AutomationCondition.cron_tick_passed(RETRIES, str(HONG_KONG))
).with_label("the last release failed, and it is time to try again")
# No `since_last_handled`: a change is answered at the tick that sees it, and never lost to a run that ended in between.
FOLLOWS = (
    (
        dg.AutomationCondition.any_deps_match(changed_by_another_run | dg.AutomationCondition.will_be_requested())
        | last_release_failed
    )
    & ~dg.AutomationCondition.any_deps_missing()
).with_label("follows what is new in raw tables")
# A server that was down when the release was made gets it at the next of these times, without another release.
SERVED = (
    FOLLOWS
    | (dg.AutomationCondition.execution_failed() & dg.AutomationCondition.cron_tick_passed(RETRIES, str(HONG_KONG)))
).with_label("follows the release, and tries again where serving it failed")


def following(spec: dg.AssetSpec) -> dg.AssetSpec:
    """Return the asset as one that is built when what it reads has changed; what serves it, when it failed last too."""
    return spec.replace_attributes(automation_condition=SERVED if spec.key in SERVING else FOLLOWS)


def sensor(settings: Settings) -> dg.AutomationConditionSensorDefinition:
    """Return the sensor that looks for changes, running when a publisher is turned on."""
    status = dg.DefaultSensorStatus
    return dg.AutomationConditionSensorDefinition(
        "follow_changes",
        target=dg.AssetSelection.all(),
        default_status=status.RUNNING if settings.live_sources else status.STOPPED,
        minimum_interval_seconds=60,
        description="Builds and releases what follows from raw tables that say something new.",
    )
