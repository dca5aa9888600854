"""The assistant of this repository, trained and running, and somebody who talks to it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bench.flows import assistant as running_assistant
from kefu.model.load import Model, load_model
from kefu.server.app import build_app
from kefu.server.serving import serve
from kefu.server.settings import ServerSettings
from kefu.server.sockets import listening_socket
from tests.integration.command import ROOT, kefu
from tests.known_steps import known_steps

__all__ = ["Customer", "assistant", "customer", "model", "surroundings"]

PARTS = ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml")
CHANNELS = {"rest": {}, "web": {"secret": "0123456789abcdef"}}
FOLDERS = ("data", "actions", "connectors", "tests/stories")


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A trained copy of the repository's project."""
    folder = tmp_path_factory.mktemp("shop")
    for name in PARTS:
        shutil.copy(ROOT / name, folder / name)
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    with known_steps(folder, tmp_path_factory):
        done = kefu("train", cwd=folder)
    assert done.status == 0, done.out + done.err
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


class Customer:
    """Somebody who writes to the running assistant over REST."""

    def __init__(self, session: aiohttp.ClientSession, name: str) -> None:
        self.session = session
        self.name = name

    async def says(self, *messages: str) -> str:
        """Send ``messages`` one after the other; returns the replies to the last one."""
        replies = ""
        for message in messages:
            replies = await self._sends({"message": message})
        return replies

    async def shows(self, picture: str, words: str = "[图片]") -> str:
        """Send a picture, with nothing but what stands for it unless there are words."""
        content = {"type": "image", "url": picture}
        return await self._sends({"message": words, "metadata": {"content": content}})

    async def _sends(self, message: dict[str, Any]) -> str:
        body = {"sender": self.name, **message}
        async with self.session.post("/webhooks/rest/webhook", json=body) as response:
            replies: list[dict[str, Any]] = await response.json()
        return "\n".join(reply["text"] for reply in replies)

    async def signs_in(self, customer_id: str) -> None:
        """Become a customer for whom the storefront has vouched."""
        path = f"/conversations/{self.name}/tracker/events"
        slot = {"event": "slot", "name": "customer_id", "value": customer_id}
        async with self.session.post(path, json=slot) as response:
            assert response.status == 200, await response.text()


@pytest.fixture(scope="session")
def model(assistant: Path) -> Model:
    """The model of the repository's project, loaded once."""
    return load_model(assistant / "models")


@pytest.fixture
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back what running an assistant puts into the environment."""
    for name in ("SHOP_URL", "SHOP_API_KEY", "SHOP_JWT_SECRET"):
        monkeypatch.setenv(name, "")


@pytest.fixture
async def customer(
    model: Model,
    surroundings: None,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Customer]:
    """Somebody nobody has heard of, at an assistant and a shop that nobody has used."""
    settings = ServerSettings(enable_api=True)
    async with running_assistant(model, CHANNELS) as (app, _):
        web = build_app(app.services(), settings)
        async with (
            serve(web, listening_socket("127.0.0.1", 0), drain_seconds=1.0) as server,
            aiohttp.ClientSession(base_url=f"http://127.0.0.1:{server.port}") as session,
        ):
            yield Customer(session, request.node.name)
