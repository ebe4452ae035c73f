"""Spark's configuration: what makes its figures equal DuckDB's, defaults for a laptop, and what settings add."""

import json
from urllib.parse import urlsplit

from orchestration.settings import Settings

# Without these, Spark would give other figures or errors than DuckDB; settings may not change them.
SAME_FIGURES = {
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, never a null
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # DuckDB's, which no time zone moves
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    # Tables live for one run and are files: there is no metastore to set up, to lock or to damage.
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.sources.default": "parquet",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
DEFAULTS = {
    "spark.app.name": "entrepot",
    "spark.log.level": "ERROR",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "8",  # adaptive execution joins the small ones; 200 is for terabytes
}
ON_THIS_MACHINE = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}


class ConfigurationError(ValueError):
    """Settings change a part of Spark's configuration that the figures depend on."""


def configuration(settings: Settings) -> dict[str, str]:
    """Return the configuration of a session by name.

    Raises ConfigurationError when settings change what the figures depend on.
    """
    own: dict[str, str] = json.loads(settings.spark_conf.get_secret_value())
    if taken := sorted(own.keys() & (SAME_FIGURES.keys() | {"spark.master"})):
        raise ConfigurationError(f"ENTREPOT_SPARK_CONF may not set {', '.join(taken)}")
    near = ON_THIS_MACHINE if _is_on_this_machine(settings.spark_master) else {}
    scratch = {"spark.local.dir": str(settings.spark_dir / "scratch")}
    return {**DEFAULTS, **scratch, **near, **own, "spark.master": settings.spark_master, **SAME_FIGURES}


def standalone_address(master: str) -> tuple[str, int] | None:
    """Return host and port of a standalone master; None for any other."""
    parts = urlsplit(master)
    return (parts.hostname, parts.port) if parts.scheme == "spark" and parts.hostname and parts.port else None


def _is_on_this_machine(master: str) -> bool:
    address = standalone_address(master)
    return master.startswith("local") or (address is not None and address[0] in ("127.0.0.1", "localhost"))
