"""Recorded dialogues with their actions on a stock rasa-sdk server."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import warnings

import pytest

from tests.conformance.runner import case_folders, report, run_case

pytest.importorskip("rasa_sdk")
START_SECONDS = 60


def free_port():
    with contextlib.closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def action_server(folder):
    """Serve ``folder/actions.py`` and yield the webhook."""
    port = free_port()
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "-p", str(port)]
    log = (folder / "server.log").open("w")
    server = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "LOG_LEVEL": "ERROR"},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        wait_for(port, server, folder / "server.log")
        yield f"http://127.0.0.1:{port}/webhook"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait(10)
        log.close()


def wait_for(port, server, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
    raise AssertionError(f"the server did not start: {log.read_text()}")


@pytest.mark.parametrize(
    "name", ["33-form-validation-actions", "44-custom-action-events", "82-dispatcher-kwargs"]
)
def test_actions_on_a_server_do_what_they_did_with_rasa(name, tmp_path):
    (folder,) = case_folders([name])
    shutil.copy(folder / "actions.py", tmp_path)
    with action_server(tmp_path) as url, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"rasa_sdk\.")
        result = run_case(folder, actions_url=url)
    assert result.passed, "\n".join(report(result))
