"""What is remembered of each customer at each account, for all processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from kefu.channels.base import ChannelState
from kefu.errors import Conflict

__all__ = ["Session", "Sessions", "address_of", "recipient_of", "recipient_parts"]

CHANNEL = "wecom"
KEPT_SECONDS = 30 * 86400.0
ATTEMPTS = 20


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A customer at an account."""

    state: int | None = None
    """Who serves them, as the platform counts; None: nobody has asked yet."""
    scene: str = ""
    """The link they came by, as it was named in the platform's console."""
    scene_param: str = ""
    code: str = ""
    """With which one message may be sent in answer to their entering."""
    code_ends: float = 0.0
    code_for: str = ""
    """The message that the code was used for, or was going to be."""
    has_held: bool = False
    """Whether replies wait until they write again."""
    is_known: bool = False
    """Whether the platform was asked who they are."""


class Sessions:
    """The sessions of one enterprise."""

    def __init__(self, state: ChannelState) -> None:
        self._state = state

    async def get(self, account: str, customer: str) -> Session:
        """Return what is remembered; an empty session when nothing is."""
        return (await self._read(_key(account, customer)))[0]

    async def change(self, account: str, customer: str, **changes: Any) -> Session:
        """Change the named fields, whatever others change at the same time."""
        return await self.update(account, customer, lambda _: changes)

    async def update(
        self, account: str, customer: str, change: Callable[[Session], dict[str, Any]]
    ) -> Session:
        """Change what ``change`` returns for the session as it is; nothing when that is empty."""
        key = _key(account, customer)
        for _ in range(ATTEMPTS):
            session, version = await self._read(key)
            changes = change(session)
            if all(getattr(session, name) == value for name, value in changes.items()):
                return session
            changed = msgspec.structs.replace(session, **changes)
            text = msgspec.json.encode(changed).decode()
            if await self._state.change(
                key, text, expected_version=version, expires_in=KEPT_SECONDS
            ):
                return changed
        raise Conflict(f"the session of {customer!r} is changed too often")

    async def _read(self, key: str) -> tuple[Session, int]:
        stored = await self._state.get(key)
        if stored is None:
            return Session(), 0
        return msgspec.json.decode(stored.value, type=Session), stored.version


def address_of(account: str, customer: str) -> str:
    """Return the address of a customer's conversation."""
    return f"{CHANNEL}-{account}-{customer}"


def recipient_of(account: str, customer: str) -> str:
    """Return what :func:`recipient_parts` takes apart."""
    return f"{account}/{customer}"


def recipient_parts(recipient: str) -> tuple[str, str]:
    """Return the account and the customer that a delivery goes to."""
    account, _, customer = recipient.partition("/")
    return account, customer


def _key(account: str, customer: str) -> str:
    return f"wecom:session:{account}:{customer}"
