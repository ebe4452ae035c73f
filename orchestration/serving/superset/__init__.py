"""Superset on the current release: started in an environment of its own, its datasets described from the release."""

from orchestration.serving.superset.datasets import write_datasets
from orchestration.serving.superset.launch import SupersetUnavailable, start

__all__ = ["SupersetUnavailable", "start", "write_datasets"]
