"""A real S3-compatible server on loopback, moto's, and the environment variables by which S3 clients find it."""

import importlib.util
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

import pytest

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "made-up-id",
    "AWS_SECRET_ACCESS_KEY": "s3cret-made-up",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "2",  # a test of a server that is down need not wait for botocore's five
}

# A fork of a process that has imported everything starts in milliseconds.
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["s3fs", "orchestration.archive", "orchestration.storage.object_store"])


def is_installed() -> bool:
    return all(importlib.util.find_spec(package) for package in ("moto", "s3fs"))


@contextmanager
def running() -> Iterator[str]:
    """Run the server and yield its address; until the block ends, the AWS variables of this process point to it."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("AWS_")]:
                patch.delenv(name)
            for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": address}.items():
                patch.setenv(name, value)
            yield address
    finally:
        server.stop()


def process(target: Callable[..., None], *arguments: object) -> BaseProcess:
    """Return a process with this one's variables: those of the fork server are from its first use."""
    return SERVER.Process(target=_call_with, args=(dict(os.environ), target, arguments))


def _call_with(variables: Mapping[str, str], target: Callable[..., None], arguments: tuple[object, ...]) -> None:
    os.environ.update(variables)
    target(*arguments)
