"""Superset on the current release: start it in its own virtual environment, and write its datasets from the release."""

from orchestration.serving.superset.datasets import write_datasets
from orchestration.serving.superset.launch import SupersetUnavailable, start

__all__ = ["SupersetUnavailable", "start", "write_datasets"]
