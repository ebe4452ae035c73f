"""Which requests a web server on this machine answers: those of its own pages and of programs, not of other web pages.

A browser sends requests to loopback for any web page that asks it to, so listening on loopback protects nothing. Three
headers, which a page cannot set, tell such requests apart:

- `Host`: the name in the address. A foreign name that resolves to 127.0.0.1 (DNS rebinding) makes a page of another
  site appear to be of the same origin, so only loopback names and those in ENTREPOT_ALLOWED_HOSTS are answered.
- `Origin`: the page that sent the request, always sent with requests that may change something, and by WebSockets.
- `Sec-Fetch-Site`: how that page relates to the address, also where there is no `Origin`, such as for an image.
"""

import ipaddress
import re
from collections.abc import Collection, Mapping, Sequence

# Without wildcards, user names, paths or a trailing dot.
ADDRESS = re.compile(r"(?P<name>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?", re.ASCII)
SCHEMES = {"http": 80, "https": 443}
# Answers must not be framed by other sites, which could place their own buttons over ours, nor be read by them.
RESPONSE_HEADERS = {
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


FOREIGN = "This request comes from a page of another origin. If you use a proxy, let it pass on Host unchanged."


class Refused(Exception):
    """A request is not answered; the message says why, and what to do if that may be wrong."""

    def __init__(self, reason: str, status: int = 403) -> None:
        super().__init__(reason)
        self.status = status


def check(headers: Mapping[str, Sequence[str]], allowed_hosts: Collection[str], *, is_websocket: bool = False) -> None:
    """Raise Refused unless a request comes from a page of the same origin, from its user, or from a program.

    A link on another site may be followed: it opens a page in a tab of its own, and changes nothing.

    Args:
        headers: All values of each header, by its name in lower case.
        allowed_hosts: The names besides loopback under which the server may be reached, in lower case.
        is_websocket: Browsers always send an origin with the handshake, so a missing one is refused too.
    """
    name, port = _host(_only(headers, "host"), allowed_hosts)
    origin = _only(headers, "origin")
    if origin is None and is_websocket:
        raise Refused("A WebSocket needs an Origin.")
    if origin is not None and not _is_of(origin, name, port):
        raise Refused(FOREIGN)
    site = _only(headers, "sec-fetch-site")
    if site not in (None, "same-origin", "none") and not (origin is None and is_link(headers) and not is_websocket):
        raise Refused(FOREIGN)


def is_link(headers: Mapping[str, Sequence[str]]) -> bool:
    """Return True if a browser requests a page to show it in a tab, not in a frame or as a part of another page."""
    return _only(headers, "sec-fetch-mode") == "navigate" and _only(headers, "sec-fetch-dest") == "document"


def is_foreign_link(headers: Mapping[str, Sequence[str]]) -> bool:
    """Return True if the request follows a link on another site."""
    return _only(headers, "sec-fetch-site") in ("cross-site", "same-site")


def _only(headers: Mapping[str, Sequence[str]], name: str) -> str | None:
    """Return the value of a header; None if there is none. Two values might be read differently further on."""
    values = headers.get(name, ())
    if len(values) > 1:
        raise Refused(f"The header {name} is sent more than once.", 400)
    return values[0].strip().lower() if values else None


def _host(host: str | None, allowed_hosts: Collection[str]) -> tuple[str, int | None]:
    """Return name and port of the Host header. Raises Refused if it is missing, invalid or not allowed."""
    found = ADDRESS.fullmatch(host or "")
    if not found:
        raise Refused("The header Host is missing or invalid.", 400)
    if not is_loopback(found["name"]) and found["name"] not in allowed_hosts:
        remedy = "Use http://127.0.0.1, or name the host in ENTREPOT_ALLOWED_HOSTS."
        raise Refused(f"The host {found['name']} is not allowed here. {remedy}")
    return found["name"], int(found["port"]) if found["port"] else None


def is_loopback(name: str) -> bool:
    """Return True for `localhost` and for the loopback addresses of IPv4 and IPv6, the latter in brackets."""
    try:
        address = ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return name == "localhost"
    return address == ipaddress.IPv6Address("::1") or (address.version == 4 and address.is_loopback)


def _is_of(origin: str, name: str, port: int | None) -> bool:
    """Return True if an origin has this name and port. Without a port it has the usual one of its scheme."""
    scheme, _, address = origin.partition("://")
    found = ADDRESS.fullmatch(address)
    if scheme not in SCHEMES or not found or found["name"] != name:
        return False
    usual = SCHEMES[scheme]  # a proxy that adds TLS passes on a Host without a port
    return (int(found["port"]) if found["port"] else usual) == (port or usual)
