"""Sends the recorded requests of Rasa's HTTP API to a server that serves the same project."""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from kefu.app.assembly import open_app
from kefu.app.settings import AppSettings
from kefu.project.load import load_project
from kefu.project.settings import MEMORY, Credentials
from kefu.server.app import build_app
from kefu.server.serving import serve
from kefu.server.settings import ServerSettings
from kefu.server.sockets import listening_socket
from kefu.training.train import TrainingOptions, train
from tests.conformance.compare import LEVELS, PartResult, differences
from tests.conformance.runner import CaseResult, meant_differences

HERE = Path(__file__).parent / "http-api"
NAME = HERE.name
TOKEN = "secret"


def run_http_api() -> CaseResult:
    """Send the requests and compare the answers, as a case with a part for each request."""
    return CaseResult(NAME, compare_http_api(), meant_differences().get(NAME, {}))


def compare_http_api() -> list[PartResult]:
    """Return what differs from the recording, a part for each request."""
    expected = json.loads((HERE / "expected.json").read_text("utf-8"))["answers"]
    actual = asyncio.run(answers())
    assert len(expected) == len(actual)
    parts = []
    for wanted, got in zip(map(_comparable, expected), map(_comparable, actual), strict=True):
        found = list(differences(wanted, got))
        parts.append(PartResult(got["name"], dict.fromkeys(LEVELS, found)))
    return parts


async def answers() -> list[dict[str, Any]]:
    """Train the project, serve it and return the answers to all requests, in their order."""
    requests = yaml.safe_load((HERE / "requests.yml").read_text("utf-8"))["requests"]
    with tempfile.TemporaryDirectory(prefix="kefu-http-") as folder:
        root = Path(folder) / "project"
        shutil.copytree(HERE / "project", root)
        train(load_project(root).project, TrainingOptions(out=root / "models", cache_folder=None))
        settings = AppSettings(
            root=root,
            model=root / "models",
            storage_url=MEMORY,
            credentials=Credentials(channels={"rest": {}}),
        )
        server_settings = ServerSettings(enable_api=True, auth_token=TOKEN)
        async with (
            open_app(settings) as app,
            serve(
                build_app(app.services(), server_settings), listening_socket("127.0.0.1", 0)
            ) as server,
        ):
            return [await asyncio.to_thread(_answer, server.port, one) for one in requests]


def _answer(port: int, request: dict[str, Any]) -> dict[str, Any]:
    token = request.get("token", TOKEN)
    path = request["path"]
    if token is not None:
        path += ("&" if "?" in path else "?") + urlencode({"token": token})
    headers, body = dict(request.get("headers", {})), None
    if "json" in request:
        body = json.dumps(request["json"], ensure_ascii=False).encode()
        headers.setdefault("Content-Type", "application/json")
    elif "raw" in request:
        body = request["raw"].encode()
        headers.setdefault("Content-Type", request["content_type"])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(request.get("method", "GET"), path, body=body, headers=headers)
        response = connection.getresponse()
        text = response.read().decode("utf-8")
    finally:
        connection.close()
    result = {
        "name": request["name"],
        "status": response.status,
        "content_type": response.getheader("Content-Type"),
    }
    if response.getheader("Allow"):
        result["allow"] = sorted(part.strip() for part in response.getheader("Allow").split(","))
    return {**result, **_body(text, is_stream="stream=true" in path)}


def _body(text: str, *, is_stream: bool) -> dict[str, Any]:
    if is_stream:
        lines = text.split("\n")
        return {"lines": [json.loads(line) if line.startswith("{") else line for line in lines]}
    try:
        return {"json": json.loads(text)}
    except ValueError:
        return {"text": text}


def _comparable(value: Any) -> Any:
    """Return ``value`` without what a log of Kefu's does not repeat in every event."""
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _comparable(item) for key, item in value.items()}
    metadata = kept.get("metadata")
    if isinstance(metadata, dict):
        for key in ("model_id", "assistant_id"):
            metadata.pop(key, None)
        if not metadata:
            del kept["metadata"]
    return kept
