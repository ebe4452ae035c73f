"""Which accelerations are active: what this project does faster than Dagster and dbt by using their private APIs.

Private APIs change without notice, so each acceleration is used only with the versions that it is known to work with.
With another version, or when ENTREPOT_STANDARD names it, the library's own behaviour takes its place: slower, with the
same results. docs/runtime.md says what each one saves.
"""

from collections.abc import Mapping
from enum import StrEnum
from importlib.metadata import version

from orchestration.settings import Settings

# The versions that all tests pass with; requirements.lock installs them.
KNOWN_VERSIONS = {"dagster": "1.13.27", "dagster-dbt": "0.29.27", "dbt-core": "1.11.16", "dbt-duckdb": "1.11.1"}

# The web server that the guard against other web pages is tested with; another one is not served.
KNOWN_WEBSERVER = "1.13.27"


class Acceleration(StrEnum):
    """The parts that ENTREPOT_STANDARD can switch off."""

    EVENT_LOG = "event_log"
    WARM_WORKER = "warm_worker"


# The package whose private APIs each one uses.
PACKAGES = {
    Acceleration.EVENT_LOG: "dagster",
    Acceleration.WARM_WORKER: "dagster",
}


def is_active(acceleration: Acceleration, settings: Settings) -> bool:
    """Return True if an acceleration may be used: with the versions installed, and by the settings."""
    return acceleration not in settings.standard_parts and PACKAGES[acceleration] not in unknown_versions()


def unknown_versions() -> Mapping[str, str]:
    """Return the installed version of each package that is not at its known version."""
    installed = {package: version(package) for package in KNOWN_VERSIONS}
    return {package: found for package, found in installed.items() if found != KNOWN_VERSIONS[package]}


def warning() -> str | None:
    """Return what to tell the user at start-up about versions that are not known to work; None if all are known."""
    unknown = unknown_versions()
    if not unknown:
        return None
    packages = ", ".join(f"{name} {found} (known: {KNOWN_VERSIONS[name]})" for name, found in unknown.items())
    off = sorted(acceleration for acceleration, package in PACKAGES.items() if package in unknown)
    effect = f"using the standard behaviour instead of {', '.join(off)}, which is slower" if off else "continuing"
    return f"not tested with {packages}; {effect}. See docs/runtime.md"
