"""Statements about attachments."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Executable, bindparam, delete, insert, select

from kefu.storage.sql.tables import attachments

__all__ = ["OF_ATTACHMENTS"]

P = bindparam
_a = attachments.c
_KEPT = (_a.attachment_id, _a.conversation_id, _a.name, _a.content_type, _a.size, _a.created_at)

OF_ATTACHMENTS: Final[dict[str, Executable]] = {
    "add_attachment": insert(attachments)
    .inline()
    .values(
        attachment_id=P("attachment_id"),
        conversation_id=P("conversation_id"),
        name=P("name"),
        content_type=P("content_type"),
        size=P("size"),
        created_at=P("now"),
    ),
    "find_attachment": select(*_KEPT).where(_a.attachment_id == P("attachment_id")),
    "drop_attachments": delete(attachments).where(_a.conversation_id == P("conversation_id")),
    "attachments_of": select(*_KEPT)
    .where(_a.conversation_id == P("conversation_id"))
    .order_by(_a.created_at, _a.attachment_id),
}
