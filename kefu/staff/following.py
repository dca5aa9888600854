"""Tells others what an account is from now on: who routes conversations has to know."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from kefu.errors import StorageError
from kefu.logs import fields
from kefu.staff.accounts import Account

__all__ = ["Follower", "Following"]

log = logging.getLogger(__name__)

Follower: TypeAlias = Callable[[Account], Awaitable[None]]
"""Takes an account as it is stored now; new, changed, disabled and removed ones alike."""


class Following:
    """Who is told."""

    def __init__(self) -> None:
        self._followers: list[Follower] = []

    def add(self, follower: Follower) -> None:
        """Tell ``follower`` of changes in this process, but those of passwords and settings."""
        self._followers.append(follower)

    async def changed(self, account: Account) -> None:
        """Tell all; the change is committed, so one who cannot take note keeps nobody from it."""
        for follower in self._followers:
            try:
                await follower(account)
            except StorageError as error:
                about = fields(account_id=account.account_id, error=str(error))
                log.warning("a change of an account was not taken note of", extra=about)
