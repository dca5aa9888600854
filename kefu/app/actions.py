"""Whether the project's custom actions can run: found out at the start, not by a customer."""

from __future__ import annotations

import asyncio
from collections.abc import Set as AbstractSet
from typing import Any
from urllib.parse import urlsplit

from kefu.core.domain import Domain
from kefu.core.names import DEFAULT_ACTIONS, UTTER_PREFIX
from kefu.errors import ProjectError
from kefu.logs import shown_url
from kefu.project.settings import ActionEndpoint

__all__ = ["custom_actions", "why_actions_fail"]

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_PATIENCE_SECONDS = 1.0


def custom_actions(domain: Domain) -> frozenset[str]:
    """Return the actions of ``domain`` that the project itself has to bring."""
    known = {*DEFAULT_ACTIONS, *domain.responses}
    return frozenset(
        name
        for name in domain.custom_actions
        if name not in known and not name.startswith(UTTER_PREFIX)
    )


async def why_actions_fail(
    wanted: AbstractSet[str], settings: ActionEndpoint | None, endpoint: Any
) -> str | None:
    """Return what will go wrong with custom actions, or None.

    Imports the project's module when the actions run inside this process, so that the first
    customer need not wait for it.
    """
    if not wanted:
        return None
    if settings is None or endpoint is None:
        return (
            f"the bot has custom actions ({_some(wanted)}), but endpoints.yml does not say where"
            " they run: they will fail — write 'action_endpoint:' with 'actions_module: actions'"
        )
    if settings.module:
        return await _why_module_fails(wanted, endpoint)
    return await _why_server_fails(settings.url or "")


async def _why_module_fails(wanted: AbstractSet[str], endpoint: Any) -> str | None:
    try:
        found = set(await asyncio.to_thread(lambda: endpoint.action_names))
    except ProjectError as error:
        return f"custom actions will fail: {error}"
    missing = wanted - found
    if missing:
        return f"the domain names actions that the module does not have: {_some(missing)}"
    return None


async def _why_server_fails(url: str) -> str | None:
    address = urlsplit(url)
    if address.hostname not in _LOCAL:
        return None
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(address.hostname, address.port or 80)
    except OSError:
        return (
            f"custom actions run at {shown_url(url)}, where nobody answers yet —"
            " start 'kefu run actions', or write 'actions_module: actions' instead of 'url'"
            " in endpoints.yml"
        )
    writer.close()
    return None


def _some(names: AbstractSet[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
