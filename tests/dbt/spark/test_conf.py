"""Spark's configuration, and the reasons why Spark can't be used; no Spark is needed."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from orchestration.dbt.spark import session
from orchestration.dbt.spark.conf import ConfigurationError, configuration
from orchestration.settings import PROJECT_DIR, Settings


def settings(tmp_path: Path, master: str = "local[2]", **conf: str) -> Settings:
    return Settings(home=tmp_path, engine="spark", spark_master=master, spark_conf=SecretStr(json.dumps(conf)))


def test_setting_overrides_a_default(tmp_path: Path) -> None:
    assert configuration(settings(tmp_path))["spark.sql.shuffle.partitions"] == "8"
    conf = configuration(settings(tmp_path, **{"spark.sql.shuffle.partitions": "400"}))
    assert conf["spark.sql.shuffle.partitions"] == "400"


def test_options_that_affect_figures_can_not_be_changed(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"may not set spark\.sql\.ansi\.enabled"):
        configuration(settings(tmp_path, **{"spark.sql.ansi.enabled": "false"}))


def test_driver_listens_on_loopback_unless_the_master_is_remote(tmp_path: Path) -> None:
    assert configuration(settings(tmp_path))["spark.driver.host"] == "127.0.0.1"
    assert configuration(settings(tmp_path, "spark://127.0.0.1:7077"))["spark.driver.host"] == "127.0.0.1"
    assert "spark.driver.host" not in configuration(settings(tmp_path, "spark://spark-master:7077"))


def test_missing_package_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(session, "find_spec", lambda name: None if name == "pyspark" else find_spec(name))
    with pytest.raises(session.SparkUnavailable, match="pyspark is not installed: run `make spark`"):
        session.require(settings(tmp_path))


def test_kubernetes_files_use_existing_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = list(yaml.safe_load_all((PROJECT_DIR / "deploy" / "kubernetes" / "entrepot.yaml").read_text()))
    [environment] = [each["data"] for each in documents if each["metadata"]["name"] == "entrepot-settings"]
    [instance] = [each["data"] for each in documents if each["metadata"]["name"] == "entrepot-instance"]
    container = yaml.safe_load(instance["dagster.yaml"])["run_launcher"]["config"]["run_k8s_config"]["container_config"]
    own = {each["name"]: each["value"] for each in container["env"] if "value" in each}
    for name, value in (environment | own).items():
        monkeypatch.setenv(name, value)
    conf = configuration(Settings())
    assert conf["spark.master"] == "k8s://https://kubernetes.default.svc:443"
    assert conf["spark.driver.host"] == "$(POD_IP)"
