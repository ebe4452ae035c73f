"""Pages of other origins in a real browser, while `entrepot ui` runs: they change nothing, and the UI itself works."""

import http.client
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest

from testing import dagster_ui

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ui"), pytest.mark.timeout(300)]

# Has an effect that can be seen, on an empty home too.
MUTATION = 'mutation M { setConcurrencyLimit(concurrencyKey: "stolen", limit: 7) }'
EFFECT = (
    "{ instance { concurrencyLimits { concurrencyKey } } assetsOrError { ... on AssetConnection { nodes { id } } } }"
)
# Everything a page can try without asking first, and what it would have to ask for; returns what was tried.
ATTACKS = """
async ([address, mutation]) => {
  const body = JSON.stringify({query: mutation, operationName: 'M'});
  const query = '/graphql?' + new URLSearchParams({query: mutation});
  const tried = [];
  const attempt = async (name, doing) => { try { await doing(); } catch (error) {} tried.push(name); };
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/json'])
    for (const mode of ['no-cors', 'cors'])
      for (const where of ['/graphql', query])
        await attempt(`${mode} POST of ${type}`,
          () => fetch(address + where, {method: 'POST', mode, body, headers: {'Content-Type': type}}));
  await attempt('GET', () => fetch(address + query, {mode: 'no-cors'}));
  await attempt('beacon', () => navigator.sendBeacon(address + query, body));
  await attempt('report', () => fetch(
    address + '/report_asset_materialization/stolen', {method: 'POST', mode: 'no-cors'}));
  await attempt('image', () => new Promise(done => {
    const image = new Image(); image.onload = image.onerror = done; image.src = address + query; }));
  await attempt('script', () => new Promise(done => {
    const script = document.createElement('script'); script.onload = script.onerror = done;
    script.src = address + query; document.body.append(script); }));
  const frame = document.createElement('iframe'); frame.name = 'target'; document.body.append(frame);
  for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])
    await attempt(`form of ${enctype}`, () => new Promise(done => {
      const form = document.createElement('form');
      Object.assign(form, {action: address + query, method: 'POST', enctype, target: 'target'});
      const field = document.createElement('input'); field.name = '{"query":"'; field.value = '"}';
      form.append(field); document.body.append(form); frame.onload = done; form.submit(); setTimeout(done, 2000); }));
  await attempt('socket', () => new Promise((done, failed) => {
    const socket = new WebSocket(address.replace('http', 'ws') + '/graphql', 'graphql-ws');
    socket.onopen = () => { window.opened = true; done(); }; socket.onerror = failed; }));
  return tried;
}
"""


@contextmanager
def foreign_site() -> Iterator[str]:
    """Serve an empty page on a port of its own, which makes it another origin."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>elsewhere</title><body></body>")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, require: Callable[[bool, str], None]) -> Iterator[str]:
    require(dagster_ui.CHROMIUM.exists(), f"there is no browser at {dagster_ui.CHROMIUM}; install chromium")
    with dagster_ui.serve(tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with dagster_ui.browser() as opened:
        opened.set_default_timeout(60_000)
        yield opened


def graphql(address: str, query: str) -> str:
    """Return what a program on this machine is answered, which sends no Origin."""
    request = urllib.request.Request(  # noqa: S310
        f"{address}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        return str(answer.read().decode())


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_page_of_another_origin_changes_nothing(address: str, page: Any, name: str) -> None:
    target = address.replace("127.0.0.1", name)
    with foreign_site() as site:
        page.goto(site)
        tried = page.evaluate(ATTACKS, [target, MUTATION])
        assert len(tried) == 25
        assert page.evaluate("window.opened") is None
        page.goto(site)
        page.evaluate("where => { location = where }", f"{target}/graphql?{urlencode({'query': MUTATION})}")
        page.wait_for_timeout(500)
    assert "stolen" not in graphql(address, EFFECT)


def test_same_request_of_a_program_has_an_effect(address: str) -> None:
    """Shows that the requests above failed because of their origin."""
    assert graphql(address, MUTATION) == '{"data":{"setConcurrencyLimit":true}}'
    assert "stolen" in graphql(address, EFFECT)


def test_name_that_resolves_to_this_machine_is_not_answered(address: str) -> None:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    connection.request("GET", "/runs", headers={"Host": "rebound.example"})
    refused = connection.getresponse()
    assert refused.status == 403
    assert "rebound.example is not allowed here" in refused.read().decode()


def test_pages_graphiql_and_websocket_work_under_the_ui_s_own_address(address: str, page: Any) -> None:
    complaints: list[str] = []
    page.on(
        "response", lambda response: complaints.append(response.url) if response.status in (403, 405, 415) else None
    )
    dagster_ui.open_lineage(page, address.replace("127.0.0.1", "localhost"))
    opened = """() => new Promise((done, failed) => {
      const socket = new WebSocket(location.origin.replace('http', 'ws') + '/graphql', 'graphql-ws');
      socket.onopen = () => done('opened'); socket.onerror = failed; })"""
    assert page.evaluate(opened) == "opened"
    page.goto(f"{address}/graphql")
    page.locator(".graphiql-container").wait_for()
    assert complaints == []
