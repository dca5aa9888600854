"""Opens the sender of one-time codes that endpoints.yml names, and what sends codes through it."""

from __future__ import annotations

import asyncio
import importlib
import secrets
import sys

from kefu.app.settings import AppSettings
from kefu.clock import Clock
from kefu.core.verification import CodeMessage, CodeSender
from kefu.customers.verification import Verification
from kefu.errors import ProjectError
from kefu.project.settings import CONSOLE, CodeSettings
from kefu.storage.opened import Storage

__all__ = ["ConsoleCodes", "code_sender", "open_verification"]


class ConsoleCodes:
    """Prints codes to the terminal: for development only, where nobody else reads it."""

    async def send(self, message: CodeMessage) -> None:
        """Print a code."""
        text = f"code for {message.phone}: {message.code} ({message.minutes} min)\n"
        await asyncio.to_thread(sys.stderr.write, text)


def open_verification(settings: AppSettings, storage: Storage, clock: Clock) -> Verification | None:
    """Return what verifies customers; None where no sender is named.

    Raises:
        ProjectError: The sender cannot be had.
    """
    wanted = settings.endpoints.codes
    if wanted is None:
        return None

    async def secret() -> str:
        return await storage.customers.secret("customers.code_key", secrets.token_hex(32))

    return Verification(
        sender=code_sender(wanted),
        values=storage.channel_state,
        settings=wanted,
        secret=secret,
        clock=clock,
        country=settings.endpoints.customers.phone_country,
    )


def code_sender(wanted: CodeSettings) -> CodeSender:
    """Return the sender that the settings name.

    Raises:
        ProjectError: Its class cannot be had.
    """
    if wanted.name == CONSOLE:
        return ConsoleCodes()
    module_name, _, class_name = wanted.name.rpartition(".")
    try:
        module = importlib.import_module(module_name)  # noqa: TID251 - the project names the class
        sender: CodeSender = getattr(module, class_name).from_settings(dict(wanted.options))
    except (ImportError, AttributeError) as error:
        raise ProjectError(
            f"endpoints.yml: code_sender {wanted.name!r} cannot be loaded: {error}"
        ) from error
    return sender
