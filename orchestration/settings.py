"""The one typed settings object. It reads ENTREPOT_* and raises on nonsense; it never falls back."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from orchestration.storage import validated_url

PROJECT_DIR = Path(__file__).resolve().parent.parent
DBT_PROJECT_DIR = PROJECT_DIR / "dbt_project"
FIGURES_DIR = Path(__file__).resolve().parent / "figures"

_PREFIX = "ENTREPOT_"
# What ENTREPOT_STANDARD can switch off; dbt/compatibility.py says what they are.
ACCELERATIONS = ("event_log", "run_coordinator", "warm_worker", "row_counts")
LIVE = ("csd", "idds", "hkma", "world_bank", "comtrade", "unsd")


class Settings(BaseSettings):
    """Where things are and how much is kept.

    Raises pydantic.ValidationError when a value is out of range or an ENTREPOT_* variable is unknown.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, hide_input_in_errors=True)

    home: Path = Field(default=PROJECT_DIR / "var", description="Everything that a run writes lives under this folder.")
    figures_dir: Path = Field(default=FIGURES_DIR, description="The embedded record: a folder of CSV files.")
    releases: str | None = Field(
        default=None, description="Where each release is copied to: a URL such as s3://bucket/prefix."
    )
    keep_releases: int = Field(default=10, ge=2, le=1000, description="Releases kept; the current one always is.")
    dbt_threads: int = Field(default=2, ge=1, le=64, description="Threads of a dbt run.")
    memory_limit: str = Field(
        default="1GB",
        pattern=r"^[1-9][0-9]*(\.[0-9]+)?(MB|GB|MiB|GiB)$",
        description="Memory that DuckDB may take; what needs more spills to disk, under ENTREPOT_HOME/build/spill.",
    )

    standard: str = Field(
        default="",
        description="Accelerations to switch off, for measuring and emergencies: `all`, or some of"
        f" {', '.join(ACCELERATIONS)}, by commas. Dagster's and dbt's standard behaviour takes their place.",
    )

    engine: Literal["duckdb", "spark"] = Field(
        default="duckdb", description="What computes intermediate models and marts; DuckDB holds and serves them."
    )
    spark_master: str = Field(
        default="local[2]",
        pattern=r"^(local(\[(\d+|\*)\])?|spark://[^\s/]+:\d+|k8s://\S+|yarn)$",
        description="Where Spark runs: spark://host:7077, or this very machine.",
    )
    spark_conf: SecretStr = Field(
        default=SecretStr("{}"),
        description='More of Spark\'s configuration, as JSON: {"spark.executor.memory": "4g"}. It may hold secrets.',
    )
    spark_wait_seconds: int = Field(
        default=60, ge=1, le=3600, description="Time for the cluster to give the first executor."
    )

    sources: str = Field(
        default="record",
        description="`record`: the embedded record alone; `live`: every publisher too; or publishers, by commas.",
    )
    csd_url: str = Field(default="https://www.censtatd.gov.hk", description="C&SD's web tables.")
    idds_url: str = Field(default="https://tradeidds.censtatd.gov.hk", description="C&SD's Trade IDDS.")
    hkma_url: str = Field(default="https://api.hkma.gov.hk", description="The Hong Kong Monetary Authority's API.")
    world_bank_url: str = Field(default="https://www.worldbank.org", description="The page of the Pink Sheet.")
    comtrade_url: str = Field(default="https://comtradeapi.un.org", description="UN Comtrade.")
    unsd_url: str = Field(default="https://unstats.un.org", description="The United Nations' correlation tables.")
    comtrade_key: SecretStr | None = Field(default=None, description="UN Comtrade's key; backfills need it for all.")
    failure_webhook: SecretStr | None = Field(default=None, description="Address that hears of runs that failed.")
    superset_postgres_url: SecretStr | None = Field(
        default=None, description="PostgreSQL for Superset to show instead of the release; a role that may only read."
    )
    archive: Path | str | None = Field(
        default=None, description="The archive, when it is not under ENTREPOT_HOME: a folder, or s3://bucket/prefix."
    )
    lake: Path | str | None = Field(
        default=None, description="The lake, when it is not under ENTREPOT_HOME: a folder, or s3://bucket/prefix."
    )
    as_of: AwareDatetime | None = Field(
        default=None, description="Build from the archive alone, as it was at this moment; nobody is asked."
    )
    http_timeout_seconds: float = Field(default=30, gt=0, le=600, description="Silence that ends an attempt.")
    http_answer_seconds: float = Field(default=300, gt=0, le=3600, description="Time for one answer, all of it.")
    http_attempts: int = Field(default=5, ge=1, le=20, description="Attempts before a publisher counts as down.")
    http_pause_seconds: float = Field(default=1, ge=0, le=60, description="Pause between requests; grows on failure.")
    http_max_bytes: int = Field(default=256_000_000, ge=1_000, description="Largest body that is read, unpacked.")

    postgres_url: SecretStr | None = Field(
        default=None,
        description="A PostgreSQL database to load each release into: postgresql://role:password@host/database.",
    )
    postgres_reader: str = Field(
        default="entrepot_reader",
        pattern=r"^[a-z_][a-z0-9_]{0,62}$",
        description="The role that may read the release in PostgreSQL.",
    )

    @field_validator("csd_url", "idds_url", "hkma_url", "world_bank_url", "comtrade_url", "unsd_url")
    @classmethod
    def require_tls(cls, url: str) -> str:
        """Publishers are read over TLS; only a server on this very machine may do without."""
        parts = urlsplit(url)
        if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
            return url.rstrip("/")
        raise ValueError(f"must begin with https://, not {url!r}")

    @field_validator("spark_conf")
    @classmethod
    def require_names_of_spark(cls, text: SecretStr) -> SecretStr:
        """What this says of a wrong configuration leaves its values out: they may be secret."""
        try:
            conf = json.loads(text.get_secret_value())
        except ValueError:
            raise ValueError('must be JSON, such as {"spark.executor.memory": "4g"}') from None
        if not isinstance(conf, dict) or not all(isinstance(value, str) for value in conf.values()):
            raise ValueError('must be texts by name, such as {"spark.executor.memory": "4g"}')
        if strange := sorted(name for name in conf if not name.startswith("spark.")):
            raise ValueError(f"names of Spark's configuration begin with spark., not {', '.join(strange)}")
        return text

    @field_validator("archive", "lake")
    @classmethod
    def tell_folder_from_url(cls, place: Path | str | None) -> Path | str | None:
        if place is None or (isinstance(place, str) and "://" in place):
            return place and validated_url(str(place))
        return Path(place)

    @field_validator("releases")
    @classmethod
    def require_url(cls, url: str | None) -> str | None:
        return url and validated_url(url)

    @field_validator("superset_postgres_url")
    @classmethod
    def require_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        """What this says of a wrong address leaves the address out: it may hold a password."""
        if url and not url.get_secret_value().startswith("postgresql://"):
            raise ValueError("must begin with postgresql://")
        return url

    @field_validator("postgres_url")
    @classmethod
    def require_postgres_url(cls, url: SecretStr | None) -> SecretStr | None:
        """Read the address as PostgreSQL's own library does. What it says of a wrong one may hold the password."""
        if url is None:
            return None
        if not url.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://")
        from psycopg import ProgrammingError, conninfo

        try:
            parts = conninfo.conninfo_to_dict(url.get_secret_value())
        except ProgrammingError:
            raise ValueError("is not such as postgresql://role:password@host:5432/database") from None
        if "dbname" not in parts or "user" not in parts:
            raise ValueError("must name a role and a database: postgresql://role:password@host:5432/database")
        return url

    @field_validator("postgres_reader")
    @classmethod
    def refuse_everybody(cls, role: str) -> str:
        if role in ("public", "none") or role.startswith("pg_"):
            raise ValueError(f"{role} is a name of PostgreSQL's own; name a role")
        return role

    @field_validator("standard")
    @classmethod
    def require_known_accelerations(cls, text: str) -> str:
        """Reject names that are not accelerations."""
        if unknown := [name for name in _names(text) if name not in (*ACCELERATIONS, "all")]:
            raise ValueError(f"no acceleration {', '.join(unknown)}; name all, or some of {', '.join(ACCELERATIONS)}")
        return text

    @field_validator("sources")
    @classmethod
    def require_known_sources(cls, text: str) -> str:
        unknown = [name for name in _names(text) if name not in (*LIVE, "live", "record")]
        if unknown or not _names(text):
            raise ValueError(
                f"no source {', '.join(unknown) or text!r}; name record, live, or some of {', '.join(LIVE)}"
            )
        return text

    @model_validator(mode="before")
    @classmethod
    def refuse_unknown_variables(cls, values: Any) -> Any:
        known = {f"{_PREFIX}{name}".upper() for name in cls.model_fields}
        unknown = sorted(name for name in os.environ if name.startswith(_PREFIX) and name not in known)
        if unknown:
            raise ValueError(f"unknown setting {', '.join(unknown)}; the settings are {', '.join(sorted(known))}")
        return values

    @model_validator(mode="after")
    def require_absolute_home(self) -> "Settings":
        if not self.home.is_absolute():
            raise ValueError(f"{_PREFIX}HOME must be an absolute path, not {str(self.home)!r}")
        return self

    @property
    def standard_parts(self) -> tuple[str, ...]:
        """The accelerations that are switched off."""
        names = _names(self.standard)
        return tuple(name for name in ACCELERATIONS if name in names or "all" in names)

    @property
    def live_sources(self) -> tuple[str, ...]:
        """The publishers that are asked; none of them when the embedded record stands alone."""
        asked = [] if self.as_of else _names(self.sources)
        return tuple(name for name in LIVE if name in asked or "live" in asked)

    @property
    def addresses(self) -> dict[str, str]:
        return {name: getattr(self, f"{name}_url") for name in LIVE}

    def credentials(self, source: str) -> dict[str, str]:
        """Return the headers by which a publisher knows us. They are sent, and go nowhere else."""
        if source == "comtrade" and self.comtrade_key:
            return {"Ocp-Apim-Subscription-Key": self.comtrade_key.get_secret_value()}
        return {}

    @property
    def archive_dir(self) -> Path | str:
        """The archive: a folder, or its URL."""
        return self.archive or self.home / "archive"

    @property
    def build_file(self) -> Path:
        return self.home / "build" / "warehouse.duckdb"

    @property
    def spill_dir(self) -> Path:
        return self.home / "build" / "spill"

    @property
    def lake_dir(self) -> Path | str:
        """The lake: a folder, or its URL."""
        return self.lake or self.home / "lake"

    @property
    def lake_copies(self) -> Path:
        """Where files of a lake at a URL are kept after they were read."""
        return self.home / "lake"

    @property
    def lock_file(self) -> Path:
        return self.home / "build" / "run.lock"

    @property
    def dbt_target_dir(self) -> Path:
        return self.home / "build" / "dbt"

    @property
    def spark_dir(self) -> Path:
        return self.home / "build" / "spark"

    @property
    def releases_dir(self) -> Path:
        return self.home / "releases"

    @property
    def current(self) -> Path:
        return self.home / "current"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


@cache
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
