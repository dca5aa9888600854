"""Statements about what the desk keeps: see :mod:`kefu.storage.sql.statements`."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Executable, bindparam, insert, literal_column, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects.postgresql import insert as insert_or

from kefu.storage.sql.tables_desk_items import desk_items, desk_revisions, desk_uses

__all__ = ["OF_DESK_ITEMS"]

P = bindparam
_it, _re = desk_items.c, desk_revisions.c
_ZERO: Any = literal_column("0")
_ONE: Any = literal_column("1")

_ITEM = (
    _it.kind,
    _it.item_id,
    _it.owner,
    _it.name_key,
    _it.body,
    _it.version,
    _it.uses,
    _it.used_at,
    _it.created_at,
    _it.changed_at,
)
_THIS = (_it.kind == P("kind"), _it.item_id == P("item_id"))
_CHANGED: dict[str, Any] = {
    "owner": P("owner"),
    "name_key": P("name_key"),
    "body": P("body"),
    "changed_at": P("changed_at"),
}
_new = insert_or(desk_items).values(
    kind=P("kind"),
    item_id=P("item_id"),
    **_CHANGED,
    version=_ONE,
    uses=_ZERO,
    created_at=P("created_at"),
)
_counted = insert_or(desk_revisions).values(kind=P("kind"), revision=_ONE)

OF_DESK_ITEMS: Final[dict[str, Executable]] = {
    "desk_item": select(*_ITEM).where(*_THIS),
    "desk_items": select(*_ITEM).where(_it.kind == P("kind")).order_by(_it.created_at, _it.item_id),
    "desk_items_of": select(*_ITEM)
    .where(_it.kind == P("kind"), _it.owner == P("owner"))
    .order_by(_it.created_at, _it.item_id),
    "desk_item_so": select(_it.item_id).where(
        _it.kind == P("kind"), _it.name_key == P("name_key"), _it.item_id != P("item_id")
    ),
    "add_desk_item": _new.on_conflict_do_nothing().returning(_it.version),
    "put_desk_item": _new.on_conflict_do_update(
        index_elements=["kind", "item_id"],
        set_={
            **{name: getattr(_new.excluded, name) for name in _CHANGED},
            "version": _it.version + _ONE,
        },
    ).returning(_it.version),
    "change_desk_item": update(desk_items)
    .where(*_THIS, _it.version == P("version"))
    .values(**_CHANGED, version=_it.version + _ONE)
    .returning(_it.version),
    "lock_desk_item": select(_it.version).where(*_THIS).with_for_update(),
    "drop_desk_item": delete_from(desk_items).where(*_THIS),
    "drop_desk_items_of": delete_from(desk_items).where(
        _it.kind == P("kind"), _it.owner == P("owner")
    ),
    "drop_old_desk_items": delete_from(desk_items).where(
        _it.kind == P("kind"), _it.changed_at < P("before")
    ),
    "use_desk_item": update(desk_items)
    .where(*_THIS)
    .values(uses=_it.uses + _ONE, used_at=P("at"))
    .returning(_it.uses),
    "add_desk_use": insert(desk_uses)
    .inline()
    .values(
        kind=P("kind"),
        item_id=P("item_id"),
        agent_id=P("agent_id"),
        conversation_id=P("conversation_id"),
        used_at=P("at"),
    ),
    "desk_revision": select(_re.revision).where(_re.kind == P("kind")),
    "count_desk_revision": _counted.on_conflict_do_update(
        index_elements=["kind"], set_={"revision": _re.revision + _ONE}
    ).returning(_re.revision),
}
