"""Tells others of changed accounts, groups and skills: who routes conversations has to know."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from kefu.errors import StorageError
from kefu.logs import fields
from kefu.staff.accounts import Account, NamedKind

__all__ = ["Follower", "Following", "NameFollower"]

log = logging.getLogger(__name__)

Follower: TypeAlias = Callable[[Account], Awaitable[None]]
"""Takes an account as it is stored now; new, changed, disabled and removed ones alike."""

NameFollower: TypeAlias = Callable[[NamedKind], Awaitable[None]]
"""Takes the kind of which something was made, changed or removed."""


class Following:
    """Who is told."""

    def __init__(self) -> None:
        self._followers: list[Follower] = []
        self._of_names: list[NameFollower] = []

    def add(self, follower: Follower) -> None:
        """Tell ``follower`` of changes in this process, but those of passwords and settings."""
        self._followers.append(follower)

    def add_of_names(self, follower: NameFollower) -> None:
        """Tell ``follower`` of groups and skills that change in this process."""
        self._of_names.append(follower)

    async def changed(self, account: Account) -> None:
        """Tell all; the change is committed, so one who cannot take note keeps nobody from it."""
        for follower in self._followers:
            await _told(follower(account), account_id=account.account_id)

    async def name_changed(self, kind: NamedKind) -> None:
        """Tell all in the same way."""
        for follower in self._of_names:
            await _told(follower(kind), kind=kind)


async def _told(telling: Awaitable[None], **about: Any) -> None:
    try:
        await telling
    except StorageError as error:
        about["error"] = str(error)
        log.warning("a change of the staff was not taken note of", extra=fields(**about))
