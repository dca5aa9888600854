"""Statements about customers: see :mod:`kefu.storage.sql.statements`.

Conversations are named here by exactly their id: an absorbed one keeps its id while addresses of
that name lead elsewhere.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    Executable,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    not_,
    or_,
    select,
    text,
    update,
)
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects.postgresql import insert as insert_or

from kefu.customers.merging import ERASED, KEPT_NOTES, NOTE
from kefu.customers.timeline import SHOWN_KINDS
from kefu.storage.sql.tables import (
    aliases,
    arrivals,
    attachments,
    conversations,
    customer_tags,
    customers,
    deliveries,
    entries,
    identities,
    merges,
    reminders,
    snapshots,
    visits,
)

__all__ = ["OF_CUSTOMERS"]

P = bindparam
_t = customer_tags.c
_al, _cu, _id, _me, _v = aliases.c, customers.c, identities.c, merges.c, visits.c
_c, _e, _a, _r, _at = conversations.c, entries.c, arrivals.c, reminders.c, attachments.c
_ONE: Any = literal_column("1")
_ZERO: Any = literal_column("0")
_SHOWN: Any = or_(*(_e.kind == literal_column(f"'{kind}'") for kind in SHOWN_KINDS))

_CUSTOMER = (
    _cu.customer_id,
    _cu.conversation_id,
    _cu.profile,
    _cu.version,
    _cu.merged_into,
    _cu.created_at,
)
_IDENTITY = (_id.kind, _id.value, _id.customer_id, _id.is_verified, _id.added_at)
_MERGE = (_me.id, _me.kept, _me.merged, _me.reason, _me.body, _me.merged_at, _me.undone_at)
_VISIT = (_v.visit_id, _v.conversation_id, _v.body, _v.begun_at, _v.seen_at)
_newer = visits.alias("newer")

_READING: dict[str, Executable] = {
    "leads_to": select(_al.conversation_id).where(_al.address == P("address")),
    "customer": select(*_CUSTOMER).where(_cu.customer_id == P("customer_id")),
    "customer_at": select(*_CUSTOMER).where(
        _cu.conversation_id == P("conversation_id"), _cu.merged_into.is_(None)
    ),
    "merged_into": select(*_CUSTOMER)
    .join_from(merges, customers, _me.merged == _cu.customer_id)
    .where(
        _me.kept == P("customer_id"),
        _me.undone_at.is_(None),
        _cu.merged_into == P("customer_id"),
    )
    .order_by(_me.id),
    "identity": select(*_IDENTITY).where(_id.kind == P("kind"), _id.value == P("value")),
    "identities_of": select(*_IDENTITY)
    .where(_id.customer_id == P("customer_id"))
    .order_by(_id.kind, _id.value),
    "aliases_of": select(_al.address)
    .join_from(
        identities,
        aliases,
        and_(_id.kind == literal_column("'address'"), _al.address == _id.value),
    )
    .where(_id.customer_id == P("customer_id"), _al.conversation_id == P("conversation_id"))
    .order_by(_al.address),
    "footing": select(_c.id, _c.version, _c.owner, _c.last_seq, _c.created_at).where(
        _c.conversation_id == P("conversation_id")
    ),
    "reminders_of": select(_r.id).where(_r.conversation == P("conversation")).order_by(_r.id),
    "parted_from": select(_me.kept, _me.merged).where(
        or_(_me.kept == P("customer_id"), _me.merged == P("customer_id")),
        _me.undone_at.is_not(None),
    ),
    "merge_between": select(*_MERGE)
    .where(_me.merged == P("merged"), _me.kept == P("kept"), _me.undone_at.is_(None))
    .order_by(_me.id.desc())
    .limit(_ONE),
    "merge": select(*_MERGE).where(_me.id == P("id")),
    "merges_of": select(*_MERGE).where(_me.kept == P("customer_id")).order_by(_me.id.desc()),
    "newest_entries": select(_e.timestamp, _c.conversation_id, _e.seq, _e.kind, _e.body)
    .join_from(entries, conversations, _e.conversation == _c.id)
    .where(
        _c.conversation_id == P("conversation_id"),
        _e.timestamp < P("before"),
        _SHOWN,
    )
    .order_by(_e.seq.desc())
    .limit(P("limit")),
}

_CHANGING: dict[str, Executable] = {
    "add_customer": insert_or(customers)
    .values(
        customer_id=P("customer_id"),
        conversation_id=P("conversation_id"),
        profile=P("profile"),
        version=P("version"),
        merged_into=P("merged_into"),
        created_at=P("created_at"),
        changed_at=P("created_at"),
    )
    .on_conflict_do_nothing()
    .returning(_cu.id),
    "change_customer": update(customers)
    .where(_cu.customer_id == P("customer_id"), _cu.version == P("version"))
    .values(
        conversation_id=P("conversation_id"),
        profile=P("profile"),
        merged_into=P("merged_into"),
        version=_cu.version + _ONE,
    )
    .returning(_cu.id),
    "add_identity": insert_or(identities)
    .values(
        kind=P("kind"),
        value=P("value"),
        customer_id=P("customer_id"),
        is_verified=P("is_verified"),
        added_at=P("added_at"),
    )
    .on_conflict_do_nothing(index_elements=["kind", "value"])
    .returning(_id.kind),
    "move_identity": update(identities)
    .where(_id.kind == P("kind"), _id.value == P("value"), _id.customer_id == P("held_by"))
    .values(customer_id=P("customer_id"), is_verified=P("is_verified"))
    .returning(_id.kind),
    "drop_identity": delete_from(identities).where(
        _id.kind == P("kind"), _id.value == P("value"), _id.customer_id == P("customer_id")
    ),
    "lead_address": insert_or(aliases)
    .values(address=P("address"), conversation_id=P("conversation_id"))
    .on_conflict_do_nothing(index_elements=["address"])
    .returning(_al.address),
    "lead_elsewhere": update(aliases)
    .where(_al.address == P("address"), _al.conversation_id == P("expected"))
    .values(conversation_id=P("conversation_id"))
    .returning(_al.address),
    "lead_nowhere": delete_from(aliases)
    .where(_al.address == P("address"), _al.conversation_id == P("expected"))
    .returning(_al.address),
    "rename_conversation": update(conversations)
    .where(_c.conversation_id == P("conversation_id"))
    .values(conversation_id=P("new_id")),
    "rename_visits": update(visits)
    .where(_v.conversation_id == P("conversation_id"))
    .values(conversation_id=P("new_id")),
    "rename_attachments": update(attachments)
    .where(_at.conversation_id == P("conversation_id"))
    .values(conversation_id=P("new_id")),
    "lock_exactly": select(
        _c.id, _c.last_seq, _c.last_message_seq, _c.answered_seq, _c.channel, _c.address
    )
    .where(_c.conversation_id == P("conversation_id"))
    .with_for_update(),
    "handed_over": update(conversations)
    .where(_c.id == P("conversation"))
    .values(answered_seq=_c.last_message_seq, owner=literal_column("'bot'"), is_absorbed=_ONE),
    "occupy": insert_or(conversations)
    .values(
        conversation_id=P("conversation_id"),
        version=_ZERO,
        owner=literal_column("'bot'"),
        channel=literal_column("''"),
        last_seq=_ZERO,
        last_message_seq=_ZERO,
        answered_seq=_ZERO,
        created_at=P("at"),
        changed_at=P("at"),
        is_absorbed=_ONE,
    )
    .on_conflict_do_nothing(index_elements=["conversation_id"])
    .returning(_c.id),
    "taken_over": update(conversations)
    .where(_c.id == P("conversation"))
    .values(
        channel=P("channel"),
        address=P("address"),
        last_seq=P("last_seq"),
        last_message_seq=P("last_seq"),
        changed_at=P("at"),
    ),
    "move_arrival": update(arrivals)
    .where(_a.conversation == P("former"), _a.seq == P("former_seq"))
    .values(conversation=P("conversation"), seq=P("seq")),
    "move_reminder": update(reminders)
    .where(_r.id == P("id"), _r.conversation == P("former"))
    .values(conversation=P("conversation")),
    "add_merge": insert(merges)
    .values(
        kept=P("kept"),
        merged=P("merged"),
        reason=P("reason"),
        body=P("body"),
        merged_at=P("merged_at"),
    )
    .returning(_me.id),
    "end_merge": update(merges)
    .where(_me.id == P("id"), _me.undone_at.is_(None))
    .values(undone_at=P("at"))
    .returning(_me.id),
}

_is_kept_note: Any = and_(
    _e.kind == literal_column(f"'{NOTE}'"),
    or_(
        *(_e.body.like(literal_column(f"""'{{"note":"{name}"%'""")) for name in KEPT_NOTES),
    ),
)
_ERASING: dict[str, Executable] = {
    "merges_with": select(_me.id, _me.body).where(
        or_(_me.kept == P("customer_id"), _me.merged == P("customer_id"))
    ),
    "change_merge": update(merges).where(_me.id == P("id")).values(body=P("body")),
    "erase_entries": update(entries)
    .where(_e.conversation == P("conversation"), not_(_is_kept_note))
    .values(kind=literal_column(f"'{NOTE}'"), body=literal_column(f"'{ERASED}'")),
    "erase_snapshot": delete_from(snapshots).where(snapshots.c.conversation == P("conversation")),
    "erase_deliveries": delete_from(deliveries).where(
        deliveries.c.conversation == P("conversation")
    ),
    "erase_reminders": delete_from(reminders).where(_r.conversation == P("conversation")),
}

# Who was merged into whom is followed up to the root, and down to all who were merged in.
_TAGS: dict[str, Executable] = {
    "tags_in_use": select(func.min(_t.tag), func.count(func.distinct(_t.root)).label("customers"))
    .where(_t.key.like(P("match"), escape="\\"))
    .group_by(_t.key)
    .order_by(text("customers DESC"), _t.key)
    .limit(P("limit")),
    "add_tag": insert(customer_tags).values(
        customer_id=P("customer_id"), key=P("key"), tag=P("tag"), root=P("customer_id")
    ),
    "drop_tags": delete_from(customer_tags).where(_t.customer_id == P("customer_id")),
    "root_tags": text("""
WITH RECURSIVE up (customer_id, merged_into, depth) AS (
  SELECT customer_id, merged_into, 0 FROM customers WHERE customer_id = CAST(:customer_id AS text)
  UNION ALL
  SELECT m.customer_id, m.merged_into, up.depth + 1
  FROM up JOIN customers m ON m.customer_id = up.merged_into WHERE up.depth < 50
), down (customer_id, depth) AS (
  SELECT customer_id, 0 FROM customers WHERE customer_id = CAST(:customer_id AS text)
  UNION ALL
  SELECT m.customer_id, down.depth + 1
  FROM down JOIN customers m ON m.merged_into = down.customer_id WHERE down.depth < 50
)
UPDATE customer_tags SET root = (SELECT customer_id FROM up WHERE merged_into IS NULL)
WHERE customer_id IN (SELECT customer_id FROM down)
  AND EXISTS (SELECT 1 FROM up WHERE merged_into IS NULL)
"""),
}

_VISITS: dict[str, Executable] = {
    "add_visit": insert_or(visits)
    .values(
        visit_id=P("visit_id"),
        conversation_id=P("conversation_id"),
        body=P("body"),
        begun_at=P("begun_at"),
        seen_at=P("seen_at"),
    )
    .on_conflict_do_nothing(index_elements=["visit_id"]),
    "drop_old_visits": delete_from(visits).where(
        _v.conversation_id == P("conversation_id"),
        select(func.count())
        .select_from(_newer)
        .where(_newer.c.conversation_id == _v.conversation_id, _newer.c.id > _v.id)
        .scalar_subquery()
        >= P("keep"),
    ),
    "newest_visits": select(*_VISIT)
    .where(_v.conversation_id == P("conversation_id"))
    .order_by(_v.begun_at.desc(), _v.id.desc())
    .limit(P("limit")),
    "lock_newest_visit": select(*_VISIT)
    .where(_v.conversation_id == P("conversation_id"))
    .order_by(_v.begun_at.desc(), _v.id.desc())
    .limit(_ONE)
    .with_for_update(),
    "change_visit": update(visits)
    .where(_v.visit_id == P("visit_id"))
    .values(body=P("body"), seen_at=P("seen_at")),
    "drop_visits": delete_from(visits).where(_v.conversation_id == P("conversation_id")),
}

OF_CUSTOMERS: Final[dict[str, Executable]] = {
    **_READING,
    **_CHANGING,
    **_ERASING,
    **_TAGS,
    **_VISITS,
}
