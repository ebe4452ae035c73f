"""Claim a port on loopback before anything is started, so that no address is shown that belongs to another program."""

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
# This machine has no IPv6, or none on loopback.
ABSENT = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}


class PortUnavailable(Exception):
    """A port can't be listened on; the message names it and says what to do."""


@contextmanager
def claimed(port: int) -> Iterator[list[socket.socket]]:
    """Yield sockets that listen on a port of 127.0.0.1 and of ::1, to hand to a server; close them afterwards.

    Browsers try both for `localhost`, so a program on either one would answer in place of the server. They listen at
    once: two sockets can be bound to a port as long as neither does. Connections wait until the server accepts them.

    Raises PortUnavailable if another program has the port on either address, or this user may not have it.
    """
    with ExitStack() as stack:
        found = [_listen(family, address, port, stack) for family, address in LOOPBACK]
        yield [listener for listener in found if listener]


def _listen(family: socket.AddressFamily, address: str, port: int, stack: ExitStack) -> socket.socket | None:
    remedy = "stop the program that uses it, or choose another port with --port"
    if _answers(family, address, port):  # not every system refuses to bind below a program that has all addresses
        raise PortUnavailable(f"port {port} is in use on {address}; {remedy}")
    try:
        listener = stack.enter_context(socket.socket(family))
    except OSError:
        return None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # not to wait for connections that just ended
        if family is socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(2048)
    except OSError as error:
        if family is socket.AF_INET6 and error.errno in ABSENT:
            return None
        if error.errno == errno.EADDRINUSE:
            raise PortUnavailable(f"port {port} is in use on {address}; {remedy}") from None
        raise PortUnavailable(
            f"port {port} of {address} can't be listened on ({error.strerror}); choose another with --port"
        ) from None
    return listener


def _answers(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            probe.settimeout(1)
            return probe.connect_ex((address, port)) == 0
    except OSError:
        return False
