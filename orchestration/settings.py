"""The one typed settings object. It reads ENTREPOT_* and raises on nonsense; it never falls back."""

import os
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_DIR = Path(__file__).resolve().parent.parent
DBT_PROJECT_DIR = PROJECT_DIR / "dbt_project"
FIGURES_DIR = Path(__file__).resolve().parent / "figures"

_PREFIX = "ENTREPOT_"


class Settings(BaseSettings):
    """Where things are and how much is kept.

    Raises pydantic.ValidationError when a value is out of range or an ENTREPOT_* variable is unknown.
    """

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True)

    home: Path = Field(default=PROJECT_DIR / "var", description="Everything that a run writes lives under this folder.")
    figures_dir: Path = Field(default=FIGURES_DIR, description="The embedded record: a folder of CSV files.")
    keep_releases: int = Field(default=10, ge=2, le=1000, description="Releases kept; the current one always is.")
    dbt_threads: int = Field(default=2, ge=1, le=64, description="Threads of a dbt run.")

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
    def archive_dir(self) -> Path:
        return self.home / "archive"

    @property
    def build_file(self) -> Path:
        return self.home / "build" / "warehouse.duckdb"

    @property
    def lock_file(self) -> Path:
        return self.home / "build" / "run.lock"

    @property
    def dbt_target_dir(self) -> Path:
        return self.home / "build" / "dbt"

    @property
    def releases_dir(self) -> Path:
        return self.home / "releases"

    @property
    def current(self) -> Path:
        return self.home / "current"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"


@cache
def get_settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
