"""Claiming a port on loopback: another program on either address is an error that names the port."""

import socket

import pytest

from orchestration.serving.http import ports
from testing.dagster_ui import free_port

ADDRESSES = {
    "127.0.0.1": (socket.AF_INET, "127.0.0.1"),
    "all of IPv4": (socket.AF_INET, "0.0.0.0"),  # noqa: S104
    "::1": (socket.AF_INET6, "::1"),
    "all of IPv6": (socket.AF_INET6, "::"),
}


def test_claimed_port_is_listened_on_at_once_on_both_addresses() -> None:
    port = free_port()
    with ports.claimed(port) as sockets:
        assert {listener.getsockname()[:2] for listener in sockets} >= {("127.0.0.1", port)}
        for listener in sockets:
            with socket.socket(listener.family) as client:
                client.connect(listener.getsockname()[:2])
    with ports.claimed(port):
        pass


@pytest.mark.parametrize("address", ADDRESSES)
def test_port_of_another_program_is_named(address: str) -> None:
    family, name = ADDRESSES[address]
    port = free_port()
    with socket.socket(family) as other:
        try:
            other.bind((name, port))
        except OSError:
            pytest.skip(f"this machine has no address {name}")
        other.listen()
        with pytest.raises(ports.PortUnavailable, match=rf"port {port} is in use on .*--port"), ports.claimed(port):
            pass


def test_port_that_is_claimed_already_is_refused() -> None:
    port = free_port()
    with (
        ports.claimed(port),
        pytest.raises(ports.PortUnavailable, match=f"port {port} is in use on 127.0.0.1"),
        ports.claimed(port),
    ):
        pass


def test_machine_without_ipv6_gets_ipv4_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "LOOPBACK", (ports.LOOPBACK[0], (socket.AF_INET6, "2001:db8::1")))
    with ports.claimed(free_port()) as sockets:
        assert [listener.family for listener in sockets] == [socket.AF_INET]
