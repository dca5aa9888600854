"""The shop and the assistant, each in its own process, and browsers that visit the storefront."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from examples.handoff.servers import Server, served
from tests.known_steps import known_steps


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, launch: Any) -> Iterator[Server]:
    """The shop and the assistant of this repository, trained."""
    folder = tmp_path_factory.mktemp("storefront")
    with ExitStack() as stack:
        with known_steps(folder, tmp_path_factory):
            started = stack.enter_context(served(folder))
        yield started


@pytest.fixture
def storefront(servers: Server, browser: Any) -> Iterator[Any]:
    """Return a function that opens a page of the storefront as somebody new.

    The test fails on any script error, and on whatever the page's policy forbids.
    """
    errors: list[str] = []
    contexts = []

    def note(message: Any) -> None:
        # Refusals are answers, too; answers that are not published are none.
        expected = ("400 (Bad Request)", "404 (Not Found)", "403 (Forbidden)", "409 (Conflict)")
        if message.type == "error" and not any(text in message.text for text in expected):
            errors.append(message.text)

    def visit(path: str = "/", **options: Any) -> Any:
        context = browser.new_context(**({"locale": "zh-CN"} | options))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", note)
        page.goto(servers.shop + path)
        page.wait_for_selector("main > *")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert errors == []
