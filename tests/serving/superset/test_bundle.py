"""Superset's own import accepts the bundle, and its datasets match the release."""

from pathlib import Path

import pytest
import yaml

from orchestration import releases
from orchestration.serving.superset.datasets import BUNDLE, DATASETS, datasets, verbose_name, write_datasets
from orchestration.settings import Settings
from tests.serving.superset.client import Client, bundle

KINDS = {"chart": "charts", "dataset": "datasets", "dashboard": "dashboards", "database": "databases"}


def test_dataset_files_match_the_release(built: Settings) -> None:
    with releases.connect(releases.current_release(built.current)) as connection:
        now = datasets(connection)
    on_file = {path.name: path.read_text() for path in DATASETS.glob("*.yaml")}
    assert on_file.keys() == now.keys()
    differing = [name for name in now if on_file[name] != now[name]]
    assert not differing, "run `entrepot superset --datasets` and review the change"


def test_every_column_of_every_dataset_is_described() -> None:
    for path in DATASETS.glob("*.yaml"):
        for column in yaml.safe_load(path.read_text())["columns"]:
            assert column["description"], f"{path.stem}.{column['column_name']} has no description"


def test_manual_metrics_are_kept_and_files_of_removed_marts_deleted(built: Settings, tmp_path: Path) -> None:
    kept = {"metrics": [{"metric_name": "mine", "expression": "SUM(hkd_per_usd)"}], "columns": []}
    (tmp_path / "fct_hkd_peg_monthly.yaml").write_text(yaml.safe_dump(kept))
    (tmp_path / "fct_gone.yaml").write_text(yaml.safe_dump({"columns": []}))
    with releases.connect(releases.current_release(built.current)) as connection:
        write_datasets(connection, tmp_path)
    assert yaml.safe_load((tmp_path / "fct_hkd_peg_monthly.yaml").read_text())["metrics"] == kept["metrics"]
    assert not (tmp_path / "fct_gone.yaml").exists()


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("balance_hkd_mn", "Balance, HK$ million"),
        ("exports_yoy_pct", "Exports on the year, %"),
        ("deficit_pct_of_imports", "Deficit, % of imports"),
        ("hkd_per_tael", "HK$ per tael"),
        ("services_balance_hkd_bn", "Services balance, HK$ billion"),
        ("contribution_pp", "Contribution, percentage points"),
    ],
)
def test_verbose_name_has_words_and_unit(column: str, words: str) -> None:
    assert verbose_name(column) == words


def test_every_metric_and_column_that_a_chart_uses_is_in_its_dataset() -> None:
    files = {each["uuid"]: each for each in (yaml.safe_load(path.read_text()) for path in DATASETS.glob("*.yaml"))}
    for path in (BUNDLE / "charts").glob("*.yaml"):
        chart = yaml.safe_load(path.read_text())
        dataset, params = files[chart["dataset_uuid"]], chart["params"]
        metrics = [*params.get("metrics", []), *params.get("metrics_b", []), *filter(None, [params.get("metric")])]
        columns = params.get("all_columns", [])
        assert metrics or columns, path.stem
        assert set(metrics) <= {metric["metric_name"] for metric in dataset["metrics"]}, path.stem
        assert set(columns) <= {column["column_name"] for column in dataset["columns"]}, path.stem


@pytest.mark.superset
def test_bundle_can_be_imported_through_the_api(superset: Client) -> None:
    (lost,) = [chart for chart in superset.listed("chart") if chart["slice_name"] == "Deficit share"]
    superset.http.delete(f"/chart/{lost['id']}").raise_for_status()
    assert superset.import_assets(bundle(superset.home)).status_code == 200
    for kind, folder in KINDS.items():
        assert len(superset.listed(kind)) == len(list((BUNDLE / folder).rglob("*.yaml"))), kind
    dashboard = superset.http.get("/dashboard/entrepot/charts").raise_for_status().json()["result"]
    charts = [yaml.safe_load(path.read_text())["slice_name"] for path in (BUNDLE / "charts").glob("*.yaml")]
    assert sorted(chart["slice_name"] for chart in dashboard) == sorted(charts)
