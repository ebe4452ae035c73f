"""Superset answers its own pages and signed-in programs; it refuses other origins, other hosts and missing logins."""

import base64
import hmac
import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from testing import dagster_ui, superset_ui
from tests.serving.superset.client import Client

pytestmark = pytest.mark.superset

EVIL = "http://evil.example"
# Those that Superset exempts from its own protection, and some of the others.
CHANGES = [
    ("POST", "/api/v1/chart/data"),
    ("POST", "/superset/log/"),
    ("POST", "/superset/explore_json/"),
    ("POST", "/datasource/samples"),
    ("POST", "/api/v1/sqllab/execute/"),
    ("POST", "/api/v1/security/login"),
    ("DELETE", "/api/v1/dashboard/1"),
    ("POST", "/login/"),
    ("GET", "/logout/"),
    ("OPTIONS", "/api/v1/chart/data"),
]


def answered(superset: Client, method: str, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(superset.address).netloc, timeout=60)
    own = {"Authorization": superset.http.headers["Authorization"], "X-CSRFToken": superset.http.headers["X-CSRFToken"]}
    connection.request(method, path, headers={**own, **headers})
    response = connection.getresponse()
    response.read()
    return response


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("headers", [{"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}])
def test_request_by_a_page_of_another_origin_is_refused(
    superset: Client, method: str, path: str, headers: dict[str, str]
) -> None:
    refused = answered(superset, method, path, headers)
    assert refused.status == 403
    assert not [name for name in refused.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1"])
def test_other_host_is_refused(superset: Client, host: str) -> None:
    assert answered(superset, "GET", "/health", {"Host": host}).status == 403
    assert answered(superset, "GET", "/health", {"X-Forwarded-Host": "evil.example"}).status == 200


def test_own_origin_is_answered_and_none_is_reflected(superset: Client) -> None:
    own = answered(superset, "GET", "/api/v1/dashboard/", {"Origin": superset.address})
    assert own.status == 200
    assert not [name for name in own.headers if name.lower().startswith("access-control")]
    assert "frame-ancestors 'self'" in own.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/api/v1/dashboard/",
            "/api/v1/dashboard/entrepot",
            "/api/v1/chart/",
            "/api/v1/dataset/",
            "/api/v1/database/",
        ),
        *("/api/v1/sqllab/", "/api/v1/security/csrf_token/", "/api/v1/query/", "/api/v1/saved_query/", "/api/v1/log/"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"X-GuestToken": "x.y.z"}])
def test_nothing_is_shown_without_signing_in(superset: Client, path: str, headers: dict[str, str]) -> None:
    answer = httpx.get(superset.address + path, headers=headers)
    assert answer.status_code in (401, 403, 404) or answer.json().get("count") == 0, answer.text


def signed(claims: dict[str, Any], secret: str) -> str:
    """Return a JSON Web Token."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = hmac.new(secret.encode(), text, "sha256").digest()
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def test_token_signed_with_the_well_known_secret_is_no_guest(superset: Client) -> None:
    claims = {"user": {"username": "guest"}, "resources": [], "rls_rules": [], "type": "guest", "aud": superset.address}
    token = signed({**claims, "iat": 0, "exp": 9_999_999_999}, "test-guest-secret-change-me")
    answer = httpx.get(f"{superset.address}/api/v1/dashboard/entrepot", headers={"X-GuestToken": token})
    assert answer.status_code in (401, 403, 404)


def test_form_without_its_token_is_refused_and_cookies_are_private(superset: Client) -> None:
    credentials = {"username": "admin", "password": superset.password}
    with httpx.Client(base_url=superset.address) as client:
        page = client.get("/login/")
        refused = client.post("/login/", data=credentials)
        assert refused.status_code in (302, 400)
        assert client.get("/api/v1/me/").status_code == 401
    cookie = page.headers["Set-Cookie"]
    assert cookie.startswith("entrepot_superset=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_dashboard_works_in_a_browser_and_a_foreign_page_reads_nothing(superset: Client, tmp_path: Path) -> None:
    attack = """async address => {
      const read = async (path, options) => {
        try { return (await fetch(address + path, {credentials: 'include', ...options})).status; }
        catch { return 0; }
      };
      const write = await read('/superset/log/', {method: 'POST'});
      return [await read('/api/v1/me/'), await read('/api/v1/dashboard/'), write];
    }"""
    with dagster_ui.browser(superset_ui.WIDTH, superset_ui.HEIGHT) as page:
        superset_ui.sign_in(page, superset.address, superset.home)
        seen: list[tuple[str, int]] = []

        def note(response: Any) -> None:
            seen.append((response.url, response.status))

        page.on("response", note)
        page.goto(f"{superset.address}/{superset_ui.DASHBOARD}")
        page.locator(superset_ui.TILES).first.wait_for()
        assert [each for each in seen if each[1] == 403] == []
        (tmp_path / "page.html").write_text("<!doctype html><title>elsewhere</title>")
        page.goto((tmp_path / "page.html").as_uri())
        assert page.evaluate(attack, superset.address) == [0, 0, 0]
        assert json.loads(page.request.get(f"{superset.address}/api/v1/me/").text())["result"]["username"] == "admin"
