"""Parts of the main job, run by hand through Dagster: no combination publishes what a whole build would refuse."""

import subprocess
import sys
from pathlib import Path

import pytest

from orchestration import releases
from orchestration.runtime import instance
from orchestration.settings import PROJECT_DIR, Settings

pytestmark = pytest.mark.slow

# One step makes both.
RELEASE = 'key:"release" or key:"report"'


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
