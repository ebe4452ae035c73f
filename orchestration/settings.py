"""The settings of the program, read from environment variables ENTREPOT_*. An invalid value raises; none is ignored."""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from orchestration.home import Home, require_known_layout
from orchestration.storage import validated_url
from orchestration.storage.input_files import is_utf8
from orchestration.storage.memory import DatabaseMemory, ParserMemory

PROJECT_DIR = Path(__file__).resolve().parent.parent
DBT_PROJECT_DIR = PROJECT_DIR / "dbt_project"
FIGURES_DIR = Path(__file__).resolve().parent / "figures"

_PREFIX = "ENTREPOT_"
# Bytes; the longest name of a file of Dagster's below it has 90.
LONGEST_HOME = 400
# Accelerations that ENTREPOT_STANDARD can switch off; dbt/compatibility.py describes them.
ACCELERATIONS = ("event_log", "warm_worker")
HOST_NAME = r"[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]"
FOLDERS = ("home", "figures_dir", "archive", "lake")
LIVE_SOURCES = ("csd", "idds", "hkma", "world_bank", "comtrade", "unsd")


class Settings(Home, BaseSettings):
    """All settings; each is the variable ENTREPOT_<NAME>.

    Raises pydantic.ValidationError if a value is invalid or an ENTREPOT_* variable is unknown.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, hide_input_in_errors=True)

    home: Path = Field(default=PROJECT_DIR / "var", description="The folder for everything that the program writes.")
    figures_dir: Path = Field(default=FIGURES_DIR, description="Folder of the embedded record's CSV files.")
    releases: str | None = Field(default=None, description="URL to copy each release to, such as s3://bucket/prefix.")
    keep_releases: int = Field(default=10, ge=2, le=1000, description="Releases to keep; the current one always is.")
    dbt_threads: int = Field(default=2, ge=1, le=64, description="Models that dbt builds at the same time.")
    memory_limit: DatabaseMemory = Field(
        default="1GB",
        description="DuckDB's memory limit; larger operations spill to disk, in build/spill of the home.",
    )
    parser_memory_limit: ParserMemory = Field(
        default="2GB", description="Memory that parsing one payload may use; one that needs more is refused."
    )
    parser_seconds: float = Field(
        default=120, gt=0, le=86_400, description="Seconds that parsing one payload may take; after that it is refused."
    )

    standard: str = Field(
        default="",
        description="Accelerations to switch off, for measuring and emergencies: `all`, or some of"
        f" {', '.join(ACCELERATIONS)}, by commas. Dagster's and dbt's standard behaviour takes their place.",
    )

    engine: Literal["duckdb", "spark"] = Field(
        default="duckdb", description="Engine that computes intermediate models and marts; DuckDB always stores them."
    )
    spark_master: str = Field(
        default="local[2]",
        pattern=r"^(local(\[(\d+|\*)\])?|spark://[^\s/]+:\d+|k8s://\S+|yarn)$",
        description="Spark master: spark://host:7077, or local[2] for this machine.",
    )
    spark_conf: SecretStr = Field(
        default=SecretStr("{}"),
        description='More Spark configuration, as JSON: {"spark.executor.memory": "4g"}. It may contain secrets.',
    )
    spark_wait_seconds: int = Field(
        default=60, ge=1, le=3600, description="Longest wait for the first executor of the cluster, in seconds."
    )

    sources: str = Field(
        default="record",
        description="`record`: only the embedded record; `live`: all publishers too; or a list, separated by commas.",
    )
    csd_url: str = Field(default="https://www.censtatd.gov.hk", description="C&SD's web tables.")
    idds_url: str = Field(default="https://tradeidds.censtatd.gov.hk", description="C&SD's Trade IDDS.")
    hkma_url: str = Field(default="https://api.hkma.gov.hk", description="The Hong Kong Monetary Authority's API.")
    world_bank_url: str = Field(default="https://www.worldbank.org", description="The World Bank, for the Pink Sheet.")
    comtrade_url: str = Field(default="https://comtradeapi.un.org", description="UN Comtrade's API.")
    unsd_url: str = Field(
        default="https://unstats.un.org", description="The UN Statistics Division's correlation tables."
    )
    comtrade_key: SecretStr | None = Field(default=None, description="UN Comtrade's API key; full backfills need it.")
    failure_webhook: SecretStr | None = Field(default=None, description="URL to notify when a run fails.")
    superset_postgres_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL database that Superset reads instead of the release, as a read-only role.",
    )
    archive: Path | str | None = Field(
        default=None,
        description="Folder or URL (s3://bucket/prefix) of the archive; by default under ENTREPOT_HOME.",
    )
    lake: Path | str | None = Field(
        default=None,
        description="Folder or URL (s3://bucket/prefix) of the lake; by default under ENTREPOT_HOME.",
    )
    as_of: AwareDatetime | None = Field(
        default=None, description="Build from the archive as it was at this moment, without requests to publishers."
    )
    http_timeout_seconds: float = Field(default=30, gt=0, le=600, description="Timeout of connecting and of each read.")
    http_answer_seconds: float = Field(default=300, gt=0, le=3600, description="Timeout of a whole response.")
    http_attempts: int = Field(default=5, ge=1, le=20, description="Attempts before a request fails.")
    http_pause_seconds: float = Field(
        default=1, ge=0, le=60, description="Pause between requests; grows after failures."
    )
    http_max_bytes: int = Field(
        default=256_000_000, ge=1_000, le=10_000_000_000, description="Largest response body, after decompression."
    )

    allowed_hosts: str = Field(
        default="",
        description="Host names besides loopback under which the Dagster UI and Superset may be reached, by commas.",
    )

    postgres_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL database to load each release into: postgresql://role:password@host/database.",
    )
    postgres_reader: str = Field(
        default="entrepot_reader",
        pattern=r"^[a-z_][a-z0-9_]{0,62}$",
        description="The role that is allowed to read the release in PostgreSQL.",
    )

    @field_validator("*", mode="before")
    @classmethod
    def require_utf8(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse text that is not UTF-8, except in folders, whose names may be any bytes."""
        if isinstance(value, str) and info.field_name not in FOLDERS and not is_utf8(value):
            raise ValueError("must be UTF-8 text")
        return value

    @field_validator("csd_url", "idds_url", "hkma_url", "world_bank_url", "comtrade_url", "unsd_url")
    @classmethod
    def require_tls(cls, url: str) -> str:
        """Require https for publishers; http is allowed for a server on this machine, such as a test's."""
        parts = urlsplit(url)
        if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
            return url.rstrip("/")
        raise ValueError(f"must begin with https://, not {url!r}")

    @field_validator("spark_conf")
    @classmethod
    def require_spark_configuration(cls, text: SecretStr) -> SecretStr:
        """Require a JSON object of strings. Errors do not show the values: they may be secret."""
        try:
            conf = json.loads(text.get_secret_value())
        except (ValueError, RecursionError):
            raise ValueError('must be JSON, such as {"spark.executor.memory": "4g"}') from None
        if not isinstance(conf, dict) or not all(isinstance(value, str) for value in conf.values()):
            raise ValueError('must be strings by name, such as {"spark.executor.memory": "4g"}')
        if strange := sorted(name for name in conf if not name.startswith("spark.")):
            raise ValueError(f"names of Spark's configuration begin with spark., not {', '.join(strange)}")
        return text

    @field_validator("archive", "lake")
    @classmethod
    def parse_folder_or_url(cls, place: Path | str | None) -> Path | str | None:
        """Return a validated URL, or a Path for anything that is not a URL."""
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
        """Require PostgreSQL. The error does not show the address: it may contain a password."""
        if url and not url.get_secret_value().startswith("postgresql://"):
            raise ValueError("must begin with postgresql://")
        return url

    @field_validator("postgres_url")
    @classmethod
    def require_postgres_url(cls, url: SecretStr | None) -> SecretStr | None:
        """Parse the address with PostgreSQL's library. Its errors may contain the password, so they are replaced."""
        if url is None:
            return None
        if not url.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://")
        from psycopg import ProgrammingError, conninfo

        try:
            parts = conninfo.conninfo_to_dict(url.get_secret_value())
        except ProgrammingError:
            raise ValueError("is not of the form postgresql://role:password@host:5432/database") from None
        if "dbname" not in parts or "user" not in parts:
            raise ValueError("must name a role and a database: postgresql://role:password@host:5432/database")
        return url

    @field_validator("postgres_reader")
    @classmethod
    def refuse_built_in_roles(cls, role: str) -> str:
        """Refuse `public`, which would let everyone read, and PostgreSQL's predefined roles."""
        if role in ("public", "none") or role.startswith("pg_"):
            raise ValueError(f"{role} is reserved by PostgreSQL; name another role")
        return role

    @field_validator("allowed_hosts")
    @classmethod
    def require_host_names(cls, text: str) -> str:
        """Require names or addresses alone: a pattern or a port would silently match nothing."""
        if wrong := [name for name in _names(text) if not re.fullmatch(HOST_NAME, name, re.ASCII | re.IGNORECASE)]:
            raise ValueError(f"must be host names by commas, without ports, such as trade.example.org, not {wrong[0]}")
        return text

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
        unknown = [name for name in _names(text) if name not in (*LIVE_SOURCES, "live", "record")]
        if unknown or not _names(text):
            raise ValueError(
                f"unknown source {', '.join(unknown) or text!r}; use record, live, or some of {', '.join(LIVE_SOURCES)}"
            )
        return text

    @model_validator(mode="before")
    @classmethod
    def refuse_unknown_variables(cls, values: Any) -> Any:
        """Refuse misspelt settings, which would silently have no effect."""
        known = {f"{_PREFIX}{name}".upper() for name in cls.model_fields}
        unknown = sorted(name for name in os.environ if name.startswith(_PREFIX) and name not in known)
        if unknown:
            raise ValueError(f"unknown setting {', '.join(unknown)}; the settings are {', '.join(sorted(known))}")
        return values

    @model_validator(mode="after")
    def require_absolute_home(self) -> "Settings":
        """Require an absolute path, as runs and servers have different working directories, that databases can use.

        DuckDB ends a database's path at a question mark, dbt at a hash sign too, and SQLite's have at most 512 bytes.
        """
        home = str(self.home)
        if not self.home.is_absolute():
            raise ValueError(f"{_PREFIX}HOME must be an absolute path, not {home!r}")
        if not is_utf8(home) or any(each in "?#\x7f" or each < " " for each in home):
            raise ValueError(f"{_PREFIX}HOME must be UTF-8 without ?, # and control characters, not {home!r}")
        if len(home.encode()) > LONGEST_HOME:
            raise ValueError(f"{_PREFIX}HOME must have at most {LONGEST_HOME} bytes, not {len(home.encode())}")
        return self

    @property
    def standard_parts(self) -> tuple[str, ...]:
        """The accelerations that are switched off."""
        names = _names(self.standard)
        return tuple(name for name in ACCELERATIONS if name in names or "all" in names)

    @property
    def allowed_host_names(self) -> frozenset[str]:
        """The names of `allowed_hosts`, in lower case."""
        return frozenset(_names(self.allowed_hosts.lower()))

    @property
    def live_sources(self) -> tuple[str, ...]:
        """The publishers to fetch from; empty with the embedded record alone, and with `as_of`."""
        enabled = [] if self.as_of else _names(self.sources)
        return tuple(name for name in LIVE_SOURCES if name in enabled or "live" in enabled)

    @property
    def addresses(self) -> dict[str, str]:
        return {name: getattr(self, f"{name}_url") for name in LIVE_SOURCES}

    def credentials(self, source: str) -> dict[str, str]:
        """Return the headers that authenticate requests to a publisher. They must not be logged or archived."""
        if source == "comtrade" and self.comtrade_key:
            return {"Ocp-Apim-Subscription-Key": self.comtrade_key.get_secret_value()}
        return {}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


@cache
def get_settings() -> Settings:
    """Return the settings of this process; the environment is read once. Raises NewerHome."""
    settings = Settings()
    require_known_layout(settings.home)
    return settings
