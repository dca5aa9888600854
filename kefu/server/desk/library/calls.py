"""What the routes of the library have in common."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta

from kefu.desk.library.records import By
from kefu.errors import RequestError
from kefu.server.routes.table import ApiCall
from kefu.staff.permissions import Actor, Permission, allows

__all__ = [
    "MAX_TEXT",
    "Description",
    "Line",
    "Position",
    "Version",
    "actor_of",
    "by_of",
    "conversation_of",
    "given",
    "may",
]

MAX_TEXT: Final = 20_000
"""Longest text of a draft, and of one that is checked or filled."""

Line = Annotated[str, Meta(max_length=200)]
Description = Annotated[str, Meta(max_length=500)]
Position = Annotated[int, Meta(ge=0, le=1_000_000)]
Version = Annotated[int, Meta(ge=0, le=2**53)]


def actor_of(call: ApiCall) -> Actor:
    """Return who asks."""
    assert call.admitted is not None
    return call.admitted.actor


def by_of(call: ApiCall) -> By:
    """Return who asks, as the desk knows them."""
    acting = call.acting
    return By(agent_id=acting.actor.account_id, name=acting.actor.name, address=acting.address)


def may(call: ApiCall, permission: Permission) -> bool:
    """Whether who asks has a permission."""
    return allows(actor_of(call), permission)


def given(body: msgspec.Struct) -> dict[str, Any]:
    """Return the fields of a body that were given, without the version."""
    return {
        name: value
        for name in body.__struct_fields__
        if name != "version" and (value := getattr(body, name)) is not UNSET
    }


async def conversation_of(call: ApiCall, conversation_id: str) -> str:
    """Return the id of a conversation that there is; a merged one's leads to the one that goes on.

    Raises:
        RequestError: There is none (404).
    """
    is_text = conversation_id.isprintable() and len(conversation_id) <= 255
    if not is_text or not await call.services.conversations.exists(conversation_id):
        raise RequestError(404, "NotFound", "There is no such conversation.")
    return await call.services.conversations.resolve(conversation_id)
