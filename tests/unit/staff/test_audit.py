"""Whoever changes the audit log is found out."""

from dataclasses import replace

import pytest

from kefu.cli.audit_log import verified
from kefu.errors import KefuError
from kefu.staff.audit import AuditEntry, Head, Verifier, chained
from kefu.storage.memory.staff import MemoryStaff


def entries(count=5):
    head, written = Head(), []
    for number in range(count):
        entry = AuditEntry(
            at=1.5 + number, actor_id="a_1", actor_name="管理员", act="agent.changed",
            subject=f"a_{number}", data={"role": ["agent", "senior"]},
        )  # fmt: skip
        written.append(chained(entry, head))
        head = Head(written[-1].seq, written[-1].digest)
    return written, head


def wrong_with(log, head):
    verifier = Verifier()
    verifier.read(log)
    verifier.end(head)
    return verifier.wrong


def test_what_was_written_down_verifies():
    log, head = entries()
    assert wrong_with(log, head) is None
    assert wrong_with([], Head()) is None


@pytest.mark.parametrize(
    "change",
    [
        {"at": 9.0},
        {"actor_id": "a_2"},
        {"actor_name": "x"},
        {"act": "agent.created"},
        {"subject": "a_9"},
        {"data": {"role": ["agent", "admin"]}},
        {"address": "192.0.2.1"},
        {"digest": "0" * 64},
    ],
)
def test_every_field_is_covered(change):
    log, head = entries()
    log[2] = replace(log[2], **change)
    assert wrong_with(log, head) == "entry 3 is not what was written down"


def test_an_entry_that_is_gone_or_added_shows():
    log, head = entries()
    assert wrong_with([*log[:2], *log[3:]], head) == "entry 3 is missing: 4 follows"
    assert wrong_with(log[1:], head) == "entry 1 is missing: 2 follows"
    assert "ends at entry 4" in wrong_with(log[:4], head)
    assert "ends at entry 5" in wrong_with(log, Head(4, log[3].digest))


async def test_a_log_that_was_written_anew_differs_from_what_was_kept():
    store = MemoryStaff()
    store._audit, _ = entries()
    kept = (await verified(store, None)).splitlines()[-1]
    assert kept.startswith("5:")
    store._audit.append(chained(replace(store._audit[0], data={}), await store.head()))
    assert "6 entries" in await verified(store, kept)
    store._audit, _ = entries(7)
    store._audit[0] = replace(store._audit[0], data={})
    head, anew = Head(), []
    for entry in store._audit:
        anew.append(chained(entry, head))
        head = Head(anew[-1].seq, anew[-1].digest)
    store._audit = anew
    assert "7 entries" in await verified(store, None)
    with pytest.raises(KefuError, match="entry 5 is not the one kept"):
        await verified(store, kept)
    store._audit = anew[:3]
    with pytest.raises(KefuError, match="ends before entry 5"):
        await verified(store, kept)
    store._audit[1] = replace(anew[1], act="x")
    with pytest.raises(KefuError, match="entry 2 is not what was written"):
        await verified(store, None)
    with pytest.raises(KefuError, match="--expect takes"):
        await verified(store, "5:zz")
