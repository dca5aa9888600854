"""The assistant of this repository, trained and running, and somebody who talks to it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.integration.command import ROOT, Server, kefu
from tests.integration.shop_server import running_shop
from tests.known_steps import share_known_steps

__all__ = ["Customer", "assistant", "customer"]

PARTS = ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml")
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
    share_known_steps(folder, tmp_path_factory)
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


@pytest.fixture
async def customer(
    assistant: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Customer]:
    # What the last test left, such as how many codes a phone has had, is not this one's business.
    shutil.rmtree(assistant / "var", ignore_errors=True)
    async with running_shop() as url:
        monkeypatch.setenv("SHOP_URL", url)
        with Server("--enable-api", cwd=assistant) as server:
            async with aiohttp.ClientSession(base_url=server.url) as session:
                yield Customer(session, request.node.name)
