"""A home is served by one `entrepot ui` only."""

import multiprocessing
import os
import socket
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from orchestration.runtime import ui_server
from orchestration.settings import Settings


def serve(home: Path, is_served: Event, is_over: Event) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, ui_server.hold(Settings(home=home), [listening]):
        is_served.set()
        is_over.wait(60)


def test_second_ui_of_a_home_is_refused_and_the_first_one_named(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    is_served, is_over = context.Event(), context.Event()
    first = context.Process(target=serve, args=(tmp_path, is_served, is_over))
    first.start()
    try:
        assert is_served.wait(60)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            named = rf"another `entrepot ui` serves .* \(process {first.pid}, http://127\.0\.0\.1:\d+\); use that one"
            with (
                pytest.raises(ui_server.UiUnavailable, match=named),
                ui_server.hold(Settings(home=tmp_path), [listening]),
            ):
                pass
            is_over.set()
            first.join()
            with ui_server.hold(Settings(home=tmp_path), [listening]):
                assert str(os.getpid()) in (tmp_path / "dagster" / "ui.json").read_text()
    finally:
        is_over.set()
        first.join()
