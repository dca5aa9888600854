"""Builds what endpoints.yml names; HTTP and rasa-sdk are loaded only when they are named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kefu.core.domain import Domain
from kefu.dialogue.responses.templates import TemplateResponses
from kefu.project.settings import ActionEndpoint

if TYPE_CHECKING:
    from kefu.remote.action_server import ActionServer
    from kefu.remote.in_process import InProcessActions
    from kefu.remote.nlg_server import ResponseServer

__all__ = ["action_endpoint", "response_generator"]


def action_endpoint(
    settings: ActionEndpoint | None, root: Path
) -> ActionServer | InProcessActions | None:
    """Return where custom actions run, or None when the project names nothing.

    ``root`` is the folder of the project.
    """
    if settings is None:
        return None
    timeout = settings.timeout_seconds
    if settings.module:
        from kefu.remote.in_process import InProcessActions  # noqa: PLC0415 - only when named

        return InProcessActions(settings.module, root, timeout_seconds=timeout)
    if not settings.url:
        return None
    from kefu.remote.action_server import ActionServer  # noqa: PLC0415 - only when named
    from kefu.remote.http_endpoint import HttpSettings  # noqa: PLC0415 - only when named

    user = settings.basic_auth
    http = HttpSettings(
        url=settings.url,
        headers=settings.headers,
        params=settings.params,
        basic_auth={"username": user[0], "password": user[1]} if user else None,
        cafile=settings.ca_file,
        timeout_seconds=timeout,
    )
    return ActionServer(http, sends_domain_always=not settings.selective_domain)


def response_generator(
    section: Mapping[str, Any] | None, domain: Domain
) -> ResponseServer | TemplateResponses:
    """Return what finds the words: the server of section ``nlg``, or the domain itself."""
    own = TemplateResponses(domain.responses)
    if not section or not section.get("url"):
        return own
    from kefu.remote.http_endpoint import HttpSettings  # noqa: PLC0415 - only when named
    from kefu.remote.nlg_server import ResponseServer  # noqa: PLC0415 - only when named

    settings = HttpSettings.from_section(section)
    return ResponseServer(settings, responses=domain.responses, fallback=own)
