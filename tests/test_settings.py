"""Settings raise on invalid values; they never fall back to defaults."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from orchestration.settings import PROJECT_DIR, Settings


def test_every_folder_is_under_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ENTREPOT_HOME", str(tmp_path))
    settings = Settings()
    places = (settings.archive_dir, settings.build_file, settings.releases_dir, settings.current, settings.dagster_home)
    assert all(Path(place).is_relative_to(tmp_path) for place in places)


def test_home_defaults_to_var_in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENTREPOT_HOME", raising=False)
    assert Settings().home == PROJECT_DIR / "var"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ENTREPOT_HOME", "relative/home", "must be an absolute path"),
        ("ENTREPOT_HOME", "/homes/a?b", "must be UTF-8 without"),
        ("ENTREPOT_HOME", "/homes/a#b", "must be UTF-8 without"),
        ("ENTREPOT_HOME", "/homes/a\nb", "must be UTF-8 without"),
        ("ENTREPOT_HOME", "/homes/a\udc80b", "must be UTF-8 without"),
        ("ENTREPOT_HOME", "/homes/" + "a/" * 200, "must have at most 400 bytes"),
        ("ENTREPOT_KEEP_RELEASES", "1", "greater than or equal to 2"),
        ("ENTREPOT_KEEP_RELEASES", "many", "valid integer"),
        ("ENTREPOT_DBT_THREADS", "0", "greater than or equal to 1"),
        ("ENTREPOT_PARSER_MEMORY_LIMIT", "1MB", "must be from 300MB to 100000GB"),
        ("ENTREPOT_PARSER_MEMORY_LIMIT", "99999999999GB", "must be from 300MB to 100000GB"),
        ("ENTREPOT_MEMORY_LIMIT", "1MiB", "must be from 100MB to 100000GB"),
        ("ENTREPOT_PARSER_SECONDS", "nan", "less than or equal to 86400"),
        ("ENTREPOT_HTTP_MAX_BYTES", "99999999999999", "less than or equal to 10000000000"),
        ("ENTREPOT_POSTGRES_URL", "mysql://entrepot:s3cret@127.0.0.1/entrepot", "must begin with postgresql://"),
        ("ENTREPOT_POSTGRES_URL", "postgresql://entrepot:s3cret@127.0.0.1", "must name a role and a database"),
        (
            "ENTREPOT_POSTGRES_URL",
            "postgresql://entrepot:s3cr%et@127.0.0.1/entrepot",
            "is not of the form postgresql://",
        ),
        ("ENTREPOT_POSTGRES_READER", "public", "is reserved by PostgreSQL"),
        ("ENTREPOT_POSTGRES_READER", 'x"; drop', "should match pattern"),
        ("ENTREPOT_RELEASES", "/mnt/releases", "must be a URL such as s3://bucket/prefix"),
        ("ENTREPOT_RELEASES", "sftp://entrepot:s3cret@host/releases", "must hold no password"),
        ("ENTREPOT_ARCHIVE", "simplecache::s3://s3cret", "must be a URL such as s3://bucket/prefix"),
        ("ENTREPOT_ENGINE", "polars", "'duckdb' or 'spark'"),
        ("ENTREPOT_SPARK_MASTER", "127.0.0.1:7077", "should match pattern"),
        ("ENTREPOT_SPARK_CONF", "spark.executor.memory=4g", "must be JSON"),
        pytest.param("ENTREPOT_SPARK_CONF", "[" * 100_000, "must be JSON", id="nested configuration"),
        ("ENTREPOT_SPARK_CONF", '{"spark.executor.cores": 4}', "must be strings by name"),
        ("ENTREPOT_SPARK_CONF", '{"fs.s3a.secret.key": "s3cret"}', "begin with spark., not fs.s3a.secret.key"),
        ("ENTREPOT_ALLOWED_HOSTS", "caf\udce9", "must be UTF-8 text"),
        ("ENTREPOT_STANDARD", "caf\udce9", "must be UTF-8 text"),
        ("ENTREPOT_HOEM", "/home", "unknown setting ENTREPOT_HOEM"),
    ],
)
def test_invalid_setting_is_refused_without_showing_a_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=reason) as refused:
        Settings()
    assert "s3cr" not in str(refused.value)


def test_password_of_postgresql_is_never_shown() -> None:
    settings = Settings(postgres_url=SecretStr("postgresql://entrepot:s3cret@127.0.0.1/entrepot"))
    assert "s3cret" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_archive_is_a_folder_or_a_url(tmp_path: Path) -> None:
    assert Settings(archive=str(tmp_path)).archive_dir == tmp_path
    assert Settings(archive="s3://bucket/archive/").archive_dir == "s3://bucket/archive"
