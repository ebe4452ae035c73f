"""A client of Superset's REST API: log in once, then send requests."""

import io
import runpy
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import httpx
import pytest

from orchestration.serving.superset.datasets import BUNDLE
from orchestration.serving.superset.launch import environment
from orchestration.settings import Settings


def bundle(home: Path) -> dict[str, str]:
    """Return the bundle as the server imports it on this home."""
    variables = environment(Settings(home=home))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENTREPOT_HOME", variables["ENTREPOT_HOME"])
        server = runpy.run_path(str(BUNDLE / "server.py"))
    files: dict[str, str] = server["bundle"](variables["ENTREPOT_SUPERSET_WAREHOUSE"])
    return files


@dataclass
class Client:
    """A session of the user `admin` with a Superset server."""

    http: httpx.Client
    address: str
    password: str
    home: Path

    @cached_property
    def database(self) -> int:
        """The id of the only database."""
        (database,) = self.listed("database")
        return int(database["id"])

    @classmethod
    def log_in(cls, address: str, home: Path) -> Self:
        """Log in with the password that the first start wrote in the home."""
        password = (home / "superset" / "admin_password").read_text().strip()
        http = httpx.Client(base_url=f"{address}/api/v1", timeout=60, headers={"Referer": address})
        credentials = {"username": "admin", "password": password, "provider": "db", "refresh": True}
        token = http.post("/security/login", json=credentials).raise_for_status().json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        http.headers["X-CSRFToken"] = http.get("/security/csrf_token/").raise_for_status().json()["result"]
        return cls(http, address, password, home)

    def listed(self, kind: str) -> list[dict[str, Any]]:
        """Return all objects of a kind: chart, dataset, dashboard or database."""
        found = self.http.get(f"/{kind}/", params={"q": "(page_size:100)"}).raise_for_status().json()["result"]
        return list(found)

    def import_assets(self, files: dict[str, str]) -> httpx.Response:
        """Send a bundle, zipped as Superset's own exports are."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for path, text in files.items():
                archive.writestr(f"bundle/{path}", text)
        return self.http.post("/assets/import/", files={"bundle": ("bundle.zip", packed.getvalue(), "application/zip")})

    def sql(self, statement: str) -> httpx.Response:
        """Run a statement as SQL Lab does."""
        body = {"database_id": self.database, "sql": statement, "runAsync": False, "queryLimit": 100}
        return self.http.post("/sqllab/execute/", json=body)
