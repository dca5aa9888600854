"""Every statement, in SQLAlchemy Core.

The text they compile to for each database lies ready in ``statements.json``, so that SQLAlchemy
need not be loaded to run; ``python -m kefu.storage.sql.statements`` writes it anew after a change
here or in the tables.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import (
    Executable,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.elements import ClauseElement

from kefu.storage.sql.statements_attachments import OF_ATTACHMENTS
from kefu.storage.sql.statements_customers import OF_CUSTOMERS
from kefu.storage.sql.statements_deliveries import OF_DELIVERIES
from kefu.storage.sql.statements_desk import OF_DESK
from kefu.storage.sql.statements_desk_items import OF_DESK_ITEMS
from kefu.storage.sql.statements_desk_lists import LISTS_FOR_POSTGRESQL, LISTS_FOR_SQLITE
from kefu.storage.sql.statements_leases import OF_LEASES
from kefu.storage.sql.statements_postgresql import FOR_POSTGRESQL
from kefu.storage.sql.statements_search import (
    OF_SEARCH,
    SEARCH_ON_POSTGRESQL,
    SEARCH_ON_SQLITE,
)
from kefu.storage.sql.statements_staff import OF_STAFF
from kefu.storage.sql.statements_unfed import OF_UNFED
from kefu.storage.sql.tables import (
    SCHEMA_VERSION,
    aliases,
    arrivals,
    channel_state,
    conversations,
    entries,
    metadata,
    reminders,
    snapshots,
)
from kefu.storage.sql.tables_search import INDEX_TABLES, INDEXES, SEED
from kefu.storage.sql.texts import FROZEN, StatementText, Texts

__all__ = ["DIALECTS", "STATEMENTS", "compiled"]

P = bindparam
_c, _e, _a, _s = conversations.c, entries.c, arrivals.c, snapshots.c
_r, _al = reminders.c, aliases.c
_cs = channel_state.c
_ONE: Any = literal_column("1")

_HEAD = (
    _c.version,
    _c.owner,
    _c.channel,
    _c.last_seq,
    _c.last_message_seq,
    _c.answered_seq,
    _c.address,
)
_ENTRY = (_e.seq, _e.kind, _e.timestamp, _e.body)
_is_unanswered = _c.answered_seq < _c.last_message_seq
_is_this_conversation = _c.conversation_id == P("conversation_id")
_is_addressed = _c.conversation_id == func.coalesce(
    select(_al.conversation_id).where(_al.address == P("conversation_id")).scalar_subquery(),
    P("conversation_id"),
)

_OF_CONVERSATIONS: dict[str, Executable] = {
    "find_arrival": select(_c.conversation_id, _a.seq, *_HEAD)
    .join_from(arrivals, conversations, _a.conversation == _c.id)
    .where(_a.channel == P("channel"), _a.message_id == P("message_id")),
    "lock_conversation": select(_c.id, *_HEAD).where(_is_this_conversation).with_for_update(),
    "head": select(*_HEAD).where(_is_this_conversation),
    "lock_addressed": select(_c.id, _c.conversation_id, *_HEAD)
    .where(_is_addressed, _c.is_absorbed == literal_column("0"))
    .with_for_update(),
    "find_alias": select(_al.conversation_id).where(_al.address == P("address")),
    "put_alias": insert_or(aliases)
    .values(address=P("address"), conversation_id=P("conversation_id"))
    .on_conflict_do_update(
        index_elements=["address"],
        set_={"conversation_id": literal_column("excluded.conversation_id")},
    ),
    "own_name": update(conversations)
    .where(_is_this_conversation)
    .values(is_absorbed=literal_column("0")),
    "drop_alias": delete_from(aliases).where(_al.address == P("address")),
    "addresses": select(_al.address)
    .where(_al.conversation_id == P("conversation_id"))
    .order_by(_al.address),
    "find_conversation": select(_c.id, *_HEAD, _s.seq, _s.needs, _s.body)
    .join_from(conversations, snapshots, _s.conversation == _c.id, isouter=True)
    .where(_is_this_conversation),
    "add_conversation": insert_or(conversations)
    .values(
        conversation_id=P("conversation_id"),
        version=P("version"),
        owner=P("owner"),
        channel=P("channel"),
        last_seq=P("last_seq"),
        last_message_seq=P("last_message_seq"),
        answered_seq=literal_column("0"),
        created_at=P("now"),
        changed_at=P("now"),
        address=P("address"),
    )
    .on_conflict_do_nothing(index_elements=["conversation_id"])
    .returning(_c.id),
    "note_message": update(conversations)
    .where(_c.id == P("conversation"))
    .values(
        channel=P("channel"),
        last_seq=P("last_seq"),
        last_message_seq=P("last_seq"),
        changed_at=P("now"),
        address=P("address"),
    ),
    "note_relayed": update(conversations)
    .where(_c.id == P("conversation"))
    .values(
        version=P("version"),
        channel=P("channel"),
        last_seq=P("last_seq"),
        last_message_seq=P("message_seq"),
        answered_seq=P("message_seq"),
        changed_at=P("now"),
        address=P("address"),
    ),
    "note_entry": update(conversations)
    .where(_c.id == P("conversation"))
    .values(last_seq=P("last_seq")),
    "note_commit": update(conversations)
    .where(_c.id == P("conversation"))
    .values(
        version=P("version"),
        owner=P("owner"),
        last_seq=P("last_seq"),
        answered_seq=P("answered_seq"),
        changed_at=P("now"),
    ),
    "unanswered": select(_c.conversation_id)
    .where(_is_unanswered, _c.changed_at <= P("before"))
    .order_by(_c.changed_at)
    .limit(P("limit")),
    "owned_by": select(_c.conversation_id)
    .where(
        _c.owner != literal_column("'bot'"),
        _c.owner == P("owner"),
        _c.conversation_id > P("after"),
    )
    .order_by(_c.conversation_id)
    .limit(P("limit")),
    "owned_by_bot": select(_c.conversation_id)
    .where(_c.owner == literal_column("'bot'"), _c.conversation_id > P("after"))
    .order_by(_c.conversation_id)
    .limit(P("limit")),
    "listed": select(_c.conversation_id)
    .where(_c.conversation_id > P("after"))
    .order_by(_c.conversation_id)
    .limit(P("limit")),
    "listed_since": select(_c.conversation_id)
    .where(_c.conversation_id > P("after"), _c.changed_at >= P("since"))
    .order_by(_c.conversation_id)
    .limit(P("limit")),
}

_OF_LOGS: dict[str, Executable] = {
    "add_arrival": insert_or(arrivals)
    .values(
        channel=P("channel"),
        message_id=P("message_id"),
        conversation=P("conversation"),
        seq=P("seq"),
    )
    .on_conflict_do_nothing(index_elements=["channel", "message_id"])
    .returning(_a.seq),
    "add_entry": insert(entries)
    .inline()
    .values(
        conversation=P("conversation"),
        seq=P("seq"),
        kind=P("kind"),
        timestamp=P("timestamp"),
        body=P("body"),
    ),
    "entries_between": select(*_ENTRY)
    .where(_e.conversation == P("conversation"), _e.seq >= P("first"), _e.seq <= P("last"))
    .order_by(_e.seq),
    "entries_after": select(*_ENTRY)
    .where(_e.conversation == P("conversation"), _e.seq > P("after"))
    .order_by(_e.seq),
    "messages_between": select(*_ENTRY)
    .where(
        _e.conversation == P("conversation"),
        _e.seq >= P("first"),
        _e.seq <= P("last"),
        _e.kind == literal_column("'message'"),
    )
    .order_by(_e.seq),
    "page": select(*_ENTRY)
    .join_from(entries, conversations, _e.conversation == _c.id)
    .where(_is_this_conversation, _e.seq > P("after"))
    .order_by(_e.seq)
    .limit(P("limit")),
    "page_before": select(*_ENTRY)
    .join_from(entries, conversations, _e.conversation == _c.id)
    .where(_is_this_conversation, _e.seq < P("before"))
    .order_by(_e.seq.desc())
    .limit(P("limit")),
    "addressed_page": select(_c.conversation_id, *_ENTRY)
    .join_from(entries, conversations, _e.conversation == _c.id)
    .where(_is_addressed, _e.seq > P("after"))
    .order_by(_e.seq)
    .limit(P("limit")),
    "end_of_logs": select(func.max(_e.position)),
    "tail_of_logs": select(_e.position, _c.conversation_id)
    .join_from(entries, conversations, _e.conversation == _c.id)
    .where(_e.position > P("after"))
    .order_by(_e.position)
    .limit(P("limit")),
    "put_snapshot": insert_or(snapshots)
    .values(conversation=P("conversation"), seq=P("seq"), needs=P("needs"), body=P("body"))
    .on_conflict_do_update(
        index_elements=["conversation"],
        set_={
            "seq": literal_column("excluded.seq"),
            "needs": literal_column("excluded.needs"),
            "body": literal_column("excluded.body"),
        },
    ),
}

_OF_REMINDERS: dict[str, Executable] = {
    "add_reminder": insert(reminders)
    .inline()
    .values(
        conversation=P("conversation"),
        name=P("name"),
        intent=P("intent"),
        entities=P("entities"),
        due_at=P("due_at"),
        claimable_at=P("due_at"),
        body=P("body"),
    ),
    "cancel_reminders": delete_from(reminders).where(
        _r.conversation == P("conversation"),
        or_(P("any_name") == _ONE, _r.name == P("name")),
        or_(P("any_intent") == _ONE, _r.intent == P("intent")),
        or_(P("any_entities") == _ONE, _r.entities == P("entities")),
    ),
    "drop_reminder": delete_from(reminders).where(_r.id == P("id")),
    "due_reminders": select(_r.id, _c.conversation_id, _r.due_at, _r.body)
    .join_from(reminders, conversations, _r.conversation == _c.id)
    .where(_r.claimable_at <= P("now"))
    .order_by(_r.due_at, _r.id)
    .limit(P("limit"))
    .with_for_update(of=reminders, skip_locked=True),
    "hold_reminder": update(reminders).where(_r.id == P("id")).values(claimable_at=P("until")),
    "next_reminder": select(func.min(_r.claimable_at)),
}

_new_state = insert_or(channel_state).values(
    key=P("key"),
    value=P("value"),
    version=literal_column("1"),
    expires_at=P("expires_at"),
)
_changed_state = {
    "value": literal_column("excluded.value"),
    "version": _cs.version + _ONE,
    "expires_at": literal_column("excluded.expires_at"),
}
_OF_CHANNEL_STATE: dict[str, Executable] = {
    "find_state": select(_cs.value, _cs.version).where(
        _cs.key == P("key"), or_(_cs.expires_at.is_(None), _cs.expires_at > P("now"))
    ),
    "add_state": _new_state.on_conflict_do_nothing(index_elements=["key"]).returning(_cs.version),
    "put_state": _new_state.on_conflict_do_update(index_elements=["key"], set_=_changed_state),
    "new_state": _new_state.on_conflict_do_update(
        index_elements=["key"], set_=_changed_state, where=_cs.expires_at <= P("now")
    ).returning(_cs.version),
    "change_state": update(channel_state)
    .where(
        _cs.key == P("key"),
        _cs.version == P("expected_version"),
        or_(_cs.expires_at.is_(None), _cs.expires_at > P("now")),
    )
    .values(value=P("value"), version=_cs.version + _ONE, expires_at=P("expires_at"))
    .returning(_cs.version),
    "drop_expired_states": delete_from(channel_state).where(_cs.expires_at <= P("now")),
}

STATEMENTS: Final[dict[str, Executable]] = {
    **_OF_CONVERSATIONS,
    **_OF_LOGS,
    **OF_DELIVERIES,
    **_OF_REMINDERS,
    **OF_LEASES,
    **OF_ATTACHMENTS,
    **OF_UNFED,
    **OF_CUSTOMERS,
    **OF_STAFF,
    **OF_DESK,
    **OF_DESK_ITEMS,
    **OF_SEARCH,
    **_OF_CHANNEL_STATE,
}

DIALECTS: Final[dict[str, Dialect]] = {
    "sqlite": sqlite.dialect(),
    "postgresql": PGDialect_asyncpg(),  # type: ignore[no-untyped-call]
}

_OWN: Final[dict[str, dict[str, Executable]]] = {
    "sqlite": {**LISTS_FOR_SQLITE, **SEARCH_ON_SQLITE},
    "postgresql": {**FOR_POSTGRESQL, **LISTS_FOR_POSTGRESQL, **SEARCH_ON_POSTGRESQL},
}
"""Statements that are said in another way to each."""


def compiled(dialect: Dialect) -> Texts:
    """Return all statements, and those that create the tables, as text for ``dialect``."""
    creating: list[Any] = [
        *(CreateTable(table) for table in metadata.sorted_tables),
        *(
            CreateIndex(index)
            for table in metadata.sorted_tables
            for index in sorted(table.indexes, key=lambda index: str(index.name))
        ),
    ]
    statements = {**STATEMENTS, **_OWN[dialect.name]}
    index = (sql for sqls in INDEXES[dialect.name].values() for sql in sqls)
    return Texts(
        schema_version=SCHEMA_VERSION,
        tables=sorted([*metadata.tables, *INDEX_TABLES]),
        statements={name: _text(clause, dialect) for name, clause in statements.items()},
        creating=[
            *(str(clause.compile(dialect=dialect)).strip() for clause in creating),
            *index,
            SEED,
        ],
    )


def _text(clause: Any, dialect: Dialect) -> StatementText:
    assert isinstance(clause, ClauseElement)
    made: Any = clause.compile(dialect=dialect)
    sql, parameters = " ".join(str(made).split()), list(made.positiontup or ())
    values = {name: value for name, value in made.params.items() if value is not None}
    if list(values.values()) == [0] and sql.endswith(" OFFSET ?"):  # SQLite's way to say LIMIT
        sql = sql.removesuffix(" OFFSET ?")
        parameters.remove(values.popitem()[0])
    if values:
        raise ValueError(f"a statement holds the values {values}: make them parameters or literals")
    return StatementText(sql=sql, parameters=parameters)


def _freeze() -> None:
    texts = {name: compiled(dialect) for name, dialect in DIALECTS.items()}
    text = msgspec.json.format(msgspec.json.encode(texts, order="deterministic"), indent=1)
    Path(FROZEN).write_bytes(text + b"\n")


if __name__ == "__main__":
    _freeze()
