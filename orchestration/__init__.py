"""Entrepot: Hong Kong's external merchandise trade and gold, from published figures to tested releases."""

import sys
import warnings
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

# pandera imports PySpark's pandas if it is installed, and PySpark then warns; nothing here uses it.
warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)

# Classes by the names that the dagster.yaml of an older home gives them; Dagster reads that file before any command of
# ours can rewrite it.
FORMER_CLASSES = {
    "orchestration.coordinator": {"PatientRunCoordinator": ("run_coordinator", "DirectRunCoordinator")},
    "orchestration.launcher": {"StandbyRunLauncher": ("run_launcher", "WarmRunLauncher")},
    "orchestration.event_log": {"PooledSqliteEventLogStorage": ("event_log_storage", "PooledSqliteEventLogStorage")},
}


class _FormerModules(MetaPathFinder, Loader):
    """Imports the modules of FORMER_CLASSES, which hold today's classes under their former names."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        return ModuleSpec(fullname, self) if fullname in FORMER_CLASSES else None

    def exec_module(self, module: ModuleType) -> None:
        for former_name, (module_name, name) in FORMER_CLASSES[module.__name__].items():
            setattr(module, former_name, getattr(import_module(f"orchestration.runtime.{module_name}"), name))


sys.meta_path.append(_FormerModules())
