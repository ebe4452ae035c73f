"""Parts of the main job, run by hand through Dagster: no combination publishes what a whole build would refuse."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration import releases
from orchestration.runtime import instance
from orchestration.settings import DBT_PROJECT_DIR, PROJECT_DIR, Settings
from orchestration.warehouse import build_file
from testing.homes import build_home

pytestmark = pytest.mark.slow

# One step makes both.
RELEASE = 'key:"release" or key:"report"'


def change(home: Path, statement: str) -> None:
    with build_file.connect(Settings(home=home)) as connection:
        connection.execute(statement)


def test_table_changed_after_its_checks_is_not_released(home: Path, figures: Path) -> None:
    settings, before = Settings(home=home), releases.current_release(home / "current").id
    changed = "set deficit_rank = deficit_rank {} 1 where month = '2026-03-01'"
    change(home, f"update marts.fct_trade_balance_monthly {changed.format('+')}")
    released = materialize(home, figures, RELEASE)
    assert released.returncode != 0
    assert "marts.fct_trade_balance_monthly" in released.stderr
    # Checks of other content do not count for what is there now, even if that was built.
    change(home, f"update marts.fct_trade_balance_monthly {changed.format('-')}")
    released = materialize(home, figures, RELEASE)
    assert released.returncode != 0
    assert "fct_trade_balance_monthly does not hold what was built" in released.stderr
    assert releases.current_release(home / "current").id == before
    build_home(home)
    assert releases.current_release(settings.current).id == before


def test_rows_of_another_engine_given_to_plain_dbt_are_not_released(home: Path, figures: Path) -> None:
    name, file = "fct_hkd_peg_monthly", home / "peg.parquet"
    change(home, f"copy marts.{name} to '{file}' (format parquet)")
    variables = json.dumps({"built_elsewhere": {f"model.entrepot.{name}": str(file)}})
    dbt = [str(Path(sys.executable).with_name("dbt")), "build", "--select", f"{name}+", "--vars", variables]
    target = ["--target-path", str(home / "build" / "plain"), "--exclude-resource-type", "unit_test"]
    env = {**os.environ, "ENTREPOT_HOME": str(home)}
    subprocess.run([*dbt, *target], cwd=DBT_PROJECT_DIR, env=env, capture_output=True, timeout=240, check=False)
    released = materialize(home, figures, RELEASE)
    assert released.returncode != 0
    assert f"{name} was built by another version" in released.stderr


def materialize(home: Path, figures: Path, selection: str) -> subprocess.CompletedProcess[str]:
    """Materialize assets with their checks, as somebody does who selects them in the UI."""
    dagster = Path(sys.executable).with_name("dagster")
    command = [str(dagster), "asset", "materialize", "-m", "orchestration.definitions", "--select", selection]
    env = {**instance.prepare(Settings(home=home)), "ENTREPOT_FIGURES_DIR": str(figures)}
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=PROJECT_DIR, timeout=240, check=False)


def test_changed_figure_is_not_released_by_leaving_out_what_would_refuse_it(home: Path, figures: Path) -> None:
    path, before = figures / "trade_totals_monthly.csv", releases.current_release(home / "current").id
    path.write_text(path.read_text().replace("2026-03,imports,707484", "2026-03,imports,708484"))
    after_release = 'key:"release"+'
    everything_but = materialize(home, figures, f'not key:"*fct_claim_verdicts" and not {after_release}')
    assert everything_but.returncode == 0, everything_but.stderr
    released = materialize(home, figures, RELEASE)
    assert released.returncode != 0
    assert "fct_claim_verdicts was built before" in released.stderr
    # Now the verdicts are new, and the check of the claims refuses the figure.
    assert materialize(home, figures, 'key:"*fct_claim_verdicts"').returncode != 0
    released = materialize(home, figures, RELEASE)
    assert released.returncode != 0
    assert "claim_c001" in released.stderr
    assert releases.current_release(home / "current").id == before
